namespace Backup.Engine.Format;

/// <summary>What an inventory lists. The values are stored.</summary>
public enum ObjectClass : byte
{
    Pack = 1,
    Index = 2,
    Snapshot = 3,
}

/// <summary>An object that was added.</summary>
/// <param name="Class">What it is.</param>
/// <param name="Id">Hash of its bytes, which is its name.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct InventoryObject(ObjectClass Class, Hash Id, long Length);

/// <summary>An object that is to be deleted.</summary>
/// <param name="Class">What it is.</param>
/// <param name="Id">Its name.</param>
public readonly record struct CondemnedObject(ObjectClass Class, Hash Id);

/// <summary>A domain whose keys were destroyed.</summary>
/// <param name="Domain">Its id, which names nobody.</param>
/// <param name="Time">Seconds since 1970.</param>
public readonly record struct ErasedDomain(DomainId Domain, long Time)
{
    internal static void Write(ref CborSpanWriter writer, ErasedDomain item)
    {
        writer.BeginArray(2);
        writer.Domain(item.Domain);
        writer.Signed(item.Time);
    }

    internal static ErasedDomain Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(2);
        return new ErasedDomain(reader.Domain(), reader.Signed());
    }
}

/// <summary>
/// Which objects a run added or condemned, or, as a checkpoint, everything live, <c>inventory/…</c>. FORMAT.md, section 8.2.
/// </summary>
/// <param name="RepositoryId">Whose inventory it is.</param>
/// <param name="Added">In any order.</param>
/// <param name="Condemned">In any order.</param>
/// <param name="Erased">Not null in a checkpoint, and only there: every domain ever erased.</param>
public sealed record InventoryRecord(
    Hash RepositoryId,
    IReadOnlyList<InventoryObject> Added,
    IReadOnlyList<CondemnedObject> Condemned,
    IReadOnlyList<ErasedDomain>? Erased = null)
{
    private const string Thing = "an inventory";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3);

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(64 + (44 * Added.Count) + (36 * Condemned.Count));
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Unsigned(1);
        writer.Key(1);
        writer.Hash(RepositoryId);
        writer.Key(2);
        writer.Array(Added, static (ref w, item) =>
        {
            w.BeginArray(3);
            w.Unsigned((ulong)item.Class);
            w.Hash(item.Id);
            w.Count(item.Length);
        });
        writer.Key(3);
        writer.Array(Condemned, static (ref w, item) =>
        {
            w.BeginArray(2);
            w.Unsigned((ulong)item.Class);
            w.Hash(item.Id);
        });
        if (Erased is not null)
        {
            writer.Key(4);
            writer.True();
            writer.Key(5);
            writer.Array(Erased, ErasedDomain.Write);
        }

        writer.EndMap(map);
        return writer.ToArray();
    }

    public static InventoryRecord Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        var (id, checkpoint) = (default(Hash), false);
        InventoryObject[] added = [];
        CondemnedObject[] condemned = [];
        ErasedDomain[]? erased = null;
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: reader.Version(); break;
                case 1: id = reader.Hash(); break;
                case 2: added = reader.Array(37, ReadAdded); break;
                case 3: condemned = reader.Array(36, ReadCondemned); break;
                case 4: checkpoint = reader.True(); break;
                case 5: erased = reader.Array(19, ErasedDomain.Read); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        return checkpoint == erased is not null
            ? new InventoryRecord(id, added, condemned, erased)
            : throw reader.Damaged("only a checkpoint lists erased domains, and each does");
    }

    private static InventoryObject ReadAdded(ref CborSpanReader reader)
    {
        reader.BeginTuple(3);
        return new InventoryObject((ObjectClass)reader.Kind(1, 3), reader.Hash(), reader.Count());
    }

    private static CondemnedObject ReadCondemned(ref CborSpanReader reader)
    {
        reader.BeginTuple(2);
        return new CondemnedObject((ObjectClass)reader.Kind(1, 3), reader.Hash());
    }
}
