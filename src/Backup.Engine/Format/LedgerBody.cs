namespace Backup.Engine.Format;

/// <summary>The plain, signed part of a ledger entry: no personal data, no name, no path. FORMAT.md, section 10.</summary>
public sealed record LedgerBody
{
    /// <summary>Ten decimal digits name an entry.</summary>
    public const long SequenceLimit = 9_999_999_999;

    private const string Thing = "the body of a ledger entry";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 14);

    private static readonly LedgerBody Blank = new()
    {
        RepositoryId = default,
        Sequence = 0,
        Time = 0,
        Term = new TermRecord(0, default, [], []),
        Epoch = new LedgerEpoch(default, default, []),
        Slots = [],
        Sites = [],
        PayloadHash = default,
        Kind = default,
    };

    public required Hash RepositoryId { get; init; }

    /// <summary>One more than the largest of the predecessors'; 1 for the first.</summary>
    public required long Sequence { get; init; }

    /// <summary>Ascending; empty for the first.</summary>
    public IReadOnlyList<Hash> Predecessors { get; init; } = [];

    /// <summary>Seconds since 1970.</summary>
    public required long Time { get; init; }

    public required TermRecord Term { get; init; }

    public required LedgerEpoch Epoch { get; init; }

    /// <summary>Ids of the live slots.</summary>
    public required IReadOnlyList<Hash> Slots { get; init; }

    public required IReadOnlyList<SiteRecord> Sites { get; init; }

    public ObjectReference? Inventory { get; init; }

    public IReadOnlyList<Hash> Condemned { get; init; } = [];

    public IReadOnlyList<Hash> Deleted { get; init; } = [];

    public IReadOnlyList<ErasedDomain> Erased { get; init; } = [];

    public required Hash PayloadHash { get; init; }

    public required LedgerKind Kind { get; init; }

    /// <summary>The inventory of everything live, where this entry is a checkpoint.</summary>
    public ObjectReference? Checkpoint { get; init; }

    public IReadOnlyList<LockRecord> Locks { get; init; } = [];

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(1024);
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Unsigned(1);
        writer.Key(1);
        writer.Hash(RepositoryId);
        writer.Key(2);
        writer.Count(Sequence);
        writer.Key(3);
        writer.Hashes(Predecessors);
        writer.Key(4);
        writer.Signed(Time);
        writer.Key(5);
        Term.Write(ref writer);
        writer.Key(6);
        Epoch.Write(ref writer);
        writer.Key(7);
        writer.Hashes(Slots);
        writer.Key(8);
        writer.Array(Sites, static (ref w, site) => site.Write(ref w));
        WriteObjects(ref writer);
        writer.EndMap(map);
        return writer.ToArray();
    }

    public static LedgerBody Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        var body = Blank;
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            body = body.Read(ref reader, key);
        }

        reader.EndMap(map, Required);
        reader.End();
        return Ordered.IsAscending(body.Predecessors, static hash => hash)
            ? body
            : throw reader.Damaged("its predecessors are not in order");
    }

    private void WriteObjects(ref CborSpanWriter writer)
    {
        WriteReference(ref writer, 9, Inventory);
        writer.Optional(10, Condemned, static (ref w, id) => w.Hash(id));
        writer.Optional(11, Deleted, static (ref w, id) => w.Hash(id));
        writer.Optional(12, Erased, ErasedDomain.Write);
        writer.Key(13);
        writer.Hash(PayloadHash);
        writer.Key(14);
        writer.Unsigned((ulong)Kind);
        WriteReference(ref writer, 15, Checkpoint);
        writer.Optional(16, Locks, static (ref w, item) => item.Write(ref w));
    }

    private static void WriteReference(ref CborSpanWriter writer, int key, ObjectReference? reference)
    {
        if (reference is { } present)
        {
            writer.Key(key);
            present.Write(ref writer);
        }
    }

    private LedgerBody Read(ref CborSpanReader reader, int key)
    {
        switch (key)
        {
            case 0: reader.Version(); return this;
            case 1: return this with { RepositoryId = reader.Hash() };
            case 2: return this with { Sequence = reader.Count(SequenceLimit) };
            case 3: return this with { Predecessors = reader.Hashes(Limits.Sites) };
            case 4: return this with { Time = reader.Signed() };
            case 5: return this with { Term = TermRecord.Read(ref reader) };
            case 6: return this with { Epoch = LedgerEpoch.Read(ref reader) };
            case 7: return this with { Slots = reader.Hashes(Limits.Slots) };
            case 8: return this with { Sites = reader.Array(7, SiteRecord.Read, Limits.Sites) };
            case 9: return this with { Inventory = ObjectReference.Read(ref reader) };
            case 10: return this with { Condemned = reader.Hashes() };
            case 11: return this with { Deleted = reader.Hashes() };
            case 12: return this with { Erased = reader.Array(19, ErasedDomain.Read) };
            case 13: return this with { PayloadHash = reader.Hash() };
            case 14: return this with { Kind = (LedgerKind)reader.Kind(1, 18) };
            case 15: return this with { Checkpoint = ObjectReference.Read(ref reader) };
            case 16: return this with { Locks = reader.Array(LockRecord.LeastBytes, LockRecord.Read) };
            default: reader.SkipUnknown(key); return this;
        }
    }
}
