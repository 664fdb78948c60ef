using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Sites;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <content>Snapshots that were forgotten, and what stands between them and a gc.</content>
internal sealed partial class Session
{
    /// <summary>The snapshots that can perhaps be brought back, in ledger order.</summary>
    public SnapshotList Forgotten => new([.. Ledger.Forgotten.Where(forgotten => Catalog.Find(forgotten.Id) is null or (_, ObjectState.Live)).Select(Known).OfType<KnownSnapshot>()]);

    /// <summary>How many entries below the head condemn something. Who finds it changed under the lock of the ledger looks again at what it relies on.</summary>
    public int Condemnations => Reading.Graph.Below(Reading.Graph.Heads.Select(static head => head.Hash))
        .Count(static node => node.Body.Kind == LedgerKind.Condemned || node.Body.Condemned.Count > 0);

    /// <summary>The sealed part of an entry.</summary>
    public LedgerPayload PayloadOf(Ledger.LedgerNode node) => OpenPayload(node);

    /// <summary>Reads an inventory; null if no site has it.</summary>
    public async Task<InventoryRecord?> ReadInventoryAsync(Hash id, CancellationToken cancellation)
    {
        try
        {
            return InventoryRecord.Decode((await Reader.GetAsync(ObjectNames.Inventory(id), id, Limits.Object, cancellation)).Content);
        }
        catch (ObjectLostException)
        {
            return null;
        }
    }

    /// <summary>Whether everything that a snapshot reaches stands in packs that nobody condemned.</summary>
    /// <returns><see cref="Condemnations"/>, as it was when that was looked at.</returns>
    /// <exception cref="BackupException">Exit 1: it cannot be brought back any more.</exception>
    public async Task<int> RequireRestorableAsync(KnownSnapshot snapshot, CancellationToken cancellation)
    {
        if (!_options.DryRun)
        {
            await RefreshLedgerAsync(cancellation);
            await UpdateCatalogAsync(cancellation);
        }

        var condemnations = Condemnations;
        return Catalog.Find(snapshot.Id) is (_, ObjectState.Live) && StandsWhole(snapshot.Record, static _ => false)
            ? condemnations
            : throw new BackupException(
                FailureKind.Failed,
                $"The snapshot {snapshot.Id} cannot be brought back: what it needs was condemned by a gc, which is final.",
                "`backupctl snapshots` lists those that are left.");
    }

    /// <summary>Whether every page and every blob of a snapshot stands in a pack that is live, or in one of a run that is not in the ledger yet.</summary>
    /// <param name="record">The snapshot.</param>
    /// <param name="own">The packs of that run.</param>
    public bool StandsWhole(SnapshotRecord record, Predicate<Hash> own)
    {
        try
        {
            return new SnapshotReach(Catalog, NewBlobReader().Read)
                .Packs(record, Keyring.Find, domain => ErasedAt(domain) is not null)
                .All(pack => own(pack) || Catalog.Find(pack) is (_, ObjectState.Live));
        }
        catch (BackupException failure) when (failure.Kind == FailureKind.Damage)
        {
            return false;
        }
    }
}
