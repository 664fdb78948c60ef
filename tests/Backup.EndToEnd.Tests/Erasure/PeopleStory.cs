using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Erasure;

/// <summary>
/// Three persons and what is nobody's, in two snapshots; the files of the one who will be erased are gone from the source since. Copied for each test, with the
/// data shared.
/// </summary>
public sealed class PeopleStory : IDisposable
{
    internal const string Person = "adelheid.zimmermann";
    internal const string Subject = "customer:" + Person;
    internal const string Other = "customer:balthasar.oberhuber";

    /// <summary>Names, identifiers and content of the person, each long enough not to turn up by chance.</summary>
    internal static readonly string[] Texts =
        ["adelheid", "zimmermann", Person, "kuendigung-an-den-vermieter-von-" + Person, "the quick brown fox of " + Person, "seventeen sheets of " + Person];

    private static readonly string[] People = [Person, "balthasar.oberhuber", "kunigunde.wittelsbach"];

    private readonly List<string> _snapshots = [];
    private readonly List<string> _withPerson = [];
    private readonly List<string> _without = [];
    private int _targets;

    public PeopleStory()
    {
        World = World.Initialized(quick: true);
        World.SourceKeys = $$"""
                class: letters
                subjects:
                  - { match: "{{World.Data}}/people/{person}/**", id: "customer:{person}" }
                  - { match: "{{World.Data}}/people/{person}/vouchers/{year}/**", id: "customer:{person}", class: voucher }
            """;
        World.Sections = "classes:\n  letters: { keep: { last: 50 } }\n  voucher: { keep: { last: 50 } }";
        World.WritePolicy();
        Write("readme", "for all of you");
        foreach (var person in People)
        {
            Write($"people/{person}/kuendigung-an-den-vermieter-von-{person}.txt", $"The quick brown fox of {person} jumps.");
            Write($"people/{person}/folder/diagnose-des-hausarztes-{person}.txt", string.Join('\n', Enumerable.Range(0, 500).Select(line => $"seventeen sheets of {person}: {line}")));
        }

        Save();
        Write($"people/{Person}/folder/later.txt", $"The quick brown fox of {Person} sleeps.");
        Write($"people/{People[1]}/folder/later.txt", $"The quick brown fox of {People[1]} sleeps.");
        Write("note", "nobody's note");
        Save();
        TemporaryFolder.Remove(Path.Combine(World.Data, "people", Person));
    }

    internal World World { get; }

    /// <summary>Both, the older first.</summary>
    internal IReadOnlyList<string> Snapshots => _snapshots;

    public void Dispose() => World.Dispose();

    /// <summary>A world of its own that stands where the story stands, on the same data.</summary>
    internal World Start()
    {
        var world = World.Clone(World.Data);
        world.Quick = true;
        return world;
    }

    /// <summary>A file of the person, as <c>dump</c> wants it.</summary>
    internal string Letter(string snapshot) => $"{snapshot}:{PersonFolder}/kuendigung-an-den-vermieter-von-{Person}.txt";

    /// <summary>Where the person's files were.</summary>
    internal string PersonFolder => Path.Combine(World.Data, "people", Person);

    /// <summary>Each of these sites alone gives an empty machine everything of every snapshot but the person.</summary>
    internal void MustRestoreTheOthers(World world, params IEnumerable<string> sites)
    {
        foreach (var site in sites)
        {
            MustRestore(world, world.Rescue(site), _without, $"from {site} alone");
        }
    }

    /// <summary>The same for one machine.</summary>
    internal void MustRestoreTheOthers(World world, Machine machine, string because, params int[] codes) => MustRestore(world, machine, _without, because, codes);

    /// <summary>Each of these sites alone gives everything back, the person too.</summary>
    internal void MustRestoreEverybody(World world, params IEnumerable<string> sites)
    {
        foreach (var site in sites)
        {
            MustRestore(world, world.Rescue(site), _withPerson, $"from {site} alone");
        }
    }

    /// <summary>A machine that asks for the person in every way there is gets all the others and nothing of the person.</summary>
    internal void MustNotGiveBack(World world, Machine machine, string because, params IEnumerable<string> options)
    {
        var newest = _snapshots[^1];
        MustBeSilent(machine.Run(["ls", newest, "-R", .. options]).MustExit(0, 20).MustSay("balthasar.oberhuber"), because);
        MustBeSilent(machine.Run(["find", "*", .. options]).MustExit(0, 20).MustSay("balthasar.oberhuber"), because);
        MustBeSilent(machine.Run(["find", $"{PersonFolder}/*", .. options]), because);
        MustBeSilent(machine.Run(["dump", Letter(newest), .. options]).MustExit(1, 3), because);
        var target = Path.Combine(world.Folder, $"given-{Interlocked.Increment(ref _targets)}");
        MustBeSilent(machine.Run(["restore", newest, "--target", target, .. options]).MustExit(0, 20), because);
        Assert.True(File.Exists(Path.Combine(target + World.Data, "readme")), $"{because}: nothing came out at all");
        Assert.False(Directory.Exists(target + PersonFolder), $"{because}: restore {newest} gives the person back");
        TemporaryFolder.Remove(target);
    }

    /// <summary>Whether a machine gives the person back.</summary>
    internal bool GivesBack(Machine machine) => machine.Run("dump", Letter(_snapshots[^1])).Text.Contains(Person, StringComparison.Ordinal);

    private static void MustBeSilent(CliResult said, string because) =>
        Assert.False(said.Text.Contains(Person, StringComparison.OrdinalIgnoreCase), $"{because}: {said.Command} gives the person back:\n{said.Everything}");

    private void MustRestore(World world, Machine machine, List<string> manifests, string because, params int[] codes)
    {
        for (var snapshot = 0; snapshot < manifests.Count; snapshot++)
        {
            world.MustRestore(machine, _snapshots[snapshot], manifests[snapshot], $"snapshot {snapshot}, {because}", codes);
        }
    }

    private void Save()
    {
        _withPerson.Add(Manifest.Of(World.Data));
        _without.Add(Manifest.Of(World.Data, "--exclude", "./people/" + Person));
        _snapshots.Add(World.Machine.Json("backup").MustExit(0).Summary.Text("snapshot"));
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(World.Data, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
