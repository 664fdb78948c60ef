using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

/// <summary>A repository with two snapshots, copied for each damage.</summary>
public sealed class DamageStory : IDisposable
{
    public DamageStory()
    {
        World = World.WithData(quick: true);
        First = World.Backup();
        FirstId = World.Machine.Json("snapshots").MustExit(0).Items[0].Text("id");
        SampleData.Change(World.Data);
        Second = World.Backup();
    }

    internal World World { get; }

    internal string First { get; }

    internal string FirstId { get; }

    internal string Second { get; }

    public void Dispose() => World.Dispose();
}

/// <summary>Any object truncated, flipped, swapped or missing: detected, taken from another site, repaired. Never wrong bytes out.</summary>
public sealed class DamageTests(DamageStory story) : IClassFixture<DamageStory>
{
    private static readonly string[] Kinds = ["repository", "slots", "epochs", "keyring", "packs", "index", "inventory",
        "snapshots", "ledger"];
    private static readonly string[] Ways = ["truncated", "emptied", "flipped", "longer", "swapped", "missing"];

    public static TheoryData<string, string> Damages()
    {
        var data = new TheoryData<string, string>();
        foreach (var kind in Kinds)
        {
            foreach (var way in Ways)
            {
                data.Add(kind, way);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void Object_Damaged_IsDetectedServedFromElsewhereAndHealed(string kind, string way)
    {
        using var world = story.World.Clone(story.World.Data);
        var before = world.Objects("a");
        var damaged = Damage(world, kind, way);
        Assert.NotEqual(before, world.Objects("a"), StringComparer.Ordinal);

        // A site without `repository` is lost as a whole; everything else is damage.
        var lost = kind == "repository" && way == "missing";
        var found = world.Machine.Json("verify").MustExit(lost ? 20 : 21);
        if (!lost)
        {
            var site = found.Summary.Site("a");
            Assert.True(site.Number("missing") + site.Number("damaged") > 0, "Damage was not counted.");
            found.MustSay(Path.GetFileName(damaged));
        }

        world.MustRestore(world.Rescue("a", "b", "c"), "latest", story.Second, $"{kind} {way} at one of three", RestoreCodes(kind, way));
        if (lost)
        {
            world.Machine.Run("sync", "--to", "a", "--rebuild").MustExit(0);
        }
        else
        {
            var healed = world.Machine.Json("verify", "--heal").MustExit(0);
            Assert.True(healed.Summary.Site("a").Number("healed") > 0, "Nothing was healed.");
        }

        Assert.Equal(before, ButNewEntries(world.Objects("a"), before));
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("flipped")]
    [InlineData("swapped")]
    [InlineData("missing")]
    public void EveryPack_DamagedAtTheOnlySiteAsked_NoWrongByteComesOut(string way)
    {
        using var world = story.World.Clone(story.World.Data);
        foreach (var pack in Objects(world, "packs"))
        {
            Spoil(pack, way, Objects(world, "index")[0]);
        }

        var target = Path.Combine(world.Folder, "t");
        var result = world.Rescue("a").Run("restore", "latest", "--target", target);

        // A pack that lost its last byte still gives every byte that a restore needs.
        result.MustExit(way == "truncated" ? [0, 1, 3, 21] : [1, 3, 21]);
        if (Directory.Exists(target + world.Data))
        {
            var files = Directory.EnumerateFiles(target + world.Data, "*", SearchOption.AllDirectories);
            foreach (var file in files.Where(static file => File.ResolveLinkTarget(file, returnFinalTarget: false) is null))
            {
                Assert.Equal(File.ReadAllBytes(world.Data + file[(target + world.Data).Length..]), File.ReadAllBytes(file));
            }
        }
    }

    [Fact]
    public void Backup_PackMissingAtOneSite_PutsItBackThere()
    {
        using var world = story.World.Clone(story.World.Data);
        var pack = Damage(world, "packs", "missing");

        world.Machine.Run("backup").MustExit(0);

        Assert.True(File.Exists(pack), "The pack is still missing.");
        world.SitesMustBeEqual();
        world.MustRestore("latest", story.Second, "a");
    }

    [Theory]
    [InlineData("epochs")]
    [InlineData("keyring")]
    [InlineData("slots")]
    public void Keys_MissingAtOneSite_CountAsLackingAndComeBackWithTheNextRun(string folder)
    {
        using var world = story.World.Clone(story.World.Data);
        Directory.Delete(Path.Combine(world.SitePath("a"), folder), recursive: true);

        world.Machine.Run("status").MustExit(20).MustSay("behind");
        world.Machine.Run("sync").MustExit(0);

        world.Machine.Run("status").MustExit(0);
        world.MustRestore("latest", story.Second, "a");
    }

    [Fact]
    public void Pack_KnownToBeDamagedEverywhere_IsStoredAgainByTheNextBackup()
    {
        using var world = story.World.Clone(story.World.Data);
        foreach (var site in world.SiteIds)
        {
            Objects(world, "packs", site).ForEach(static pack => Spoil(pack, "flipped", ""));
        }

        world.Machine.Run("verify").MustExit(21);
        world.Machine.Run("backup").MustExit(0, 21);

        world.MustRestore(world.Rescue("b"), "latest", story.Second, "what was damaged everywhere, and is still in the source", 0, 21);
    }

    [Fact]
    public void Restore_EachSiteDamagedDifferently_TakesEachObjectFromWhereItIsGood()
    {
        using var world = story.World.Clone(story.World.Data);
        var packs = Objects(world, "packs").Select(Path.GetFileName).ToList();
        Assert.True(packs.Count >= 2, "The story needs two packs.");
        Spoil(Objects(world, "packs")[0], "flipped", "");
        Spoil(Objects(world, "packs", "b")[1], "missing", "");

        world.MustRestore(world.Rescue("a", "b"), "latest", story.Second, "two sites, each with other damage", 21, 0);
        world.MustRestore(world.Rescue("a", "b"), "latest~1", story.First, "two sites, each with other damage", 21, 0);
        world.Machine.Run("verify", "--heal").MustExit(0);
        world.SitesMustBeEqual();
    }

    /// <summary>Two owners that did not see each other stored the same file: what one pack lost at every site stands in the other.</summary>
    [Fact]
    public void Blob_StoredByTwoBranches_IsTakenFromThePackThatIsWhole()
    {
        using var world = World.Initialized(quick: true);
        world.Backup();
        SampleData.Random(Path.Combine(world.Data, "twice"), 50_000);
        world.TakeAway("a");
        world.TakeAway("b");
        world.Machine.Run("backup").MustExit(20);
        var first = Objects(world, "packs", "c").Select(Path.GetFileName).ToList();
        var manifest = Manifest.Of(world.Data);
        world.TakeAway("c");
        world.BringBack("a");
        world.BringBack("b");
        var second = world.SecondMachine();
        second.Run("takeover").MustExit(0, 20);
        second.Run("backup").MustExit(20);
        world.BringBack("c");
        second.Run("sync").MustExit(0);
        var newer = Objects(world, "packs").Where(pack => new FileInfo(pack).Length > 50_000 && !first.Contains(Path.GetFileName(pack))).Select(Path.GetFileName);
        var name = Assert.Single(newer);

        foreach (var pack in world.SiteIds.SelectMany(site => Objects(world, "packs", site)).Where(pack => Path.GetFileName(pack) == name))
        {
            File.WriteAllBytes(pack, new byte[new FileInfo(pack).Length]);
        }

        world.MustRestore(world.Rescue("a", "b", "c"), "latest~1", manifest, "what stands in another pack", 21);
    }

    [Theory]
    [InlineData("index")]
    [InlineData("inventory")]
    [InlineData("snapshots")]
    public void LoneSite_OneObjectGone_StillServesTheSnapshotsThatDoNotNeedIt(string kind)
    {
        using var world = story.World.Clone(story.World.Data);
        var newest = Objects(world, kind).OrderBy(File.GetLastWriteTimeUtc).Last();
        File.Delete(newest);

        // What stood in an index stands in its packs as well.
        world.MustRestore(world.Rescue("a"), story.FirstId, story.First, $"a lone site without its newest object of {kind}", 0, 20, 21);
    }

    [Fact]
    public void LoneSite_EveryIndexGone_RestoresEverythingFromWhatThePacksSay()
    {
        using var world = story.World.Clone(story.World.Data);
        Objects(world, "index").ForEach(File.Delete);

        world.MustRestore(world.Rescue("a"), "latest", story.Second, "a lone site without any index", 0, 20, 21);
        world.MustRestore(world.Rescue("a"), story.FirstId, story.First, "a lone site without any index", 0, 20, 21);
    }

    [Fact]
    public void Status_AfterDamageWasFound_Says21UntilItIsHealed()
    {
        using var world = story.World.Clone(story.World.Data);
        Damage(world, "packs", "flipped");
        world.Machine.Run("verify").MustExit(21);

        world.Machine.Run("status").MustExit(21);
        world.Machine.Run("verify", "--heal").MustExit(0);
        world.Machine.Run("status").MustExit(0);
    }

    /// <summary>What has the name of an object counts as one that belongs to nothing; what no object can be called is none, and counts nowhere.</summary>
    [Theory]
    [InlineData("notes", 1)]
    [InlineData("notes.txt", 0)]
    public void Site_StrangeFile_IsAtMostUnreferencedAndHarmsNothing(string name, int counted)
    {
        using var world = story.World.Clone(story.World.Data);
        var before = world.Machine.Json("verify").MustExit(0).Summary.Site("a").Number("unreferenced");
        var strange = Path.Combine(world.SitePath("a"), "packs", name);
        File.WriteAllText(strange, "somebody was here");

        var site = world.Machine.Json("verify", "--heal").MustExit(0).Summary.Site("a");

        Assert.Equal((before + counted, 0, 0), (site.Number("unreferenced"), site.Number("missing"), site.Number("damaged")));
        Assert.Equal("somebody was here", File.ReadAllText(strange));
        world.MustRestore("latest", story.Second, "a");
    }

    /// <summary>How a restore from three sites ends that meets this at the first: with everything, and with the word that there was damage.</summary>
    private static int[] RestoreCodes(string kind, string way) => (kind, way) switch
    {
        // Of the sites that were asked one holds no repository any more.
        ("repository", "missing") => [20],

        // Without the newest entry it shows an older state, and is read last.
        ("ledger", "missing") => [20],

        // What other sites list and this one does not may be on its way there.
        (not "packs", "missing") => [0],

        // Every byte of content and trees is whole; how far is read ahead decides whether the lost end is noticed.
        ("packs", "truncated") => [0, 21],
        ("packs", "longer") => [0],
        _ => [21],
    };

    /// <summary>The objects of a site without the entries of the ledger that were written after a moment: every check is recorded by one.</summary>
    private static string ButNewEntries(string objects, string before)
    {
        var known = before.Split('\n').ToHashSet(StringComparer.Ordinal);
        return string.Join('\n', objects.Split('\n').Where(line => known.Contains(line) || !line.Contains(" ./ledger/", StringComparison.Ordinal)));
    }

    private static List<string> Objects(World world, string kind, string site = "a")
    {
        var place = Path.Combine(world.SitePath(site), kind);
        return File.Exists(place)
            ? [place]
            : [.. Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    }

    private static string Damage(World world, string kind, string way)
    {
        var objects = Objects(world, kind);
        var victim = objects[^1];
        var other = objects.Count > 1 ? objects[0] : Objects(world, kind == "index" ? "packs" : "index")[0];
        Spoil(victim, way, other);
        return victim;
    }

    private static void Spoil(string file, string way, string other)
    {
        var bytes = File.ReadAllBytes(file);
        switch (way)
        {
            case "truncated":
                File.WriteAllBytes(file, bytes[..^1]);
                break;
            case "emptied":
                File.WriteAllBytes(file, []);
                break;
            case "flipped":
                bytes[bytes.Length / 2] ^= 0x10;
                File.WriteAllBytes(file, bytes);
                break;
            case "longer":
                File.WriteAllBytes(file, [.. bytes, 0]);
                break;
            case "swapped":
                File.Copy(other, file, overwrite: true);
                break;
            default:
                File.Delete(file);
                break;
        }
    }
}
