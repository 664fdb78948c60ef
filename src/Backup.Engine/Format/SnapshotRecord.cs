namespace Backup.Engine.Format;

/// <summary>What a snapshot holds, counted.</summary>
/// <param name="Files">Regular files.</param>
/// <param name="Directories">Directories.</param>
/// <param name="Others">Links and nodes.</param>
/// <param name="Bytes">Bytes of all files.</param>
/// <param name="AddedBytes">Bytes that were new at the sites.</param>
public readonly record struct SnapshotCounts(long Files, long Directories, long Others, long Bytes, long AddedBytes);

/// <summary>One source at one time, <c>snapshots/…</c>. FORMAT.md, section 9.3.</summary>
public sealed record SnapshotRecord
{
    private const string Thing = "a snapshot";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14);

    private static readonly SnapshotRecord Blank = new()
    {
        Source = "",
        Host = "",
        Started = default,
        Finished = default,
        RootDomain = default,
        RootTree = default,
        Counts = default,
        Rules = default,
        ProgramVersion = "",
        SourceKind = "",
    };

    public required string Source { get; init; }

    public required string Host { get; init; }

    public required Timestamp Started { get; init; }

    public required Timestamp Finished { get; init; }

    /// <summary>The domain in which the root tree lies.</summary>
    public required DomainId RootDomain { get; init; }

    /// <summary>First page of the root tree.</summary>
    public required BlobId RootTree { get; init; }

    /// <summary>First page of the grafts that hang in the root; null if none does.</summary>
    public BlobId? RootGrafts { get; init; }

    public required SnapshotCounts Counts { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public Hash? Parent { get; init; }

    /// <summary>Hash of the rules that decided the domains.</summary>
    public required Hash Rules { get; init; }

    public required string ProgramVersion { get; init; }

    /// <summary>Entries that could not be read.</summary>
    public long Unread { get; init; }

    /// <summary>Kind of the source, as the policy names it.</summary>
    public required string SourceKind { get; init; }

    /// <summary>Class of the source, or null.</summary>
    public string? Class { get; init; }

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(512);
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Text(Source);
        writer.Key(1);
        writer.Text(Host);
        writer.Key(2);
        writer.Stamp(Started);
        writer.Key(3);
        writer.Stamp(Finished);
        writer.Key(4);
        writer.Domain(RootDomain);
        writer.Key(5);
        writer.Blob(RootTree);
        if (RootGrafts is { } grafts)
        {
            writer.Key(6);
            writer.Blob(grafts);
        }

        writer.Key(7);
        WriteCounts(ref writer, Counts);
        writer.Key(8);
        writer.Array(Tags, static (ref w, tag) => w.Text(tag));
        writer.Key(9);
        writer.HashOrNull(Parent);
        writer.Key(10);
        writer.Hash(Rules);
        writer.Key(11);
        writer.Text(ProgramVersion);
        writer.Key(12);
        writer.Count(Unread);
        writer.Key(13);
        writer.Text(SourceKind);
        writer.Key(14);
        writer.TextOrNull(Class);
        writer.EndMap(map);
        return writer.ToArray();
    }

    public static SnapshotRecord Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        var snapshot = Blank;
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            snapshot = snapshot.Read(ref reader, key);
        }

        reader.EndMap(map, Required);
        reader.End();
        return snapshot;
    }

    private static void WriteCounts(ref CborSpanWriter writer, in SnapshotCounts counts)
    {
        writer.BeginArray(5);
        writer.Count(counts.Files);
        writer.Count(counts.Directories);
        writer.Count(counts.Others);
        writer.Count(counts.Bytes);
        writer.Count(counts.AddedBytes);
    }

    private SnapshotRecord Read(ref CborSpanReader reader, int key)
    {
        switch (key)
        {
            case 0: return this with { Source = reader.Text() };
            case 1: return this with { Host = reader.Text() };
            case 2: return this with { Started = reader.Stamp() };
            case 3: return this with { Finished = reader.Stamp() };
            case 4: return this with { RootDomain = reader.Domain() };
            case 5: return this with { RootTree = reader.Blob() };
            case 6: return this with { RootGrafts = reader.Blob() };
            case 7: return this with { Counts = ReadCounts(ref reader) };
            case 8: return this with { Tags = reader.Array(1, static (ref r) => r.Text()) };
            case 9: return this with { Parent = reader.HashOrNull() };
            case 10: return this with { Rules = reader.Hash() };
            case 11: return this with { ProgramVersion = reader.Text() };
            case 12: return this with { Unread = reader.Count() };
            case 13: return this with { SourceKind = reader.Text() };
            case 14: return this with { Class = reader.TextOrNull() };
            default: reader.SkipUnknown(key); return this;
        }
    }

    private static SnapshotCounts ReadCounts(ref CborSpanReader reader)
    {
        reader.BeginTuple(5);
        return new SnapshotCounts(reader.Count(), reader.Count(), reader.Count(), reader.Count(), reader.Count());
    }
}
