using System.Formats.Tar;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

public sealed class ReadingTests(Story story) : IClassFixture<Story>
{
    private Machine Machine => story.World.Machine;

    private string Id => story.SecondBackup.Summary.Text("snapshot");

    private string FirstId => story.Backup.Summary.Text("snapshot");

    [Fact]
    public void Snapshots_Two_EachWithItsSites()
    {
        var items = Machine.Json("snapshots").MustExit(0).Items;

        Assert.Equal([FirstId, Id], items.Texts("id"), StringComparer.Ordinal);
        foreach (var item in items)
        {
            item.HasFields("id", "time", "source", "host", "[]tags", "#files", "#bytes", "[]sites");
            Assert.All(item.List("sites"), site => site.HasFields("id", "city", "?complete"));
            Assert.All(item.List("sites"), site => Assert.True(site.Flag("complete")));
            Assert.Equal(3, item.List("sites").Count);
        }

        Assert.Equal("monday", Assert.Single(items[0].List("tags")).GetString());
    }

    [Theory]
    [InlineData("--tag", "monday", 1)]
    [InlineData("--tag", "tuesday", 0)]
    [InlineData("--source", "data", 2)]
    [InlineData("--site", "b", 2)]
    public void Snapshots_Filtered_ShowsOnlyThose(string option, string value, int expected) =>
        Assert.Equal(expected, Machine.Json("snapshots", option, value).MustExit(0).Items.Count);

