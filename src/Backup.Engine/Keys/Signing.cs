using System.Buffers.Binary;
using Backup.Engine.Format;
using Backup.Engine.Posix;
using NSec.Cryptography;

namespace Backup.Engine.Keys;

/// <summary>
/// The two kinds of signatures. The root key, whose private part is in the keyring, signs the repository and terms; the owner key of a term
/// signs the ledger entries of that term. Ed25519; seeds of 32 bytes. FORMAT.md, sections 6.1 and 10.
/// </summary>
public static class Signing
{
    public const int SeedSize = 32;

    private static readonly SignatureAlgorithm Ed25519 = SignatureAlgorithm.Ed25519;

    private static ReadOnlySpan<byte> RepositoryLabel => "backup/1/repository"u8;

    private static ReadOnlySpan<byte> TermLabel => "backup/1/term"u8;

    private static ReadOnlySpan<byte> EntryLabel => "backup/1/ledger"u8;

    private static ReadOnlySpan<byte> CertificateLabel => "backup/1/certificate"u8;

    /// <summary>The public key of a seed.</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> seed)
    {
        using var key = Key.Import(Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        return key.PublicKey.Export(KeyBlobFormat.RawPublicKey);
    }

    /// <summary>The object <c>repository</c>.</summary>
    /// <param name="rootSeed">Private part of the root key.</param>
    /// <param name="created">Seconds since 1970.</param>
    public static byte[] SignRepository(ReadOnlySpan<byte> rootSeed, long created)
    {
        var publicKey = PublicKey(rootSeed);
        var body = new RepositoryBody(Hash.Of(publicKey), publicKey, created).Encode();
        return new RepositoryRecord(body, Sign(rootSeed, RepositoryLabel, body)).Encode();
    }

    /// <summary>Reads and checks the object <c>repository</c>.</summary>
    /// <exception cref="DamagedException">The signature or the id is wrong.</exception>
    /// <exception cref="UnsupportedFormatException">It uses what this program does not know.</exception>
    public static RepositoryBody OpenRepository(ReadOnlySpan<byte> repositoryObject)
    {
        var record = RepositoryRecord.Decode(repositoryObject);
        var body = RepositoryBody.Decode(record.Body);
        return Hash.Of(body.RootPublicKey) == body.RepositoryId
            && Verify(body.RootPublicKey, RepositoryLabel, record.Body, record.Signature)
            ? body
            : throw new DamagedException("The object 'repository' is damaged: its signature or its id is wrong.");
    }

    /// <summary>Signs a term: whoever has the owner key writes the ledger in it.</summary>
    /// <param name="rootSeed">Private part of the root key.</param>
    /// <param name="repositoryId">Whose ledger it is.</param>
    /// <param name="number">One more than the largest seen.</param>
    /// <param name="ownerPublicKey">Of the new owner.</param>
    public static TermRecord SignTerm(ReadOnlySpan<byte> rootSeed, Hash repositoryId, long number, byte[] ownerPublicKey) =>
        SignTerm(rootSeed, repositoryId, number, Id128.Draw(), ownerPublicKey);

    /// <summary>Checks the root key's signature of a term.</summary>
    public static bool VerifyTerm(TermRecord term, Hash repositoryId, ReadOnlySpan<byte> rootPublicKey) =>
        Verify(rootPublicKey, TermLabel, TermText(repositoryId, term.Number, term.Random, term.OwnerPublicKey), term.Signature);

    /// <summary>A ledger entry.</summary>
    /// <param name="ownerSeed">Private part of the owner key of the body's term.</param>
    /// <param name="body">Names the hash of the payload.</param>
    /// <param name="payload">Sealed.</param>
    public static LedgerEntry SignEntry(ReadOnlySpan<byte> ownerSeed, LedgerBody body, byte[] payload)
    {
        if (body.PayloadHash != Hash.Of(payload))
        {
            throw new ArgumentException("The body names another payload.", nameof(payload));
        }

        var text = body.Encode();
        return new LedgerEntry(text, Sign(ownerSeed, EntryLabel, text), payload);
    }

    /// <summary>Checks the owner key's signature of an entry, not that of its term.</summary>
    public static bool VerifyEntry(LedgerEntry entry, TermRecord term) =>
        Verify(term.OwnerPublicKey, EntryLabel, entry.Body, entry.Signature);

    /// <summary>The deterministic part of <see cref="SignTerm(ReadOnlySpan{byte}, Hash, long, byte[])"/>.</summary>
    /// <summary>Signs an erasure certificate: its canonical text.</summary>
    public static byte[] SignCertificate(ReadOnlySpan<byte> rootSeed, ReadOnlySpan<byte> text) => Sign(rootSeed, CertificateLabel, text);

    /// <summary>Whether the holder of the root key signed a certificate.</summary>
    public static bool VerifyCertificate(ReadOnlySpan<byte> rootPublicKey, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature) =>
        Verify(rootPublicKey, CertificateLabel, text, signature);

    internal static TermRecord SignTerm(
        ReadOnlySpan<byte> rootSeed, Hash repositoryId, long number, Id128 random, byte[] ownerPublicKey) =>
        new(number, random, ownerPublicKey, Sign(rootSeed, TermLabel, TermText(repositoryId, number, random, ownerPublicKey)));

    private static byte[] TermText(Hash repositoryId, long number, Id128 random, ReadOnlySpan<byte> ownerPublicKey)
    {
        var text = new byte[Hash.Size + sizeof(ulong) + 16 + ownerPublicKey.Length];
        repositoryId.Write(text);
        BinaryPrimitives.WriteInt64BigEndian(text.AsSpan(Hash.Size), number);
        random.Write(text.AsSpan(Hash.Size + sizeof(ulong)));
        ownerPublicKey.CopyTo(text.AsSpan(Hash.Size + sizeof(ulong) + 16));
        return text;
    }

    private static byte[] Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> label, ReadOnlySpan<byte> text)
    {
        using var key = Key.Import(Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        return Ed25519.Sign(key, [.. label, .. text]);
    }

    private static bool Verify(
        ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> label, ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature) =>
        NSec.Cryptography.PublicKey.TryImport(Ed25519, publicKey, KeyBlobFormat.RawPublicKey, out var key)
        && Ed25519.Verify(key!, [.. label, .. text], signature);
}

/// <summary>The key of an owner: signs the ledger entries of a term. Kept in the state, sealed.</summary>
public sealed class OwnerKey : IDisposable
{
    private OwnerKey(SecretBytes seed)
    {
        Seed = seed;
        PublicKey = Signing.PublicKey(seed.Span);
    }

    /// <summary>32 bytes.</summary>
    public SecretBytes Seed { get; }

    public byte[] PublicKey { get; }

    public static OwnerKey Draw() => new(SecretBytes.Draw(Signing.SeedSize));

    /// <summary>Takes a copy of the seed.</summary>
    public static OwnerKey FromSeed(ReadOnlySpan<byte> seed) => new(SecretBytes.CopyOf(seed));

    public void Dispose() => Seed.Dispose();
}
