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

    private string Snapshot => story.Backup.Summary.Text("snapshot");

    private string Reader(string site, params IEnumerable<string> arguments) => Shell.Python(
    [
        Path.Combine(Published.Root, "tests", "reader"), "--site", story.World.SitePath(site), "--recovery-key-file", story.World.RecoveryKey, .. arguments,
    ]);
}