    [Fact]
    public void Snapshots_Human_ShowsIdAndCities()
    {
        var text = Machine.Run("snapshots").MustExit(0).Text;

        Assert.Contains(Id[..4], text, StringComparison.Ordinal);
        Assert.Contains("data", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Ls_Recursive_ShowsEveryPathOnce()
    {
        var paths = Machine.Json("ls", "latest", "-R").MustExit(0).Items.Texts("path").ToList();

        Assert.Equal(paths.Distinct(StringComparer.Ordinal), paths, StringComparer.Ordinal);
        var expected = Directory.EnumerateFileSystemEntries(story.World.Data, "*", SearchOption.AllDirectories);
        Assert.Empty(expected.Except(paths, StringComparer.Ordinal));
    }

    [Fact]
    public void Ls_Folder_ShowsItsEntriesOnly()
    {
        var text = Machine.Run("ls", $"latest:{story.World.Data}/sub", "-l").MustExit(0).Text;

        Assert.Contains("script.sh", text, StringComparison.Ordinal);
        Assert.Contains("deeper", text, StringComparison.Ordinal);
        Assert.DoesNotContain("random.bin", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hello.txt", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Ls_NameWithControlCharacters_IsEscapedInHumanOutput()
    {
        using var world = World.Initialized();
        File.WriteAllText(Path.Combine(world.Data, "evil\n\u001b[2Jname"), "x");
        world.Backup();

        var result = world.Machine.Run("ls", "latest", "-R").MustExit(0);

        Assert.DoesNotContain('\u001b', result.Text);
        Assert.DoesNotContain("evil\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("evil", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_Pattern_FindsTheFileInBothSnapshots()
    {
        var found = Machine.Json("find", Story.Needle).MustExit(0).Items;

        Assert.NotEmpty(found);
        Assert.All(found, item => Assert.EndsWith(Story.Needle, item.Text("path"), StringComparison.Ordinal));
        Assert.Contains(Story.Needle, Machine.Run("find", Story.Needle).MustExit(0).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Diff_TwoSnapshots_NamesAddedRemovedAndModified()
    {
        var items = Machine.Json("diff", "latest~1", "latest").MustExit(0).Items;

        var changed = items.Select(item => Path.GetFileName(item.Text("path"))).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "new.bin", "note 5.txt", "note 7.txt" }, changed);
        Assert.DoesNotContain("hello.txt", changed);
        Machine.Run("diff", FirstId[..8], Id[..8]).MustExit(0).MustSay("new.bin", "note 5.txt", "note 7.txt");
    }

    [Fact]
    public void Restore_Latest_EqualsWhatWasSaved()
    {
        var target = Path.Combine(story.World.Folder, "restored");

        var summary = Machine.Json("restore", "latest", "--target", target, "--verify").MustExit(0).Summary;

        Manifest.MustEqual(story.Second, target + story.World.Data, "restore latest");
        summary.HasFields("#files", "#dirs", "#links", "#bytes", "#skipped", "#erased", "#errors", "[]sites_used", "#seconds");
        Assert.Equal((0, 0, 0), (summary.Number("skipped"), summary.Number("erased"), summary.Number("errors")));
        Assert.NotEmpty(summary.List("sites_used"));
    }

    [Theory]
    [InlineData("latest~1")]
    [InlineData("data@latest~1")]
    [InlineData("ID")]
    public void Restore_OlderSnapshotByAnyName_EqualsTheFirst(string name) =>
        story.World.MustRestore(Machine, name == "ID" ? FirstId[..6] : name, story.First, "the first snapshot");

    [Fact]
    public void Restore_Again_LeavesWhatExistsAndSaysSo()
    {
        var target = Path.Combine(story.World.Folder, "twice");
        Machine.Run("restore", "latest", "--target", target).MustExit(0);
        var touched = target + story.World.Data + "/hello.txt";
        File.WriteAllText(touched, "mine");

        var summary = Machine.Json("restore", "latest", "--target", target).MustExit(3).Summary;

        Assert.True(summary.Number("skipped") > 0, "Nothing was counted as skipped.");
        Assert.Equal("mine", File.ReadAllText(touched));
        Machine.Run("restore", "latest", "--target", target, "--overwrite", "always").MustExit(0);
        Manifest.MustEqual(story.Second, target + story.World.Data, "restore --overwrite always");
    }

    [Fact]
    public void Restore_Delete_RemovesWhatTheSnapshotDoesNotHave()
    {
        var target = Path.Combine(story.World.Folder, "deleting");
        Machine.Run("restore", "latest", "--target", target).MustExit(0);
        File.WriteAllText(target + story.World.Data + "/sub/surplus.txt", "x");

        Machine.Run("restore", "latest", "--target", target, "--overwrite", "if-changed", "--delete").MustExit(0);

        Manifest.MustEqual(story.Second, target + story.World.Data, "restore --delete");
    }

    [Fact]
    public void Restore_PlaceInside_WritesItsContentIntoTheTarget()
    {
        var target = Path.Combine(story.World.Folder, "part");

        Machine.Run("restore", $"latest:{story.World.Data}/sub", "--target", target).MustExit(0);

        Assert.True(File.Exists(Path.Combine(target, "script.sh")), "sub/script.sh is not in the target.");
        Assert.True(File.Exists(Path.Combine(target, "deeper", "random.bin")));
        Assert.False(Directory.Exists(Path.Combine(target, "sub")));
    }

    [Fact]
    public void Restore_IncludeAndExclude_TakeOnlyWhatTheySay()
    {
        var target = Path.Combine(story.World.Folder, "selected");

        Machine.Run("restore", "latest", "--target", target, "--include", "*.txt", "--exclude", "note 1*.txt").MustExit(0);

        var files = Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories);
        var names = files.Select(Path.GetFileName).ToHashSet(StringComparer.Ordinal);
        Assert.Contains("hello.txt", names);
        Assert.Contains("note 2.txt", names);
        Assert.DoesNotContain("note 12.txt", names);
        Assert.DoesNotContain("random.bin", names);
    }

    [Fact]
    public void Restore_IncludeThatMatchesNothing_Fails()
    {
        var target = Path.Combine(story.World.Folder, "nothing");
        Machine.Run("restore", "latest", "--target", target, "--include", "*.typo").MustExit(1).MustSay("--include");
    }

    [Fact]
    public void Restore_DryRun_WritesNothing()
    {
        var target = Path.Combine(story.World.Folder, "dry");

        Machine.Run("restore", "latest", "--target", target, "--dry-run").MustExit(0);

        Assert.False(Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any(), "A dry run wrote something.");
    }

    [Fact]
    public void Restore_InPlace_BringsBackWhatWasLost()
    {
        using var world = World.WithData();
        var manifest = world.Backup();
        File.Delete(Path.Combine(world.Data, "hello.txt"));
        File.WriteAllText(Path.Combine(world.Data, "sub", "script.sh"), "spoiled");

        world.Machine.Run("restore", "latest", "--in-place", "--overwrite", "always", "--include", world.Data + "/**").MustExit(0);

        Manifest.MustEqual(manifest, world.Data, "restore in place");
    }

    [Fact]
    public void Restore_PartInPlace_GoesToWhereItCameFrom()
    {
        using var world = World.WithData();
        world.Backup();
        var part = Path.Combine(world.Data, "sub");
        var script = Path.Combine(part, "script.sh");
        var (hello, scripted) = (File.ReadAllText(Path.Combine(world.Data, "hello.txt")), File.ReadAllText(script));
        File.WriteAllText(script, "spoiled");
        File.WriteAllText(Path.Combine(part, "new"), "made since");
        File.Delete(Path.Combine(world.Data, "hello.txt"));

        // Seen by the dry run first: a restore into the wrong place must not get as far as removing something.
        string[] options = ["--in-place", "--overwrite", "always", "--delete"];

        world.Machine.Run(["restore", $"latest:{part}", .. options, "-n"]).MustExit(0).MustSay(Path.Combine(part, "new"), "would be removed");
        Assert.True(File.Exists(Path.Combine(part, "new")));
        world.Machine.Run(["restore", $"latest:{part}", .. options]).MustExit(0);
        world.Machine.Run(["restore", $"latest:{world.Data}/hello.txt", .. options]).MustExit(0);

        Assert.Equal((hello, scripted), (File.ReadAllText(Path.Combine(world.Data, "hello.txt")), File.ReadAllText(script)));
        Assert.False(File.Exists(Path.Combine(part, "new")));
    }

    [Fact]
    public void Restore_Delete_RemovesNothingThatWasNeverTheSnapshots()
    {
        using var world = World.WithData();
        File.WriteAllText(Path.Combine(world.Data, "sub", "some.log"), "left out");
        world.SourceKeys = """    exclude: ["*.log"]""";
        world.WritePolicy();
        world.Backup();
        var target = Path.Combine(world.Folder, "target");
        var data = target + world.Data;
        Directory.CreateDirectory(Path.Combine(data, "sub"));
        Directory.CreateDirectory(Path.Combine(data, "new", "folder"));
        string[] stay = [Path.Combine(target, "beside"), target + Path.Combine(world.Folder, "beside"), Path.Combine(data, "sub", "kept.log"), Path.Combine(data, "sub", "kept too")];
        string[] go = [Path.Combine(data, "new"), Path.Combine(data, "gone")];
        foreach (var path in stay.Append(go[1]))
        {
            File.WriteAllText(path, "x");
        }

        string[] restore = ["restore", "latest", "--target", target, "--delete"];
        var told = world.Machine.Run([.. restore, "-n"]).MustExit(0).MustSay([.. go]).Everything;
        Assert.All(stay, path => Assert.DoesNotContain(path, told, StringComparison.Ordinal));
        Assert.All(go, path => Assert.True(Path.Exists(path)));
        world.Machine.Run(restore).MustExit(0);

        Assert.All(stay, path => Assert.True(Path.Exists(path), path));
        Assert.All(go, path => Assert.False(Path.Exists(path), path));
    }

    [Fact]
    public void Restore_OneSite_OpensNoOther()
    {
        var target = Path.Combine(story.World.Folder, "from-b");

        var summary = Machine.Json("restore", "latest", "--site", "b", "--target", target).MustExit(0).Summary;

        Assert.Equal("b", Assert.Single(summary.List("sites_used")).GetString());
        Manifest.MustEqual(story.Second, target + story.World.Data, "restore --site b");
    }

    [Theory]
    [InlineData("restore", "latest", "--target", "")]
    [InlineData("snapshots", "--state", "")]
    [InlineData("snapshots", "--policy", "")]
    public void Option_WithoutAValue_IsRefused(params string[] arguments) => Machine.Run(arguments).MustExit(2).MustSay("is empty");

    [Theory]
    [InlineData("restore", "ffffffff", "--target", "T")]
    [InlineData("ls", "ffffffff")]
    [InlineData("ls", "fff")]
    [InlineData("ls", "latest~7")]
    [InlineData("dump", "latest:/no/such/place")]
    [InlineData("restore", "nosource@latest", "--target", "T")]
    public void Reading_WhatIsNotThere_FailsWithAClearError(params string[] arguments)
    {
        var result = Machine.Run(arguments.Select(argument => argument == "T" ? Path.Combine(story.World.Folder, "nowhere") : argument));

        result.MustExit(1, 2);
        Assert.NotEmpty(result.Errors);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Dump_File_IsItsBytes() =>
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(story.World.Data, "sub", "deeper", "random.bin")),
            Machine.Run("dump", $"latest:{story.World.Data}/sub/deeper/random.bin").MustExit(0).Output);

    [Fact]
    public void Dump_EverythingAsTar_UnpacksToWhatWasSaved()
    {
        var tar = Path.Combine(story.World.Folder, "everything.tar");
        File.WriteAllBytes(tar, Machine.Run("dump", $"latest:{story.World.Data}", "--tar").MustExit(0).Output);
        var target = Directory.CreateDirectory(Path.Combine(story.World.Folder, "unpacked")).FullName;

        Shell.Run("tar", "--numeric-owner", "-xpf", tar, "-C", target);

        Manifest.MustEqual(Manifest.Of(story.World.Data, "--no-holes"), Shell.Run("find", target, "-name", "hello.txt", "-printf", "%h").Trim(), "tar", "--no-holes");
    }

    [Fact]
    public void Dump_FolderAsTar_HoldsItsFiles()
    {
        using var tar = new TarReader(new MemoryStream(Machine.Run("dump", $"latest:{story.World.Data}/sub", "--tar").MustExit(0).Output));
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        while (tar.GetNextEntry() is { } entry)
        {
            found[Path.GetFileName(entry.Name.TrimEnd('/'))] = entry.Length;
        }

        Assert.Equal(700_000, found["random.bin"]);
        Assert.Contains("script.sh", found);
        Assert.Contains("note 12.txt", found);
    }
}
