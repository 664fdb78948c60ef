namespace Backup.Engine.Format;

/// <summary>An entry of the ledger as it is stored, <c>ledger/…</c>. Signatures are checked in Keys. FORMAT.md, section 10.</summary>
/// <param name="Body">An encoded <see cref="LedgerBody"/>: what is signed.</param>
/// <param name="Signature">64 bytes, by the owner key of the body's term.</param>
/// <param name="Payload">A sealed <see cref="LedgerPayload"/>; the body names its hash.</param>
public sealed record LedgerEntry(byte[] Body, byte[] Signature, byte[] Payload)
{
    public const int SignatureSize = 64;

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(Body.Length + Payload.Length + 96);
        writer.BeginArray(3);
        writer.Bytes(Body);
        writer.Bytes(Signature);
        writer.Bytes(Payload);
        return writer.ToArray();
    }

    public static LedgerEntry Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, "a ledger entry");
        reader.BeginTuple(3);
        var entry = new LedgerEntry(reader.Bytes().ToArray(), reader.Bytes(SignatureSize).ToArray(), reader.Bytes().ToArray());
        reader.End();
        return entry;
    }
}

/// <summary>The sealed part of a ledger entry.</summary>
public sealed record LedgerPayload
{
    private const string Thing = "the payload of a ledger entry";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3, 4);

    public IReadOnlyList<Hash> SnapshotsAdded { get; init; } = [];

    public IReadOnlyList<Hash> SnapshotsRemoved { get; init; } = [];

    public IReadOnlyList<CompleteSnapshot> Complete { get; init; } = [];

    /// <summary>Salted commitments of accesses.</summary>
    public IReadOnlyList<Hash> Accesses { get; init; } = [];

    public IReadOnlyList<LedgerFact> Facts { get; init; } = [];

    /// <summary>Snapshots that an entry below removed, and that live again.</summary>
    public IReadOnlyList<Hash> SnapshotsRestored { get; init; } = [];

    /// <summary>Snapshots that stay whatever the rules say.</summary>
    public IReadOnlyList<Hash> Pinned { get; init; } = [];

    /// <summary>Snapshots to which the rules apply again.</summary>
    public IReadOnlyList<Hash> Unpinned { get; init; } = [];

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(256);
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Hashes(SnapshotsAdded);
        writer.Key(1);
        writer.Hashes(SnapshotsRemoved);
        writer.Key(2);
        writer.Array(Complete, static (ref w, item) =>
        {
            w.BeginArray(2);
            w.Hash(item.Snapshot);
            w.Text(item.Site);
        });
        writer.Key(3);
        writer.Hashes(Accesses);
        writer.Key(4);
        writer.Array(Facts, static (ref w, fact) =>
        {
            w.BeginArray(3);
            w.TextOrNull(fact.Site);
            w.Text(fact.Name);
            w.Text(fact.Value);
        });
        writer.Optional(5, SnapshotsRestored, static (ref w, id) => w.Hash(id));
        writer.Optional(6, Pinned, static (ref w, id) => w.Hash(id));
        writer.Optional(7, Unpinned, static (ref w, id) => w.Hash(id));
        writer.EndMap(map);
        return writer.ToArray();
    }

    public static LedgerPayload Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        var payload = new LedgerPayload();
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            payload = payload.Read(ref reader, key);
        }

        reader.EndMap(map, Required);
        reader.End();
        return payload;
    }

    private LedgerPayload Read(ref CborSpanReader reader, int key)
    {
        switch (key)
        {
            case 0: return this with { SnapshotsAdded = reader.Hashes() };
            case 1: return this with { SnapshotsRemoved = reader.Hashes() };
            case 2: return this with { Complete = reader.Array(36, ReadComplete) };
            case 3: return this with { Accesses = reader.Hashes() };
            case 4: return this with { Facts = reader.Array(4, ReadFact) };
            case 5: return this with { SnapshotsRestored = reader.Hashes() };
            case 6: return this with { Pinned = reader.Hashes() };
            case 7: return this with { Unpinned = reader.Hashes() };
            default: reader.SkipUnknown(key); return this;
        }
    }

    private static CompleteSnapshot ReadComplete(ref CborSpanReader reader)
    {
        reader.BeginTuple(2);
        return new CompleteSnapshot(reader.Hash(), reader.Text());
    }

    private static LedgerFact ReadFact(ref CborSpanReader reader)
    {
        reader.BeginTuple(3);
        return new LedgerFact(reader.TextOrNull(), reader.Text(), reader.Text());
    }
}

/// <summary>The owner saw every object that a snapshot reaches in the listing of a site.</summary>
/// <param name="Snapshot">Its id.</param>
/// <param name="Site">Id of the site.</param>
public readonly record struct CompleteSnapshot(Hash Snapshot, string Site);

/// <summary>A figure for the record, of a verification or a drill, for instance.</summary>
/// <param name="Site">Id of the site it is about, or null.</param>
/// <param name="Name">What was measured.</param>
/// <param name="Value">The figure.</param>
public sealed record LedgerFact(string? Site, string Name, string Value);
