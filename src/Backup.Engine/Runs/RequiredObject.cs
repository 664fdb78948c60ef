using Backup.Engine.Format;
using Backup.Engine.Indexing;

namespace Backup.Engine.Runs;

/// <summary>An object that must stand at every site.</summary>
/// <param name="Name">Its whole name.</param>
/// <param name="Hash">Of its bytes: from the ledger, or from its name.</param>
/// <param name="Length">Bytes; null where only the hash says what it must be.</param>
/// <param name="Kind">What it is.</param>
internal sealed record RequiredObject(string Name, Hash Hash, long? Length, ObjectKind Kind)
{
    /// <summary>What an inventory calls it; none for what no inventory lists.</summary>
    public ObjectClass Class => Kind switch
    {
        ObjectKind.Pack => ObjectClass.Pack,
        ObjectKind.Index => ObjectClass.Index,
        ObjectKind.Snapshot => ObjectClass.Snapshot,
        _ => default,
    };

    /// <summary>Copied between sites only while the newest head names it as current.</summary>
    public bool IsErasable => new Format.ObjectName(Kind).IsErasable;

    /// <summary>Everything that must stand at every site, by name: what the ledger and its inventories say, and the keys that are current.</summary>
    public static Dictionary<string, RequiredObject> All(Session session)
    {
        var all = new Dictionary<string, RequiredObject>(StringComparer.Ordinal);
        var repository = session.Reading.RepositoryObject!;
        all.Add(ObjectNames.Repository, new RequiredObject(ObjectNames.Repository, Hash.Of(repository), repository.Length, ObjectKind.Repository));
        foreach (var (name, hash) in session.CurrentKeyObjects())
        {
            Add(all, name, hash, length: null);
        }

        foreach (var node in session.EntriesBelow)
        {
            Add(all, node.Name, node.Hash, session.State.ReadEntry(node.Name)?.Length);
        }

        foreach (var (name, length) in session.ExpectedObjects())
        {
            Add(all, name, hash: null, length);
        }

        return all;
    }

    /// <summary>An object whose name holds the hash of its bytes; null for any other name.</summary>
    public static RequiredObject? Named(string name, long length) =>
        ObjectNames.TryParse(name, out var parsed) && parsed.IsHashed ? new RequiredObject(name, parsed.Hash, length, parsed.Kind) : null;

    private static void Add(Dictionary<string, RequiredObject> all, string name, Hash? hash, long? length)
    {
        if (ObjectNames.TryParse(name, out var parsed))
        {
            all[name] = new RequiredObject(name, hash ?? parsed.Hash, length, parsed.Kind);
        }
    }
}

/// <summary>An object that is not at a site as it must be.</summary>
/// <param name="Object">The object.</param>
/// <param name="Fault">What kind of fault it is.</param>
/// <param name="What">The same for a reader.</param>
internal sealed record SiteFault(RequiredObject Object, CopyFault Fault, string What)
{
    /// <summary>It never stood there: the site was away when it was put, and it is on its way.</summary>
    public bool IsPending { get; init; }

    /// <summary>Its bytes are those that were put, so another site has no better ones.</summary>
    public bool IsOriginal { get; init; }
}
