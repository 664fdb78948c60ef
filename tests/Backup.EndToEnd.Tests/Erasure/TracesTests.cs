using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Erasure;

/// <summary>After an erasure nothing names the person: no byte of a site, of the state, of what the commands said, of temporary files; nor what the keys of today open.</summary>
public sealed class TracesTests(PeopleStory story) : IClassFixture<PeopleStory>
{
    [Fact]
    public void Search_AfterTheErasure_FindsNothingThatItFoundBefore()
    {
        using var world = story.Start();
        var temporary = Directory.CreateDirectory(Path.Combine(world.Folder, "tmp")).FullName;
        var said = Directory.CreateDirectory(Path.Combine(world.Folder, "said")).FullName;
        var machine = world.Machine.With("TMPDIR", temporary);
        string[] folders = [world.Machine.State, Path.Combine(world.Folder, "sites"), temporary, said];

        // Before: with the keys the identifier is found, both halves of it, for it stands in the keyring. Without keys nothing is.
        Search(0, PeopleStory.Texts, folders);
        Search(1, ["adelheid"], [.. folders, .. world.SitesAndKeys()]);
        Search(1, ["zimmermann"], [.. folders, .. world.SitesAndKeys()]);

        string[][] commands =
        [
            [.. ErasureSteps.Run, "--json"], ["erase", "status"], ["backup", "--verbose"], ["sync"], ["verify", "--read-data", "all"], ["drill"], ["gc"],
            ["snapshots"], ["status"], ["erase", "verify"], ["ledger", "show"], ["ls", story.Snapshots[^1], "-R"],
        ];
        var number = 0;
        foreach (var command in commands)
        {
            File.WriteAllText(Path.Combine(said, $"{number++}"), machine.Run(command).MustExit(0).Everything);
        }

        var id = Assert.Single(machine.Json("erase", "status").Items).Text("request");
        File.WriteAllBytes(Path.Combine(said, "certificate"), machine.Run("erase", "certificate", id).MustExit(0).Output);
        File.WriteAllBytes(Path.Combine(said, "letter"), machine.Run("erase", "letter", id).MustExit(0).Output);

        Search(0, PeopleStory.Texts, [.. folders, .. world.SitesAndKeys()]);
        world.MustBeErasedEverywhere();
    }

    private static void Search(int code, IEnumerable<string> texts, IEnumerable<string> folders) =>
        ErasureSteps.Reader(["search", .. ErasureSteps.Each("--text", texts), .. folders]).MustExit(code);
}
