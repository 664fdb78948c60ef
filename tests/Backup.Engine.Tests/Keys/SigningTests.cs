using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Posix;

namespace Backup.Engine.Tests.Keys;

public sealed class SigningTests : IDisposable
{
    private readonly SecretBytes _root = SecretBytes.Draw(Signing.SeedSize);
    private readonly OwnerKey _owner = OwnerKey.Draw();
    private readonly byte[] _rootPublicKey;
    private readonly Hash _repository;

    public SigningTests()
    {
        _rootPublicKey = Signing.PublicKey(_root.Span);
        _repository = Hash.Of(_rootPublicKey);
    }

    public void Dispose()
    {
        _root.Dispose();
        _owner.Dispose();
    }

    [Fact]
    public void OpenRepository_WhatWasSigned_IsTheBody()
    {
        var body = Signing.OpenRepository(Signing.SignRepository(_root.Span, 1234));
        Assert.Equal(_repository, body.RepositoryId);
        Assert.Equal(_rootPublicKey, body.RootPublicKey);
        Assert.Equal(1234, body.Created);
    }

    [Fact]
    public void OpenRepository_AlteredAnywhere_IsRefused()
    {
        var repository = Signing.SignRepository(_root.Span, 1234);
        for (var i = 0; i < repository.Length; i++)
        {
            var altered = (byte[])repository.Clone();
            altered[i] ^= 1;
            Assert.True(
                Record.Exception(() => Signing.OpenRepository(altered)) is DamagedException or UnsupportedFormatException, $"byte {i}");
        }
    }

    [Fact]
    public void VerifyEntry_WhatWasSigned_IsAccepted()
    {
        var (name, entry) = Entry(Signing.SignTerm(_root.Span, _repository, 1, _owner.PublicKey), _owner, _repository);
        var verified = new LedgerVerifier(_repository, _rootPublicKey).Verify(name, entry);
        Assert.Equal(name, verified.Name);
        Assert.Equal(5, verified.Body.Sequence);
    }

    [Fact]
    public void VerifyEntry_AlteredAnywhere_IsRefused()
    {
        var (name, entry) = Entry(Signing.SignTerm(_root.Span, _repository, 1, _owner.PublicKey), _owner, _repository);
        var verifier = new LedgerVerifier(_repository, _rootPublicKey);
        for (var i = 0; i < entry.Length; i++)
        {
            var altered = (byte[])entry.Clone();
            altered[i] ^= 4;

            // Whoever alters an entry may name it anew: only the signatures hold him off.
            var rename = ObjectNames.Ledger(5, Hash.Of(altered));
            Assert.True(
                Record.Exception(() => verifier.Verify(rename, altered)) is DamagedException or UnsupportedFormatException, $"byte {i}");
        }

        Assert.Throws<DamagedException>(() => verifier.Verify(ObjectNames.Ledger(6, Hash.Of(entry)), entry));
        Assert.NotNull(verifier.Verify(name, entry));
    }

    [Fact]
    public void VerifyEntry_TermNotSignedByTheRoot_IsRefused()
    {
        using var stranger = SecretBytes.Draw(Signing.SeedSize);
        var (name, entry) = Entry(Signing.SignTerm(stranger.Span, _repository, 9, _owner.PublicKey), _owner, _repository);
        var refusal = Assert.Throws<DamagedException>(() => new LedgerVerifier(_repository, _rootPublicKey).Verify(name, entry));
        Assert.Contains("term", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void VerifyEntry_SignedByAnotherOwner_IsRefused()
    {
        using var stranger = OwnerKey.Draw();
        var (name, entry) = Entry(Signing.SignTerm(_root.Span, _repository, 1, _owner.PublicKey), stranger, _repository);
        Assert.Throws<DamagedException>(() => new LedgerVerifier(_repository, _rootPublicKey).Verify(name, entry));
    }

    [Fact]
    public void VerifyEntry_OfAnotherRepository_IsRefused()
    {
        var other = Hash.Of("another"u8);
        var (name, entry) = Entry(Signing.SignTerm(_root.Span, other, 1, _owner.PublicKey), _owner, other);
        Assert.Throws<DamagedException>(() => new LedgerVerifier(_repository, _rootPublicKey).Verify(name, entry));
    }

    [Fact]
    public void CompareTo_TwoTerms_ByNumberThenRandom()
    {
        var low = new TermRecord(1, 9, [], []);
        Assert.True(low.CompareTo(new TermRecord(2, 1, [], [])) < 0);
        Assert.True(low.CompareTo(new TermRecord(1, 10, [], [])) < 0);
        Assert.True(low.CompareTo(null) > 0);
    }

    private static (string Name, byte[] Entry) Entry(TermRecord term, OwnerKey owner, Hash repository)
    {
        byte[] payload = [1, 2, 3];
        var body = new LedgerBody
        {
            RepositoryId = repository,
            Sequence = 5,
            Time = 1,
            Term = term,
            Epoch = new LedgerEpoch(default, default, []),
            Slots = [],
            Sites = [],
            PayloadHash = Hash.Of(payload),
            Kind = LedgerKind.Backup,
        };
        var entry = Signing.SignEntry(owner.Seed.Span, body, payload).Encode();
        return (ObjectNames.Ledger(5, Hash.Of(entry)), entry);
    }
}
