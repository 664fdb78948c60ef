using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;

namespace Backup.Engine.Runs;

/// <summary>
/// Takes the members of erased domains out of all that lives: packs of them alone are condemned, of shared ones the other members are moved into new packs
/// first, byte for byte. Needs no look at the snapshots, so it takes as long for a large repository as for a small one.
/// </summary>
internal sealed class ErasureObjects(Session session)
{
    /// <summary>Condemns what holds something of some domains. Done again until nothing is left: a run that goes on beside may write more.</summary>
    /// <param name="domains">Erased in the ledger.</param>
    /// <param name="note">Makes the facts of the entry from what is condemned.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <returns>False if a part must wait: the message says why.</returns>
    public async Task<bool> CondemnAsync(IReadOnlySet<DomainId> domains, Func<CondemnedMembers, IReadOnlyList<LedgerFact>> note, CancellationToken cancellation)
    {
        while (true)
        {
            await session.TakeUpAsync(cancellation);
            var members = domains.SelectMany(session.Catalog.MembersOf).Where(static place => place.State < ObjectState.Condemned).ToList();
            if (members.Count == 0)
            {
                return true;
            }

            if (!await CondemnAsync(members, note, cancellation))
            {
                return false;
            }
        }
    }

    private async Task<bool> CondemnAsync(List<MemberPlace> members, Func<CondemnedMembers, IReadOnlyList<LedgerFact>> note, CancellationToken cancellation)
    {
        var packs = members.Select(static place => place.Pack).ToHashSet();
        session.Context.Progress.Phase($"writing anew what others have in {packs.Count} packs");
        await using var rewrite = new PackRewrite(session, static _ => true, cancellation);
        var added = await rewrite.RunAsync(packs, cancellation);
        packs.ExceptWith(rewrite.Damaged);
        if (packs.Count == 0 || (rewrite.Packs.Count > 0 && !StandsSafely(session)))
        {
            session.Context.Progress.Message(new RunFinding(
                "erasure", "objects that others share with the erased person stay for now: what must be written in their place could not be, or came to too few sites",
                "Bring the sites back, or run `backupctl verify --heal`; the next run goes on."));
            return false;
        }

        TestStop.Reach(TestStop.ErasureMoved);
        List<CondemnedObject> condemned = [.. packs.Order().Select(static id => new CondemnedObject(ObjectClass.Pack, id))];
        var inventory = await added.PutInventoryAsync(condemned, cancellation);
        var gone = new CondemnedMembers(inventory!.Value.Id, [.. members.Where(place => packs.Contains(place.Pack))]);
        await session.WriteEntryAsync(
            state => LedgerDraft.After(state, LedgerKind.Condemned) with { Inventory = inventory, Payload = new LedgerPayload { Facts = note(gone) } }, cancellation);
        await added.ApplyAsync();
        TestStop.Reach(TestStop.ErasureCondemned);
        return rewrite.Damaged.Count == 0;
    }

    /// <summary>What others have must stand at two sites, or all where there are fewer, before the old copies may go anywhere.</summary>
    public static bool StandsSafely(Session session) =>
        session.Sites.Count(static site => site.Site is { IsUp: true, Backlog.Count: 0 } && site.Ledger.Holds) >=
            Math.Min(ErasureProof.Sites, session.Ledger.Sites.Count(static site => site.State != SiteState.Retired));
}

/// <summary>What one entry condemned.</summary>
/// <param name="Inventory">Names the packs.</param>
/// <param name="Members">Of the erased domains in them.</param>
internal sealed record CondemnedMembers(Hash Inventory, IReadOnlyList<MemberPlace> Members);
