using System.Text;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

/// <summary>
/// Two persons whose folders hang in one folder, with files of three years; an heir in a folder that bears the name of the family; a log that mixes people;
/// and what is nobody's beside them.
/// </summary>
public sealed class SubjectStory : IDisposable
{
    /// <summary>What is nobody's: names and content that anybody with a key of the repository may read.</summary>
    internal static readonly string[] Nobodys = ["nothing personal", "readme of nobody"];

    /// <summary>Names, identifiers and content of persons.</summary>
    internal static readonly string[] Personal =
    [
        "adelheid.zimmermann", "balthasar.oberhuber", "adelheid", "zimmermann", "oberhuber",
        "kuendigung-an-den-vermieter", "diagnose-des-hausarztes", "liebesbrief", "k4711", "rechnung-ueber-den-zaun",
        "the quick brown fox of adelheid", "balthasar never told anybody", "wittelsbach", "kunigunde", "testament-der-erblasserin",
        "everything to the cat", "posteingang", "theodolinde", "customer:", "email:", "mixed:",
    ];

    internal static readonly string[] Secrets = [.. Personal, .. Nobodys];

    public SubjectStory()
    {
        World = World.Initialized();
        World.SourceKeys = $$"""
                class: correspondence
                subjects:
                  - { match: "{{World.Data}}/vmail/{domain}/{user}/**", id: "email:{user}@{domain}", class: journal }
                  - { match: "{{World.Data}}/vouchers/{customer}/{year}/**", id: "customer:{customer}", class: voucher }
                  - { match: "{{World.Data}}/estates/{family}/heirs/{person}/**", id: "customer:{person}", graft_at: "{{World.Data}}/estates" }
                  - { match: "{{World.Data}}/logs/{family}.log*", mixed: true }
            """;
        World.Sections = """
            classes:
              correspondence: { keep: { daily: 7 } }
              journal: { keep: { daily: 7 }, delete_after: 10y, starts: mtime, basis: "Art. 6(1)(f)" }
              voucher: { keep: { daily: 7 }, retain_until: 8y, from: year_end, starts: "{year}", basis: "§ 147 AO" }
            """;
        World.WritePolicy();
        Fill();
        Saved = Manifest.Of(World.Data);
        Backup = World.Machine.Json("backup");
    }

    internal World World { get; }

    internal string Saved { get; }

    internal CliResult Backup { get; }

    public void Dispose() => World.Dispose();

    /// <summary>Case-blind, as UTF-8 and UTF-16, in every byte and every name below a folder.</summary>
    internal static List<(string Secret, string Where)> Found(string folder, IEnumerable<string> secrets)
    {
        var hits = new List<(string, string)>();
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        foreach (var file in Directory.EnumerateFiles(folder, "*", everything))
        {
            var bytes = File.ReadAllBytes(file);
            var texts = new[]
            {
                Encoding.Latin1.GetString(bytes).ToLowerInvariant(), Encoding.Unicode.GetString(bytes).ToLowerInvariant(),
                bytes.Length > 1 ? Encoding.Unicode.GetString(bytes.AsSpan(1)).ToLowerInvariant() : "",
                Path.GetRelativePath(folder, file).ToLowerInvariant(),
            };
            var found = secrets.Where(secret => Array.Exists(texts, text => text.Contains(secret, StringComparison.Ordinal)));
            hits.AddRange(found.Select(secret => (secret, file)));
        }

        return hits;
    }

    private void Fill()
    {
        Write("readme of nobody.txt", "nothing personal", 2024);
        Write("vmail/example.org/adelheid.zimmermann/cur/kuendigung-an-den-vermieter.eml", "The quick brown fox of Adelheid jumps.", 2021);
        Write("vmail/example.org/adelheid.zimmermann/cur/diagnose-des-hausarztes.eml", "The quick brown fox of Adelheid sleeps.", 2023);
        Write("vmail/example.org/adelheid.zimmermann/cur/another.eml", "The quick brown fox of Adelheid wakes.", 2025);
        Write("vmail/example.org/balthasar.oberhuber/cur/liebesbrief.eml", "Balthasar never told anybody.", 2021);
        Write("vmail/example.org/balthasar.oberhuber/cur/another.eml", "Balthasar never told anybody else.", 2023);
        Write("vmail/example.org/balthasar.oberhuber/.oberhuber-index", new string('x', 300_000), 2025);
        Write("vouchers/k4711/2022/rechnung-ueber-den-zaun.pdf", "4711 euro", 2022);
        Write("vouchers/k4711/2023/rechnung-ueber-den-zaun.pdf", "4712 euro", 2023);
        Write("vouchers/k4711/notes.txt", "k4711 calls on Mondays", 2024);
        Write("estates/wittelsbach/heirs/kunigunde/testament-der-erblasserin.txt", "Everything to the cat.", 2024);
        Write("logs/posteingang.log", "from Theodolinde", 2025);
        Write("logs/posteingang.log.1", "from Theodolinde as well", 2024);
        SampleData.Random(Path.Combine(World.Data, "vmail/example.org/adelheid.zimmermann/new/attachment.bin"), 1_500_000);
    }

