using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;

namespace Backup.Engine.Tests.Keys;

public sealed class EpochTests : IDisposable
{
    private static readonly Hash Repository = Hash.Of("a repository"u8);
    private readonly SecretBytes _seed = RecoveryKey.Draw();
    private readonly SecretBytes _otherSeed = RecoveryKey.Draw();
    private readonly NewSlot _slot;
    private readonly NewSlot _otherSlot;

    public EpochTests()
    {
        _slot = UnlockSlot.ForRecoveryKey(Repository, _seed.Span, "", 0);
        _otherSlot = UnlockSlot.ForRecoveryKey(Repository, _otherSeed.Span, "", 0);
    }

    public void Dispose()
    {
        _seed.Dispose();
        _otherSeed.Dispose();
    }

    [Fact]
    public void Open_ThroughAnySlot_GivesTheSameKey()
    {
        using var epoch = Epoch.Draw(Repository, 7);
        var (secret, share) = (epoch.EncodeSecret(), epoch.EncodeShare([_slot.Slot, _otherSlot.Slot]));
        using var expected = epoch.DeriveKey();
        foreach (var (slot, seed) in new[] { (_slot, _seed), (_otherSlot, _otherSeed) })
        {
            using var opened = Epoch.Open(Repository, secret, share, Opened(slot, seed));
            using var key = opened.DeriveKey();
            Assert.Equal(epoch.Id, opened.Id);
            Assert.True(key.EqualTo(expected.Span));
            Assert.Equal(secret, opened.EncodeSecret());
        }
    }

    [Fact]
    public void Open_ThroughARemovedSlot_IsWrongKey()
    {
        using var epoch = Epoch.Draw(Repository, 7);
        var (secret, share) = (epoch.EncodeSecret(), epoch.EncodeShare([_slot.Slot]));
        Assert.Throws<WrongKeyException>(() => Epoch.Open(Repository, secret, share, Opened(_otherSlot, _otherSeed)));
    }

    [Fact]
    public void Open_SecretOfAnotherEpoch_IsDamaged()
    {
        using var epoch = Epoch.Draw(Repository, 7);
        using var other = Epoch.Draw(Repository, 7);
        var share = epoch.EncodeShare([_slot.Slot]);
        Assert.Throws<DamagedException>(() => Epoch.Open(Repository, other.EncodeSecret(), share, Opened(_slot, _seed)));
        Assert.Throws<DamagedException>(() => Epoch.Open(Hash.Of("another"u8), epoch.EncodeSecret(), share, Opened(_slot, _seed)));
    }

    [Fact]
    public void Open_ShareAlteredAnywhere_IsRefused()
    {
        using var epoch = Epoch.Draw(Repository, 7);
        var (secret, share) = (epoch.EncodeSecret(), epoch.EncodeShare([_slot.Slot]));
        for (var i = 0; i < share.Length; i += 7)
        {
            var altered = (byte[])share.Clone();
            altered[i] ^= 0x10;
            var refusal = Record.Exception(() => Epoch.Open(Repository, secret, altered, Opened(_slot, _seed)));
            Assert.True(refusal is DamagedException or UnsupportedFormatException or WrongKeyException, $"byte {i}: {refusal}");
        }
    }

    [Fact]
    public void DeriveKey_OfEveryEpoch_IsItsOwn()
    {
        var keys = new HashSet<Hash>();
        for (var i = 0; i < 100; i++)
        {
            using var epoch = Epoch.Draw(Repository, 1);
            using var key = epoch.DeriveKey();
            Assert.True(keys.Add(Hash.Read(key.Span)));
        }
    }

    [Fact]
    public void EncodeShare_ForNoSlot_IsRefused()
    {
        using var epoch = Epoch.Draw(Repository, 1);
        Assert.Equal(FailureKind.Refused, Assert.Throws<BackupException>(() => epoch.EncodeShare([])).Kind);
    }

    private static OpenedSlot Opened(NewSlot slot, SecretBytes seed) => new(slot.Slot.Id, SlotKind.Recovery, SecretBytes.CopyOf(seed.Span));
}
