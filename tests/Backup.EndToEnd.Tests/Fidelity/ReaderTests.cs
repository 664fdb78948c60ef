using Backup.EndToEnd.Tests.Commands;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Fidelity;

/// <summary>The reader in another language, written from FORMAT.md alone, opens what the program wrote.</summary>
public sealed class ReaderTests(SubjectStory story) : IClassFixture<SubjectStory>
{
    [Theory]
    [InlineData("a")]
    [InlineData("c")]
    public void Reader_OneSiteAndTheRecoveryKey_RestoresEverything(string site)
    {
        var target = Path.Combine(story.World.Folder, "read-" + site);

        Reader(site, "restore", Snapshot, target);

        Manifest.MustEqual(story.Saved, target + story.World.Data, "the independent reader");
    }

    [Fact]
    public void Reader_List_NamesTheSnapshot()
    {
        Assert.Contains(Snapshot[..8], Reader("b", "list"), StringComparison.Ordinal);
    }

    [Fact]
    public void Reader_Check_FindsNoDamage() => Reader("b", "check");

    /// <summary>Ciphertext names nobody whatever it holds; this reads, with every key but the persons' own, all that is outside their domains.</summary>
    [Fact]
    public void Reader_DumpOfAllOutsideThePersonsDomains_NamesNobody()
    {
        var target = Path.Combine(story.World.Folder, "outside");

        Reader("a", "dump", target);

        var found = SubjectStory.Found(target, SubjectStory.Secrets).Select(static hit => hit.Secret).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(SubjectStory.Nobodys, found.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        string[] folders = ["epochs", "index", "inventory", "keyring", "ledger", "packs", "slots", "snapshots"];
        Assert.Equal(folders, Directory.EnumerateDirectories(target).Select(Path.GetFileName).Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    private string Snapshot => story.Backup.Summary.Text("snapshot");

    private string Reader(string site, params IEnumerable<string> arguments) => Shell.Python(
    [
        Path.Combine(Published.Root, "tests", "reader"), "--site", story.World.SitePath(site), "--recovery-key-file", story.World.RecoveryKey, .. arguments,
    ]);
}