    private void Write(string path, string text, int year)
    {
        var file = Path.Combine(World.Data, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        File.SetLastWriteTimeUtc(file, new DateTime(year, 6, 15, 12, 0, 0, DateTimeKind.Utc));
    }
}

public sealed class SubjectTests(SubjectStory story) : IClassFixture<SubjectStory>
{
    [Fact]
    public void Backup_WithRules_IsComplete() => story.Backup.MustExit(0);

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public void Site_EveryByte_NamesNobody(string site) => Assert.Empty(SubjectStory.Found(story.World.SitePath(site), SubjectStory.Secrets));

    [Fact]
    public void State_EveryByte_NamesNobody() => Assert.Empty(SubjectStory.Found(story.World.Machine.State, SubjectStory.Secrets));

    [Fact]
    public void Search_Itself_FindsWhatIsThere()
    {
        Assert.Superset(
            new HashSet<string>(["adelheid", "liebesbrief", "balthasar never told anybody"], StringComparer.Ordinal),
            SubjectStory.Found(story.World.Data, SubjectStory.Secrets).Select(hit => hit.Secret).ToHashSet(StringComparer.Ordinal));
        Assert.NotEmpty(SubjectStory.Found(story.World.SitePath("a"), ["falkenstein"]));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    [InlineData("c")]
    public void Restore_OneSiteAlone_OverlaysAllGrafts(string site) => story.World.MustRestore("latest", story.Saved, site);

    [Fact]
    public void Ls_Recursive_ShowsEveryPathOnce()
    {
        var paths = story.World.Machine.Json("ls", "latest", "-R").MustExit(0).Items.Texts("path").ToList();

        Assert.Equal(paths.Distinct(StringComparer.Ordinal), paths, StringComparer.Ordinal);
        var expected = Directory.EnumerateFileSystemEntries(story.World.Data, "*", SearchOption.AllDirectories);
        Assert.Empty(expected.Except(paths, StringComparer.Ordinal));
    }

    [Fact]
    public void Dump_FileOfAPerson_IsItsBytes()
    {
        var place = $"latest:{story.World.Data}/vmail/example.org/balthasar.oberhuber/cur/liebesbrief.eml";

        Assert.Equal("Balthasar never told anybody.", story.World.Machine.Run("dump", place).MustExit(0).Text);
    }

    [Fact]
    public void BackupAndVerify_Again_KeepDomainsAndFindNothing()
    {
        using var world = story.World.Clone(story.World.Data);

        var summary = world.Machine.Json("backup").MustExit(0).Summary;

        Assert.Equal((0, 0), (summary.Number("files_new"), summary.Number("files_changed")));
        Assert.InRange(summary.Number("bytes_added"), 0, 4000); // pages of folders above, which other tests touch
        world.Machine.Run("verify", "--read-data", "all").MustExit(0);
        world.SitesMustBeEqual();
        world.MustRestore("latest", story.Saved, "b");
    }

    [Fact]
    public void Backup_FileMovesToAnotherPerson_IsStoredAnewAndRestores()
    {
        using var world = World.Initialized();
        world.SourceKeys = $"    subjects: [ {{ match: \"{world.Data}/{{user}}/**\", id: \"customer:{{user}}\" }} ]";
        world.WritePolicy();
        SampleData.Random(Path.Combine(world.Data, "one", "file"), 50_000);
        SampleData.Random(Path.Combine(world.Data, "two", "file"), 50_000);
        var first = world.Backup();
        File.Move(Path.Combine(world.Data, "one", "file"), Path.Combine(world.Data, "two", "moved"));
        var second = world.Backup();

        world.MustRestore("latest", second, "a");
        world.MustRestore("latest~1", first, "a");
    }

    /// <summary>Else the erasure of one of them would take it from the other.</summary>
    [Fact]
    public void Backup_HardLinkAcrossTwoPersons_IsStoredForBothAndOneFileAgain()
    {
        using var world = World.Initialized();
        world.SourceKeys = $"    subjects: [ {{ match: \"{world.Data}/{{user}}/**\", id: \"customer:{{user}}\" }} ]";
        world.WritePolicy();
        var (one, two) = (Path.Combine(world.Data, "one", "file"), Path.Combine(world.Data, "two", "other name"));
        SampleData.Random(one, 400_000);
        Directory.CreateDirectory(Path.GetDirectoryName(two)!);
        Shell.Run("ln", one, two);
        var manifest = Manifest.Of(world.Data);

        var stored = world.Machine.Json("backup").MustExit(0).Summary.Number("bytes_added");

        Assert.InRange(stored, 800_000, 900_000);
        world.MustRestore("latest", manifest, "a");
        Assert.Equal(2, manifest.Split('\n').Count(static line => line.EndsWith(" same=./one/file", StringComparison.Ordinal)));
        foreach (var file in new[] { one, two })
        {
            Assert.Equal(File.ReadAllBytes(one), world.Machine.Run("dump", $"latest:{file}").MustExit(0).Output);
        }
    }
}
