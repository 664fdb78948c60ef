using Backup.Engine.Format;

namespace Backup.Engine.Snapshots;

/// <summary>A snapshot of the repository.</summary>
/// <param name="Id">Hash of its object.</param>
/// <param name="Record">What it says.</param>
/// <param name="CompleteAt">The ids of the sites that hold everything it reaches.</param>
internal sealed record KnownSnapshot(Hash Id, SnapshotRecord Record, IReadOnlySet<string> CompleteAt);

/// <summary>The live snapshots in ledger order, and how a person names one of them.</summary>
internal sealed class SnapshotList(IReadOnlyList<KnownSnapshot> snapshots)
{
    private const int ShortestPrefix = 4;
    private const string Latest = "latest";

    public IReadOnlyList<KnownSnapshot> All { get; } = snapshots;

    public IReadOnlyList<string> Sources => [.. All.Select(static snapshot => snapshot.Record.Source).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>The newest snapshot of a source by ledger order, whatever site holds it.</summary>
    public KnownSnapshot? Newest(string source) => All.LastOrDefault(snapshot => snapshot.Record.Source == source);

    /// <summary>Finds what a person typed: <c>latest</c>, <c>latest~2</c>, <c>mail@latest</c>, or at least four hex digits.</summary>
    /// <param name="name">The part before the colon.</param>
    /// <param name="usable">Whether a snapshot can be read from the sites asked.</param>
    public KnownSnapshot Find(string name, Predicate<KnownSnapshot> usable)
    {
        var (source, rest) = name.LastIndexOf('@') is var at and >= 0 ? (name[..at], name[(at + 1)..]) : (null, name);
        if (rest == Latest || rest.StartsWith(Latest + '~', StringComparison.Ordinal))
        {
            return FindLatest(source, rest, usable);
        }

        if (rest.Length < ShortestPrefix || !rest.All(char.IsAsciiHexDigit))
        {
            throw new BackupException(FailureKind.Usage, $"'{name}' names no snapshot", "write latest, latest~1, SOURCE@latest, or at least four digits of an id that `backupctl snapshots` shows");
        }

        var found = All.Where(snapshot => snapshot.Id.ToString().StartsWith(rest, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count switch
        {
            1 => found[0],
            0 => throw new BackupException(FailureKind.Failed, $"there is no snapshot {rest}", "`backupctl snapshots` lists those that are there"),
            _ => throw new BackupException(FailureKind.Usage, $"{found.Count} snapshots begin with {rest}: {string.Join(", ", found.Select(static snapshot => snapshot.Id.ToString()[..16]))}", "write more digits"),
        };
    }

    private KnownSnapshot FindLatest(string? source, string latest, Predicate<KnownSnapshot> usable)
    {
        var back = 0;
        if (latest.Length > Latest.Length && !int.TryParse(latest.AsSpan(Latest.Length + 1), out back))
        {
            throw new BackupException(FailureKind.Usage, $"'{latest}' is no number of snapshots to go back", "write latest~1 for the one before the newest");
        }

        if (source is null && Sources is { Count: > 1 } sources)
        {
            throw new BackupException(FailureKind.Usage, $"the repository holds more than one source: {string.Join(", ", sources)}", $"write {sources[0]}@{latest}");
        }

        var candidates = All.Where(snapshot => (source is null || snapshot.Record.Source == source) && usable(snapshot)).ToList();
        if (candidates.Count <= back)
        {
            var whose = source is null ? "" : $" of source {source}";
            throw new BackupException(FailureKind.Failed, $"there are {candidates.Count} complete snapshots{whose} at the sites asked, so there is no {latest}", "`backupctl snapshots` lists them and the sites that hold them");
        }

        return candidates[^(back + 1)];
    }
}
