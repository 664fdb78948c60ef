using Backup.Engine.Format;
using CsCheck;

namespace Backup.Engine.Tests.Format;

public sealed class ObjectNamesTests
{
    [Fact]
    public void TryParse_EveryNameThatIsGiven_IsWhatItWasMadeOf() =>
        Gen.Select(FormatGens.Hashes, FormatGens.Epochs, Gen.Long[0, LedgerBody.SequenceLimit]).Sample(static (hash, epoch, sequence) =>
        {
            Holds(ObjectNames.Repository, new ObjectName(ObjectKind.Repository));
            Holds(ObjectNames.Slot(hash), new ObjectName(ObjectKind.Slot, hash));
            Holds(ObjectNames.EpochSecret(epoch), new ObjectName(ObjectKind.EpochSecret, Epoch: epoch));
            Holds(ObjectNames.EpochShare(epoch), new ObjectName(ObjectKind.EpochShare, Epoch: epoch));
            Holds(ObjectNames.Keyring(hash), new ObjectName(ObjectKind.Keyring, hash));
            Holds(ObjectNames.Pack(hash), new ObjectName(ObjectKind.Pack, hash));
            Holds(ObjectNames.Index(hash), new ObjectName(ObjectKind.Index, hash));
            Holds(ObjectNames.Inventory(hash), new ObjectName(ObjectKind.Inventory, hash));
            Holds(ObjectNames.Snapshot(hash), new ObjectName(ObjectKind.Snapshot, hash));
            Holds(ObjectNames.Ledger(sequence, hash), new ObjectName(ObjectKind.Ledger, hash, Sequence: sequence));
            Holds(ObjectNames.Journal(hash), new ObjectName(ObjectKind.Journal, hash));
        });

    [Fact]
    public void Names_OfKnownValues_AreThoseOfTheDocument()
    {
        var hash = new Backup.Engine.Format.Hash(0, 0xAB);
        var hex = new string('0', 62) + "ab";
        Assert.Equal($"packs/00/{hex}", ObjectNames.Pack(hash));
        Assert.Equal($"ledger/0000000042-{hex}", ObjectNames.Ledger(42, hash));
        Assert.Equal($"epochs/00000007-{new string('0', 31)}f/s", ObjectNames.EpochSecret(new EpochId(7, 15)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("repository/")]
    [InlineData("Repository")]
    [InlineData("packs/00/ab")]
    [InlineData("packs/01/0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("packs/AB/AB00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("slots/000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("slots/00000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("slots/g000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("epochs/0000001-00000000000000000000000000000000/s")]
    [InlineData("epochs/00000001-00000000000000000000000000000000/b")]
    [InlineData("epochs/00000001-0000000000000000000000000000000A/s")]
    [InlineData("epochs/+0000001-00000000000000000000000000000000/s")]
    [InlineData("ledger/42-0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("tmp/0000000000000000000000000000000000000000000000000000000000000000")]
    public void TryParse_NameThatNobodyGives_IsRefused(string name) => Assert.False(ObjectNames.TryParse(name, out _));

    private static void Holds(string name, ObjectName expected)
    {
        Assert.True(ObjectNames.TryParse(name, out var parsed), name);
        Assert.Equal(expected, parsed);
    }
}
