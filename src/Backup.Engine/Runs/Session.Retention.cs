using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Sites;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <content>What lives, what was forgotten, and what a gc condemned meanwhile.</content>
internal sealed partial class Session
{
    /// <summary>The snapshots that can perhaps be brought back, in ledger order.</summary>
    public SnapshotList Forgotten => new([.. Ledger.Forgotten.Where(forgotten => Catalog.Find(forgotten.Id) is null or (_, ObjectState.Live)).Select(Known).OfType<KnownSnapshot>()]);

    /// <summary>How many entries below the head condemn something. Who finds it changed under the lock of the ledger looks again at what it relies on.</summary>
    public int Condemnations => Reading.Graph.Below(Reading.Graph.Heads.Select(static head => head.Hash))
        .Count(static node => node.Body.Kind == LedgerKind.Condemned || node.Body.Condemned.Count > 0);

    /// <summary>How many entries below the head change what lives. Who finds it changed under the lock of the ledger looks again at all that lives.</summary>
    public int Changes => Reading.Graph.Below(Reading.Graph.Heads.Select(static head => head.Hash))
        .Count(static node => node.Body.Inventory is not null || node.Body.Kind is LedgerKind.Forgotten or LedgerKind.Join or LedgerKind.Takeover);

    /// <summary>
    /// Takes up what other runs of this machine have written and condemned meanwhile: what is asked of the catalog from now on counts with it.
    /// </summary>
    /// <returns><see cref="Condemnations"/>.</returns>
    public async Task<int> TakeUpAsync(CancellationToken cancellation)
    {
        if (!_options.DryRun)
        {
            await RefreshLedgerAsync(cancellation);
            await UpdateCatalogAsync(cancellation);
        }

        return Condemnations;
    }

    /// <summary>Reads the ledgers of all sites again, as the last look before something is destroyed.</summary>
    /// <exception cref="BackupException">Exit 11: another machine has taken over. Exit 20: not everything is known.</exception>
    public async Task RequireStillOwnerAsync(string what, CancellationToken cancellation)
    {
        await ReadAgainAsync(cancellation);
        if (Owner.Of(Owner, Reading.Graph) != Ownership.Current)
        {
            throw new BackupException(FailureKind.NotOwner, "Another machine has taken over this repository.", "Run `backupctl takeover` here if this machine shall write it again.");
        }

        RequireWholeLedger(what);
    }

    /// <summary>What a branch or a missing entry says may protect anything.</summary>
    /// <exception cref="BackupException">Exit 20.</exception>
    public void RequireWholeLedger(string what)
    {
        RequireAllSitesRead(what);
        var unread = Reading.Graph.Alarms.Any(static alarm => alarm.Unsupported);
        if (_apart.Count > 0 || Reading.Graph.Heads.Count > 1 || !Ledger.IsWhole || unread)
        {
            throw new BackupException(
                FailureKind.Degraded,
                unread
                    ? $"{what} has to wait: an entry of the ledger is of a newer version of this program."
                    : $"{what} has to wait: a part of the ledger cannot be read, and may name what must stay.",
                unread ? "Use that version." : "Bring the site back that holds it, then run it again.");
        }
    }

    /// <summary>What a live snapshot says; null if its object cannot be had.</summary>
    public SnapshotRecord? RecordOf(Hash snapshot) => Record(snapshot);

    /// <summary>The sealed part of an entry.</summary>
    public LedgerPayload PayloadOf(LedgerNode node) => OpenPayload(node);

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
        var condemnations = await TakeUpAsync(cancellation);
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
