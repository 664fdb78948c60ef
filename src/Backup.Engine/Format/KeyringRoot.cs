namespace Backup.Engine.Format;

/// <summary>The top of the keyring, sealed under the epoch key. FORMAT.md, section 6.4.</summary>
public sealed record KeyringRoot
{
    public const int KeySize = 32;

    /// <summary>Index, snapshot, ledger, table, journal, subject, state.</summary>
    public const int RepositoryKeyCount = 7;

    private const string Thing = "the keyring root";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3, 4, 5, 6);

    private static readonly KeyringRoot Blank = new()
    {
        Epoch = default,
        RootSeed = default,
        RepositoryKeys = [],
        Slots = [],
        ShardBits = 0,
        Shards = [],
    };

    public required EpochId Epoch { get; init; }

    /// <summary>Seed of the root Ed25519 key, 32 bytes.</summary>
    public required ReadOnlyMemory<byte> RootSeed { get; init; }

    /// <summary><see cref="RepositoryKeyCount"/> keys in stored order.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> RepositoryKeys { get; init; }

    public required IReadOnlyList<KeyringSlot> Slots { get; init; }

    /// <summary>Two to the power of <see cref="ShardBits"/>; null for an empty shard.</summary>
    public required IReadOnlyList<ShardReference?> Shards { get; init; }

    public required int ShardBits { get; init; }

    /// <summary>Subjects that are one person.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Ties { get; init; } = [];

    public IReadOnlyList<HoldRecord> Holds { get; init; } = [];

    public IReadOnlyList<RestrictionRecord> Restrictions { get; init; } = [];

    /// <summary>Erasures that have not reached every site.</summary>
    public IReadOnlyList<RequestRecord> Requests { get; init; } = [];

    /// <summary>Slots whose holders approve erasures.</summary>
    public IReadOnlyList<Hash> Approvers { get; init; } = [];

    public IReadOnlyList<WatchRecord> Watch { get; init; } = [];

    /// <returns>Pinned; the caller wipes it when it is sealed.</returns>
    public byte[] Encode()
    {
        var writer = new CborSpanWriter(4096 + (80 * Shards.Count) + (1400 * Slots.Count), secret: true);
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Count(Epoch.Number);
        writer.Key(1);
        writer.Random(Epoch.Random);
        writer.Key(2);
        writer.Bytes(RootSeed.Span);
        writer.Key(3);
        writer.Array(RepositoryKeys, static (ref w, key) => w.Bytes(key.Span));
        writer.Key(4);
        writer.Array(Slots, static (ref w, slot) => slot.Write(ref w));
        writer.Key(5);
        writer.Count(ShardBits);
        writer.Key(6);
        writer.Array(Shards, static (ref w, shard) => ShardReference.Write(ref w, shard));
        WriteDuties(ref writer);
        writer.EndMap(map);
        return writer.ToArray();
    }

    /// <param name="text">Pinned; the keys of the result lie in it.</param>
    public static KeyringRoot Decode(ReadOnlyMemory<byte> text)
    {
        var reader = new CborSpanReader(text.Span, Thing);
        var root = Blank;
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            root = root.Read(ref reader, key, text);
        }

        reader.EndMap(map, Required);
        reader.End();
        var complete = root.RepositoryKeys.Count == RepositoryKeyCount && root.Shards.Count == 1 << root.ShardBits;
        return complete && root.Slots.Count <= Limits.Slots
            ? root
            : throw reader.Damaged("it holds the wrong number of keys, shards or slots");
    }

    private void WriteDuties(ref CborSpanWriter writer)
    {
        writer.Optional(7, Ties, static (ref w, tie) => w.Array(tie, static (ref inner, subject) => inner.Text(subject)));
        writer.Optional(8, Holds, static (ref w, hold) => hold.Write(ref w));
        writer.Optional(9, Restrictions, static (ref w, restriction) => restriction.Write(ref w));
        writer.Optional(10, Requests, static (ref w, request) => request.Write(ref w));
        writer.Optional(11, Approvers, static (ref w, slot) => w.Hash(slot));
        writer.Optional(12, Watch, static (ref w, watch) => watch.Write(ref w));
    }

    private KeyringRoot Read(ref CborSpanReader reader, int key, ReadOnlyMemory<byte> text)
    {
        switch (key)
        {
            case 0: return this with { Epoch = Epoch with { Number = reader.Count(EpochId.Limit) } };
            case 1: return this with { Epoch = Epoch with { Random = reader.Random() } };
            case 2: return this with { RootSeed = reader.Slice(text, KeySize) };
            case 3: return this with { RepositoryKeys = ReadKeys(ref reader, text) };
            case 4: return this with { Slots = reader.Array(SlotRecord.PublicKeySize, KeyringSlot.Read) };
            case 5: return this with { ShardBits = reader.Count(Limits.ShardBits) };
            case 6: return this with { Shards = ReadShards(ref reader, text) };
            case 7: return this with { Ties = reader.Array(1, static (ref r) => r.Array(1, static (ref inner) => inner.Text())) };
            case 8: return this with { Holds = reader.Array(21, HoldRecord.Read) };
            case 9: return this with { Restrictions = reader.Array(20, RestrictionRecord.Read) };
            case 10: return this with { Requests = reader.Array(RequestRecord.LeastBytes, RequestRecord.Read) };
            case 11: return this with { Approvers = reader.Hashes() };
            case 12: return this with { Watch = reader.Array(36, WatchRecord.Read) };
            default: reader.SkipUnknown(key); return this;
        }
    }

    private static ReadOnlyMemory<byte>[] ReadKeys(ref CborSpanReader reader, ReadOnlyMemory<byte> text)
    {
        var keys = new ReadOnlyMemory<byte>[reader.BeginArray(KeySize)];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = reader.Slice(text, KeySize);
        }

        return keys;
    }

    private static ShardReference?[] ReadShards(ref CborSpanReader reader, ReadOnlyMemory<byte> text)
    {
        var shards = new ShardReference?[reader.BeginArray(1)];
        for (var i = 0; i < shards.Length; i++)
        {
            shards[i] = ShardReference.Read(ref reader, text);
        }

        return shards;
    }
}

/// <summary>Where a shard of the keyring lies, and what opens it.</summary>
/// <param name="Object">Hash of the sealed shard.</param>
/// <param name="Key">32 bytes.</param>
public sealed record ShardReference(Hash Object, ReadOnlyMemory<byte> Key)
{
    internal static void Write(ref CborSpanWriter writer, ShardReference? shard)
    {
        if (shard is null)
        {
            writer.Null();
            return;
        }

        writer.BeginArray(2);
        writer.Hash(shard.Object);
        writer.Bytes(shard.Key.Span);
    }

    internal static ShardReference? Read(ref CborSpanReader reader, ReadOnlyMemory<byte> text)
    {
        if (reader.TryNull())
        {
            return null;
        }

        reader.BeginTuple(2);
        return new ShardReference(reader.Hash(), reader.Slice(text, KeyringRoot.KeySize));
    }
}
