using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;

namespace Backup.Engine.Runs;

/// <summary>What one commit adds to the repository: puts it object by object, in the order of FORMAT.md section 12, and takes it into the catalog when it stands.</summary>
internal sealed class InventoryBuilder(Session session, IReadOnlyList<InventoryObject> packs)
{
    private readonly List<InventoryObject> _added = [.. packs];
    private readonly List<(Hash Id, byte[] Bytes)> _indexes = [];
    private Task _catalog = Task.CompletedTask;
    private readonly List<(Hash Id, byte[] Bytes)> _snapshots = [];
    private (Hash Id, InventoryRecord Record)? _inventory;

    /// <summary>More packs, whose index is sealed next.</summary>
    public void Add(IEnumerable<InventoryObject> more) => _added.AddRange(more);

    /// <summary>
    /// Seals the index of the packs. The catalog takes it up meanwhile: what no inventory lists it gives to nobody who writes, so it may know before anything stands.
    /// </summary>
    public void SealIndex(IndexWriter index)
    {
        var records = new List<(Hash Id, IndexRecord Record)>();
        while (index.TryCut(rest: true, out var record))
        {
            var bytes = Seal(ObjectType.Index, record.Encode());
            var id = Hash.Of(bytes);
            _indexes.Add((id, bytes));
            _added.Add(new InventoryObject(ObjectClass.Index, id, bytes.Length));
            records.Add((id, record));
        }

        var before = _catalog;
        _catalog = Task.Run(async () =>
        {
            await before;
            session.Catalog.AddIndexes(records);
        });
    }

    /// <summary>Waits until the catalog has taken up the index.</summary>
    public Task IndexedAsync() => _catalog;

    /// <summary>Puts the index: all packs stand.</summary>
    public async Task PutIndexAsync(CancellationToken cancellation)
    {
        foreach (var (id, bytes) in _indexes)
        {
            await PutAsync(ObjectNames.Index(id), bytes, cancellation);
        }

        TestStop.Reach(TestStop.IndexPut);
    }

    /// <summary>Seals the snapshot, so that the inventory can name it; it is put after that.</summary>
    public Hash AddSnapshot(SnapshotRecord record)
    {
        var bytes = Seal(ObjectType.Snapshot, record.Encode());
        var id = Hash.Of(bytes);
        session.State.SaveObjects([bytes]);
        _snapshots.Add((id, bytes));
        _added.Add(new InventoryObject(ObjectClass.Snapshot, id, bytes.Length));
        return id;
    }

    /// <summary>Puts the inventory; null if nothing was added or condemned.</summary>
    public async Task<ObjectReference?> PutInventoryAsync(IReadOnlyList<CondemnedObject> condemned, CancellationToken cancellation)
    {
        if (_added.Count + condemned.Count == 0)
        {
            return null;
        }

        var record = new InventoryRecord(session.Repository, _added, condemned);
        var bytes = record.Encode();
        var id = Hash.Of(bytes);
        await PutAsync(ObjectNames.Inventory(id), bytes, cancellation);
        TestStop.Reach(TestStop.InventoryPut);
        _inventory = (id, record);
        return new ObjectReference(id, bytes.Length);
    }

    /// <summary>Puts the snapshots, if there are any.</summary>
    public async Task PutSnapshotAsync(CancellationToken cancellation)
    {
        foreach (var (id, bytes) in _snapshots)
        {
            await PutAsync(ObjectNames.Snapshot(id), bytes, cancellation);
            TestStop.Reach(TestStop.SnapshotPut);
        }
    }

    /// <summary>The ledger entry stands: the catalog may say so.</summary>
    public async Task ApplyAsync()
    {
        await _catalog;
        if (_inventory is var (id, record))
        {
            session.Catalog.Apply(id, record);
        }
    }

    private Task PutAsync(string name, byte[] bytes, CancellationToken cancellation)
    {
        session.Keep(name, bytes);
        return session.PutDataAsync(name, bytes, cancellation);
    }

    private byte[] Seal(ObjectType type, byte[] text) => session.Sealer.Seal(type, session.Keyring.Keys.For(type), text);
}
