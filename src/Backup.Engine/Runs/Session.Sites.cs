using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <content>What stands where, and bringing a site what it lacks.</content>
internal sealed partial class Session
{
    private HashSet<Hash>? _lost;

    /// <summary>Packs that stand at no site any more. Known only when every site was listed.</summary>
    public IReadOnlyList<Hash> LostPacks => [.. Lost];

    /// <summary>Sites that take part and lack nothing.</summary>
    public IEnumerable<SessionSite> CompleteSites =>
        Sites.Where(site => site.Site is { IsUp: true, Backlog.Count: 0 } && _surveys.TryGetValue(site.Id, out var survey) && survey.Missing.Count == 0);

    private HashSet<Hash> Lost => _lost ??= FindLost();

    /// <summary>Whether a blob stands at some site.</summary>
    public bool IsStored(BlobId id) => Lost.Count == 0 ? Catalog.Stands(id) : Catalog.TryFind(id, out var place) && !Lost.Contains(place.Pack);

    /// <summary>Whether the content of an entry stands at some site.</summary>
    public bool IsStored(Entry entry) =>
        Lost.Count == 0 || entry.Content is not { } content || (content.Level == 0 && content.Blobs.All(blob => IsStored(blob.Id)));

    /// <summary>The sites as the next entry names them: one that was awaited and lacks nothing any more is active.</summary>
    public IReadOnlyList<SiteRecord> SitesNow(IReadOnlyList<SiteRecord> records)
    {
        var complete = CompleteSites.Select(static site => site.Id).ToHashSet(StringComparer.Ordinal);
        var now = Context.Clock.GetUtcNow().ToUnixTimeSeconds();
        return [.. records.Select(record => record.State == SiteState.Awaited && complete.Contains(record.Id) ? record with { State = SiteState.Active, Since = now } : record)];
    }

    /// <summary>The outcome at every site of the policy.</summary>
    public IReadOnlyList<SiteOutcome> Outcomes(bool took)
    {
        var complete = CompleteSites.Select(static site => site.Id).ToHashSet(StringComparer.Ordinal);
        return [.. Sites.Select(site => new SiteOutcome(site.Id, site.Config.City, site.Config.Country, StateOf(site), MessageOf(site)))];

        SiteRunState StateOf(SessionSite site) =>
            took && complete.Contains(site.Id) ? SiteRunState.Complete : site.Site.IsUp || (took && site.Ledger.Holds) ? SiteRunState.Pending : SiteRunState.Failed;

        string? MessageOf(SessionSite site) => site.Site.Failure?.Reason
            ?? (_surveys.TryGetValue(site.Id, out var survey) && survey.Missing.Count > 0 ? $"{survey.Missing.Count} objects are still to be copied to it" : null);
    }

    /// <summary>Where keys and ledger stand as they are now: what concerns no data.</summary>
    public IReadOnlyList<SiteOutcome> Standing() =>
        [.. Sites.Select(static site => new SiteOutcome(
            site.Id, site.Config.City, site.Config.Country, site.Site.IsUp ? SiteRunState.Complete : site.Ledger.Holds ? SiteRunState.Pending : SiteRunState.Failed, site.Site.Failure?.Reason))];

    /// <summary>From now on objects are copied from this site only.</summary>
    /// <exception cref="BackupException">Exit 10: it takes no part in the run.</exception>
    public void ReadFrom(string id)
    {
        var site = Serving.FirstOrDefault(site => site.Id == id)
            ?? throw new BackupException(FailureKind.NoRepository, $"Nothing can be read from {id}: {Sites.FirstOrDefault(site => site.Id == id)?.Site.Failure?.Reason ?? "it is no site of the repository"}.", "Name another site with --from, or none.");
        Reader = new SiteReader([site.Site], Patience.Default, Context.Clock);
    }

    /// <summary>What the policy demands, and what is reached.</summary>
    public PlacementOutcome Placement() => new(
        Context.Policy.Placement.Cities,
        Cities.Of(CompleteSites.Select(static site => site.Config)).Count);

