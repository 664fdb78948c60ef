using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Fidelity;

/// <summary>The tree of <c>sample_tree.py</c>, saved and restored once.</summary>
public sealed class FidelityStory : IDisposable
{
    public FidelityStory()
    {
        World = World.Initialized();
        Shell.Python(Script, World.Data);
        Backup = World.Machine.Json("backup");
        Target = Path.Combine(World.Folder, "target");
        Restore = World.Machine.Json("restore", "latest", "--target", Target);
    }

    internal static string Script { get; } = Path.Combine(Published.Root, "tests", "Backup.EndToEnd.Tests", "Fidelity", "sample_tree.py");

    internal World World { get; }

    internal CliResult Backup { get; }

    internal CliResult Restore { get; }

    internal string Target { get; }

    public void Dispose() => World.Dispose();
}

/// <summary>Restored exactly, one thing at a time.</summary>
public sealed class FidelityTests(FidelityStory story) : IClassFixture<FidelityStory>
{
    /// <summary>Gives each folder an owner, an attribute, ACLs and a time of its own.</summary>
    private const string Decoration = """
        import os, struct, sys
        def acl(named):
            entries = [(1, 7, -1), (2, 5, named), (4, 5, -1), (16, 7, -1), (32, 0, -1)]
            return struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
        for number, folder in enumerate(sys.argv[1:]):
            os.chown(folder, 1200 + number, 1300 + number)
            os.setxattr(folder, "user.note", b"note %d" % number)
            os.setxattr(folder, "system.posix_acl_access", acl(1400 + number))
            os.setxattr(folder, "system.posix_acl_default", acl(1500 + number))
            os.utime(folder, ns=(0, 1_000_000_000_123_456_789 + number))
        """;

    public static TheoryData<string> Features() =>
        [.. Shell.Python(FidelityStory.Script, "--list").Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    [Fact]
    public void BackupAndRestore_Everything_ReportNoError()
    {
        Assert.Equal(0, story.Backup.MustExit(0).Summary.Number("errors"));
        Assert.Equal(0, story.Restore.MustExit(0).Summary.Number("errors"));
    }

    [Theory]
    [MemberData(nameof(Features))]
    public void Restore_Feature_IsExact(string feature)
    {
        var saved = Path.Combine(story.World.Data, feature);

        Manifest.MustEqual(Manifest.Of(saved), story.Target + saved, feature);
    }

    [Fact]
    public void Restore_Holes_AreHolesAgain()
    {
        var blocks = Shell.Run("du", "-s", "--block-size=1M", story.Target + story.World.Data + "/holes").Split('\t')[0];

        Assert.True(int.Parse(blocks, System.Globalization.CultureInfo.InvariantCulture) < 10, $"The restored holes take {blocks} MiB.");
    }

    [Fact]
    public void Restore_FoldersAbove_HaveTheMetadataTheyHad()
    {
        static string Metadata(string folder) => Shell.Run("stat", "-c", "%a %u %g", folder);

        Assert.Equal(Metadata(story.World.Folder), Metadata(story.Target + story.World.Folder));
    }

    /// <summary>The folders on the way to a part, in the root and above it, are as they were, though nothing else in them comes back.</summary>
    [Fact]
    public void Restore_PartOfARoot_GivesFoldersAboveEverythingTheyHad()
    {
        using var outside = new Scratch();
        var root = Path.Combine(outside.Folder, "above", "root");
        Directory.CreateDirectory(Path.Combine(root, "inner", "part"));
        File.WriteAllText(Path.Combine(root, "inner", "part", "file"), "text");
        File.WriteAllText(Path.Combine(root, "inner", "beside"), "text");
        using var world = World.Initialized(root);
        string[] folders = [Path.Combine(outside.Folder, "above"), root, Path.Combine(root, "inner")];
        Shell.Python(["-c", Decoration, .. folders]);
        world.Machine.Run("backup").MustExit(0);
        var target = Path.Combine(world.Folder, "target");

        world.Machine.Run("restore", "latest", "--include", root + "/inner/part", "--target", target).MustExit(0);

        var saved = Manifest.Of(folders[0], "--exclude", "root/inner/beside");
        Assert.Equal(3, saved.Split('\n').Count(static line => line.Contains("user.note", StringComparison.Ordinal) && line.Contains("posix_acl_default", StringComparison.Ordinal)));
        Manifest.MustEqual(saved, target + folders[0], "the folders above a part");
    }

    [Fact]
    public void Backup_Again_FindsNothingChanged()
    {
        var summary = story.World.Machine.Json("backup").MustExit(0).Summary;

        Assert.Equal((0, 0), (summary.Number("files_new"), summary.Number("files_changed")));
    }

    [Fact]
    public void Verify_AllData_FindsNothing() => story.World.Machine.Run("verify", "--read-data", "all").MustExit(0);

    [Fact]
    public void DumpTar_Everything_EqualsForTar()
    {
        var place = Path.Combine(story.World.Data, "links");
        var tar = Path.Combine(story.World.Folder, "links.tar");
        File.WriteAllBytes(tar, story.World.Machine.Run("dump", $"latest:{place}", "--tar").MustExit(0).Output);

        Assert.Contains("dangling -> does not exist", Shell.Run("tar", "-tvf", tar), StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_AsNormalUser_ListsWhatItCannotAndExits3()
    {
        using var world = World.WithData();
        Shell.Run("chown", "12345:54321", Path.Combine(world.Data, "hello.txt"));
        world.Backup();
        Shell.Run("chmod", "755", world.Folder);
        Shell.Run("chown", "-R", "65534:65534", Path.Combine(world.Folder, "sites"), world.Passphrase);
        var target = Directory.CreateDirectory(Path.Combine(world.Folder, "target")).FullName;
        var state = Directory.CreateDirectory(Path.Combine(world.Folder, "nobodys-state")).FullName;
        Shell.Run("chown", "65534:65534", target, state);
        var nobody = new Machine(world.Machine.Policy, state) { Unprivileged = true };

        nobody.Run("restore", "latest", "--target", target).MustExit(3).MustSay("hello.txt");

        Assert.Equal("Hello, three cities.\n", File.ReadAllText(target + world.Data + "/hello.txt"));
    }

    /// <summary>A folder beside the world.</summary>
    private sealed class Scratch : IDisposable
    {
        public string Folder { get; } = TemporaryFolder.Create("above");

        public void Dispose() => TemporaryFolder.Remove(Folder);
    }
}
