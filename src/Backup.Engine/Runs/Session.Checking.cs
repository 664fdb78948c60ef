using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <content>What runs need that compare the sites with what must be there.</content>
internal sealed partial class Session
{
    /// <summary>All entries of the ledger that this session builds on, in its order.</summary>
    public IReadOnlyList<LedgerNode> EntriesBelow => Reading.Graph.Below(_heads.Select(static head => head.Hash));

    /// <summary>
    /// Opens the repository for a run that checks the sites: against the newest that is known, whatever they show. Where this machine is the owner, and
    /// nothing newer was seen than what can be read, its term is opened too.
    /// </summary>
    /// <exception cref="BackupException">As <see cref="OpenAsync"/>.</exception>
    public static async Task<Session> OpenToCheckAsync(RunContext context, CancellationToken cancellation)
    {
        var session = await OpenAsync(context, new ReadOptions { Writes = true }, cancellation);
        var owner = session.State.ReadOwner() is { } content ? Owner.Open(session.Sealer, session.Keyring.Keys, content) : null;
        var isNewest = session.Reading.Pin is not { } pin || session.Reading.Graph.Find(pin.Head) is not null;
        if (isNewest && Owner.Of(owner, session.Reading.Graph) == Ownership.Current)
        {
            session.Owner = owner;
        }
        else
        {
            owner?.Dispose();
        }

        return session;
    }

    /// <summary>Reads the ledgers again: what was written since counts from now on.</summary>
    public async Task ReadAgainAsync(CancellationToken cancellation)
    {
        Reading = await new LedgerReader(State, Patience.Default, Context.Clock).ReadAsync([.. Sites.Select(static site => site.Site)], Repository, cancellation);
        Reading.Keep(State);
        Sites = [.. Sites.Zip(Reading.Sites, static (site, ledger) => site with { Ledger = ledger })];
        ChooseHeads();
        _heads = [.. _heads.Where(head => !_apart.Contains(head.Hash))];
        FoldLedger();
        await UpdateCatalogAsync(cancellation);
    }

    /// <summary>Reads an index object.</summary>
    /// <returns>The packs that it names; null if no site has it whole.</returns>
    public async Task<IReadOnlyList<IndexedPack>?> ReadIndexAsync(Hash id, CancellationToken cancellation)
    {
        try
        {
            return OpenIndex((await Reader.GetAsync(ObjectNames.Index(id), id, Limits.Object, cancellation)).Content).Packs;
        }
        catch (BackupException lost) when (lost is ObjectLostException or DamagedException)
        {
            return null;
        }
    }

    /// <summary>Whether an object that was found damaged must still be there.</summary>
    public bool IsRequired(FaultyCopy fault) => fault.Class != default
        ? Catalog.Find(fault.Id) is (_, ObjectState.Live)
        : Reading.Graph.Find(fault.Id) is not null || CurrentKeyObjects().Any(item => item.Hash == fault.Id) || Hash.Of(Reading.RepositoryObject) == fault.Id
            || EntriesBelow.Any(node => node.Body.Inventory?.Id == fault.Id || node.Body.Checkpoint?.Id == fault.Id);
}