    /// <summary>Copies to every site what it lacks, from any other that has it, and names in the ledger what is complete by that.</summary>
    /// <returns>For each site that got something: what it got.</returns>
    public async Task<IReadOnlyList<SyncedSite>> FillAsync(CancellationToken cancellation, Predicate<SessionSite>? wanted = null)
    {
        var filled = await Task.WhenAll(Sites
            .Where(site => site.Site.IsUp && (wanted is null || wanted(site)) && SurveyOf(site) is { Missing.Count: > 0 }).ToList()
            .Select(site => FillAsync(site, SurveyOf(site)!, cancellation)));
        TestStop.Reach(TestStop.BacklogCopied);
        if (Placement().Met)
        {
            State.Spool.Clear();
        }

        if (Array.Exists(filled, static site => site.ObjectsCopied > 0))
        {
            await WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Synchronized) with { Sites = SitesNow(state.Sites), Payload = new LedgerPayload { Complete = NewlyComplete(state) } }, cancellation);
        }

        return filled;
    }

    private List<CompleteSnapshot> NewlyComplete(LedgerState state)
    {
        var complete = CompleteSites.Select(static site => site.Id).ToList();
        return [.. state.Snapshots.SelectMany(snapshot => complete.Where(site => !snapshot.CompleteAt.Contains(site)).Select(site => new CompleteSnapshot(snapshot.Id, site)))];
    }

    private async Task<SyncedSite> FillAsync(SessionSite site, SiteSurvey survey, CancellationToken cancellation)
    {
        Context.Progress.Phase($"copying {survey.Missing.Count} objects to {site.Id}");
        var (objects, bytes, healed) = (0L, 0L, 0L);
        var left = new List<FaultyObject>();
        foreach (var item in await CopyOrder.SortAsync(this, survey.Missing, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            if (site.Site.IsUp && await CopyAsync(site, item, cancellation))
            {
                objects++;
                bytes += item.Length;
                healed += item.Fault == CopyFault.Missing ? 0 : 1;
                Context.Progress.SiteAdvance(site.Id, item.Length);
                TestStop.Reach(TestStop.ObjectCopied);
            }
            else
            {
                left.Add(item);
            }
        }

        _surveys[site.Id] = survey with { Missing = left };
        _snapshots = null;
        var why = site.Site.Failure?.Reason ?? (left.Count > 0 ? $"{left.Count} objects cannot be had from any site that answers" : null);
        return new SyncedSite(site.Id, objects, bytes, healed, left.Count == 0, why);
    }

    /// <summary>Copies one object, byte for byte and compared with its hash; needs no key.</summary>
    public async Task<bool> CopyAsync(SessionSite to, FaultyObject item, CancellationToken cancellation)
    {
        if (!ObjectNames.TryParse(item.Name, out var parsed))
        {
            return false;
        }

        try
        {
            if (await FindAsync(item.Name, parsed.Hash, cancellation) is not { } content)
            {
                return false;
            }

            if (item.Fault != CopyFault.Missing)
            {
                await to.Site.Store.DeleteAsync(item.Name, cancellation);
                Context.Report(new DamageFinding(to.Id, item.Name, item.Fault == CopyFault.WrongLength ? "its length is wrong" : "its bytes are not what was put", Healed: true));
            }

            await to.Site.Store.PutAsync(item.Name, content, cancellation);
            if (item.Fault != CopyFault.Missing)
            {
                Catalog.ClearFault(to.Id, parsed.Hash);
            }

            return true;
        }
        catch (StoreException failure)
        {
            to.Site.GoDown(new SiteFailure(failure.Fault, failure.Message));
            return false;
        }
    }

    /// <summary>From a site, else from the spool; null if nobody has it.</summary>
    private async Task<byte[]?> FindAsync(string name, Hash hash, CancellationToken cancellation)
    {
        try
        {
            return (await Reader.GetAsync(name, hash, Limits.Object, cancellation)).Content;
        }
        catch (ObjectLostException)
        {
            return State.Spool.Read(name, hash);
        }
    }

    /// <summary>Keeps objects on this machine too while fewer cities answer than the placement demands. A full spool is told once.</summary>
    public void Keep(string name, ReadOnlyMemory<byte> content)
    {
        var cities = Cities.Of(Sites.Where(static site => site.Site.IsUp).Select(static site => site.Config));
        if (cities.Count >= Context.Policy.Placement.Cities)
        {
            return;
        }

        string? why;
        try
        {
            why = State.Spool.TryPut(name, content.Span, Context.Policy.Limits.Spool) ? null : "it is full";
        }
        catch (Posix.PosixException failure)
        {
            // The spool is a further copy: that the state has no room for it must not cost the ones at the sites.
            why = failure.Message;
        }

        if (why is not null && !Interlocked.Exchange(ref _spoolFull, true))
        {
            Context.Progress.Message(new RunFinding(
                "spool", $"{why}: what follows stands only at the sites that answer", "Bring the other sites back, make room, or raise `limits: { spool: … }`."));
        }
    }

    private HashSet<Hash> FindLost()
    {
        var surveys = Serving.Select(site => _surveys.GetValueOrDefault(site.Id)).ToList();
        if (!AllSitesRead || surveys.Count == 0 || surveys.Contains(null))
        {
            return [];
        }

        var missing = surveys[0]!.Missing.Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);
        surveys.ForEach(survey => missing.IntersectWith(survey!.Missing.Select(static item => item.Name)));
        missing.RemoveWhere(State.Spool.Holds);
        return [.. missing.Where(static name => name.StartsWith(ObjectNames.PackPrefix, StringComparison.Ordinal)).Select(static name => ObjectNames.TryParse(name, out var parsed) ? parsed.Hash : default)];
    }
}
