using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Golden;

/// <summary>What an earlier version wrote is read by this one, down to owners and nanoseconds.</summary>
public sealed class GoldenTests : IDisposable
{
    private readonly string _before = GoldenRepository.Fingerprint();

    public static TheoryData<string> Kinds() => [.. GoldenRepository.Kinds];

    /// <summary>Fails the test that wrote to what is committed.</summary>
    public void Dispose() => Assert.Equal(_before, GoldenRepository.Fingerprint());

    [Fact]
    public void Kinds_All_AreThere() => Assert.Equal(["persons", "plain"], GoldenRepository.Kinds, StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Restore_RecoveryKeyAndEmptyState_EverySnapshotIsExact(string kind)
    {
        using var golden = new GoldenRepository(kind);
        var machine = golden.Rescue();

        Assert.Equal(golden.Snapshots.Order(StringComparer.Ordinal), machine.Json("snapshots").MustExit(0).Items.Texts("id").Order(StringComparer.Ordinal));
        foreach (var snapshot in golden.Snapshots)
        {
            golden.MustRestore(machine, snapshot);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Restore_Passphrase_IsExact(string kind)
    {
        using var golden = new GoldenRepository(kind);

        golden.MustRestore(golden.Reader(), golden.Snapshots.First());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Verify_AllData_FindsNothingAndWritesNothing(string kind)
    {
        using var golden = new GoldenRepository(kind);
        var machine = golden.Rescue();
        var before = Manifest.Of(golden.SitePath);

        var site = machine.Json("verify", "--read-data", "all").MustExit(0).Summary.Site("only");

        Assert.Equal((0, 0), (site.Number("missing"), site.Number("damaged")));
        Assert.Equal(before, Manifest.Of(golden.SitePath));
    }

    [Fact]
    public void Ls_FolderOfTwoPersons_ShowsBoth()
    {
        using var golden = new GoldenRepository("persons");

        var names = golden.Rescue().Json("ls", $"latest:{GoldenRepository.Root}/mail").MustExit(0).Items.Texts("path").Select(path => Path.GetFileName(path));

        Assert.Equal(["aliases", "anna.box", "bert.box"], names.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }
}
