using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Sealing;

namespace Backup.Engine.Tests.Keys;

public sealed class UnlockSlotTests
{
    private static readonly Hash Repository = Hash.Of("a repository"u8);
    private static readonly NewSlot First = UnlockSlot.ForPassphrase(Repository, "first"u8, "first", 1);
    private static readonly NewSlot Second = UnlockSlot.ForPassphrase(Repository, "second"u8, "second", 2);

    [Fact]
    public void OpenWithPassphrase_OneOfSeveral_OpensItsSlot()
    {
        using var opened = UnlockSlot.OpenWithPassphrase(Repository, "second"u8, [First.Object, Second.Object]);
        Assert.Equal(Second.Slot.Id, opened.Id);
        Assert.Equal(Hash.Of(Second.Object), opened.Id);
        Assert.Equal(SlotKind.Passphrase, opened.Kind);
        Assert.Equal(Second.Slot.PublicKey, XWing.PublicKey(opened.Seed.Span));
    }

    [Theory]
    [InlineData("Second")]
    [InlineData("second\n")]
    [InlineData("")]
    public void OpenWithPassphrase_AnotherOne_IsWrongKey(string passphrase)
    {
        byte[][] slots = [First.Object, Second.Object];
        var refusal = Assert.Throws<WrongKeyException>(
            () => UnlockSlot.OpenWithPassphrase(Repository, Encoding.UTF8.GetBytes(passphrase), slots));
        Assert.Equal(FailureKind.WrongKey, refusal.Kind);
        Assert.Contains("2 unlock slots", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(refusal.Remedy);
    }

    [Fact]
    public void OpenWithPassphrase_OneSlotDamaged_OpensTheOther()
    {
        var damaged = (byte[])First.Object.Clone();
        damaged[^1] ^= 1;
        using var opened = UnlockSlot.OpenWithPassphrase(Repository, "second"u8, [damaged, [1, 2, 3], Second.Object]);
        Assert.Equal(Second.Slot.Id, opened.Id);
        Assert.Throws<WrongKeyException>(() => UnlockSlot.OpenWithPassphrase(Repository, "first"u8, [damaged]));
    }

    [Fact]
    public void OpenWithPassphrase_PublicKeyExchanged_IsRefused()
    {
        // Else an epoch could be encapsulated to somebody else's key under the owner's passphrase.
        var record = SlotRecord.Decode(First.Object) with { PublicKey = Second.Slot.PublicKey };
        Assert.Throws<WrongKeyException>(() => UnlockSlot.OpenWithPassphrase(Repository, "first"u8, [record.Encode()]));
    }

    [Fact]
    public void OpenWithPassphrase_SlotsThatDemandTooMuchWork_EndsSoon()
    {
        var greedy = SlotRecord.Decode(First.Object) with { Argon2 = new Argon2Parameters(1_048_576, 16, new byte[16]) };
        var refusal =
            Assert.Throws<WrongKeyException>(() => UnlockSlot.OpenWithPassphrase(Repository, "other"u8, [greedy.Encode(), First.Object]));
        Assert.Contains("too much work", refusal.Message, StringComparison.Ordinal);
        using var opened = UnlockSlot.OpenWithPassphrase(Repository, "first"u8, [greedy.Encode(), First.Object]);
        Assert.Equal(First.Slot.Id, opened.Id);
    }

    [Fact]
    public void OpenWithPassphrase_OfAnotherRepository_IsWrongKey()
    {
        var refusal =
            Assert.Throws<WrongKeyException>(() => UnlockSlot.OpenWithPassphrase(Hash.Of("another"u8), "first"u8, [First.Object]));
        Assert.Contains("no unlock slot", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenWithRecoveryKey_ItsOwn_OpensItsSlot()
    {
        using var seed = RecoveryKey.Draw();
        using var line = RecoveryKey.ToLine(seed.Span);
        using var read = RecoveryKey.Parse(line.Span);
        var slot = UnlockSlot.ForRecoveryKey(Repository, seed.Span, "paper", 3);
        using var opened = UnlockSlot.OpenWithRecoveryKey(Repository, read.Span, [First.Object, slot.Object]);
        Assert.Equal(slot.Slot.Id, opened.Id);
        Assert.True(opened.Seed.EqualTo(seed.Span));
    }

    [Fact]
    public void OpenWithRecoveryKey_AnotherOne_IsWrongKey()
    {
        using var seed = RecoveryKey.Draw();
        using var other = RecoveryKey.Draw();
        var slot = UnlockSlot.ForRecoveryKey(Repository, seed.Span, "paper", 3);
        var refusal = Assert.Throws<WrongKeyException>(() => UnlockSlot.OpenWithRecoveryKey(Repository, other.Span, [slot.Object]));
        Assert.Contains("another repository", refusal.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "BKR1")]
    [InlineData("BKR1-AAAAAA", "length")]
    [InlineData("BKR1-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAA", "check value")]
    [InlineData("BKR1-AAAAA0", "character")]
    public void ParseRecoveryKey_Malformed_SaysHow(string line, string how)
    {
        var refusal = Assert.Throws<WrongKeyException>(() => RecoveryKey.Parse(Encoding.ASCII.GetBytes(line)));
        Assert.Equal(FailureKind.WrongKey, refusal.Kind);
        Assert.Contains(how, refusal.Message, StringComparison.Ordinal);
    }
}
