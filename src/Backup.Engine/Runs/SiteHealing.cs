using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <summary>
/// Puts back at one site what is missing or damaged there, byte for byte, from any other that has it whole. What nobody has whole is left as it is. Needs no
/// key.
/// </summary>
internal sealed class SiteHealing(Session session, Site site)
{
    /// <summary>Heals what can be healed: keys first, then the ledger, then what the ledger names; <c>repository</c>, by which a site is known, at the end.</summary>
    /// <returns>The faults that are gone.</returns>
    public async Task<IReadOnlySet<SiteFault>> HealAsync(IReadOnlyList<SiteFault> faults, CancellationToken cancellation)
    {
        var healed = new HashSet<SiteFault>();
        var ordered = faults.Where(static fault => !fault.IsOriginal)
            .OrderBy(static fault => Order(fault.Object.Kind)).ThenBy(static fault => fault.Object.Name, StringComparer.Ordinal)
            .ToLookup(static fault => fault.Object.IsErasable);
        if (ordered.Contains(true))
        {
            await HealKeysAsync(ordered[true], healed, cancellation);
        }

        await HealAsync(ordered[false], healed, cancellation);
        return healed;
    }

    /// <summary>The site that a whole copy would come from; null if none has one.</summary>
    public async Task<string?> SourceAsync(SiteFault fault, CancellationToken cancellation) =>
        fault.IsOriginal ? null : (await GoodCopyAsync(fault.Object, cancellation))?.From;

    /// <summary>
    /// Keys are copied only while the newest head names them, and no run of this machine replaces them meanwhile. What another machine has replaced all the
    /// same is destroyed again: it must not outlive its epoch here.
    /// </summary>
    private async Task HealKeysAsync(IEnumerable<SiteFault> faults, HashSet<SiteFault> healed, CancellationToken cancellation)
    {
        using var keys = await session.LockKeysAsync(cancellation);
        var current = await CurrentAsync(cancellation);
        await HealAsync(faults.Where(fault => current.Contains(fault.Object.Name)), healed, cancellation);
        current = await CurrentAsync(cancellation);
        foreach (var fault in healed.Where(fault => !current.Contains(fault.Object.Name)))
        {
            await AskAsync(() => site.Store.DeleteAsync(fault.Object.Name, cancellation), cancellation);
        }
    }

    private async Task<HashSet<string>> CurrentAsync(CancellationToken cancellation)
    {
        await session.ReadAgainAsync(cancellation);
        return session.CurrentKeyObjects().Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);
    }

    private async Task HealAsync(IEnumerable<SiteFault> faults, HashSet<SiteFault> healed, CancellationToken cancellation)
    {
        foreach (var fault in faults)
        {
            cancellation.ThrowIfCancellationRequested();
            if (site.IsUp && await HealAsync(fault, cancellation))
            {
                healed.Add(fault);
                session.Context.Progress.SiteAdvance(site.Id, fault.Object.Length ?? 0);
            }
        }
    }

    private async Task<bool> HealAsync(SiteFault fault, CancellationToken cancellation)
    {
        if (await GoodCopyAsync(fault.Object, cancellation) is not { } copy)
        {
            return false;
        }

        if (copy.From == site.Id)
        {
            // What was found was not lasting: the copy here is good, and stays.
            return true;
        }

        var put = await AskAsync(async () =>
        {
            if (fault.Fault != CopyFault.Missing)
            {
                await site.Store.DeleteAsync(fault.Object.Name, cancellation);
            }

            await site.Store.PutAsync(fault.Object.Name, copy.Content, cancellation);
        }, cancellation);
        return put && await IsGoodAsync(fault.Object, cancellation);
    }

    /// <summary>Another site's copy; where none has it, this machine's own: of the ledger, the keyring and the snapshots it keeps some, sealed as they are.</summary>
    private async Task<(byte[] Content, string From)?> GoodCopyAsync(RequiredObject item, CancellationToken cancellation)
    {
        try
        {
            var (content, from) = await session.Reader.GetAsync(item.Name, item.Hash, Limits.Object, item.Length ?? 0, cancellation);
            return (content, from.Id);
        }
        catch (ObjectLostException)
        {
            var own = item.Kind switch
            {
                ObjectKind.Ledger => session.State.ReadEntry(item.Name),
                ObjectKind.Keyring or ObjectKind.Snapshot => session.State.ReadObject(item.Hash),
                ObjectKind.Repository => session.Reading.RepositoryObject,
                _ => null,
            };
            return own is not null && Hash.Of(own) == item.Hash ? (own, "the state of this machine") : null;
        }
    }

    private async Task<bool> IsGoodAsync(RequiredObject item, CancellationToken cancellation)
    {
        var good = false;
        return await AskAsync(async () => good = Hash.Of(await site.Store.GetAsync(item.Name, Limits.Object, cancellation)) == item.Hash, cancellation) && good;
    }

    private async Task<bool> AskAsync(Func<Task> call, CancellationToken cancellation) =>
        await site.AskAsync(call, Patience.Default, session.Context.Clock, cancellation) is null;

    private static int Order(ObjectKind kind) => kind switch
    {
        ObjectKind.Slot or ObjectKind.EpochSecret or ObjectKind.EpochShare or ObjectKind.Keyring => 0,
        ObjectKind.Ledger => 1,
        ObjectKind.Pack => 2,
        ObjectKind.Index => 3,
        ObjectKind.Inventory => 4,
        ObjectKind.Snapshot or ObjectKind.Journal => 5,
        _ => 6,
    };
}
