using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <content>Bringing sites what they lack, and what this machine keeps for them meanwhile.</content>
internal sealed partial class Session
{
    private readonly HashSet<string> _laggards = new(StringComparer.Ordinal);

    /// <summary>Copies to every site what it lacks, from any other that has it, and names in the ledger what is complete by that.</summary>
    /// <returns>For each site that got something, or should have: what it got.</returns>
    public async Task<IReadOnlyList<SyncedSite>> FillAsync(FillOptions options, CancellationToken cancellation)
    {
        using var memory = new SemaphoreSlim(SiteFilling.PacksAtOnce(Context.Policy.Limits.Memory));
        var filled = await Task.WhenAll(Sites.Where(site => site.Site.IsUp && options.Sites(site) && Lacks(site)).ToList().Select(async site =>
        {
            var within = IsLaggard(site) ? options.WithinForLaggards ?? options.Within : options.Within;
            using var late = within is { } time ? new CancellationTokenSource(time, Context.Clock) : new CancellationTokenSource();
            using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
            return await FillAsync(site, memory, ends.Token, cancellation);
        }));
        cancellation.ThrowIfCancellationRequested();
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

    /// <summary>Whether it was too slow for the others once in this run.</summary>
    private bool IsLaggard(SessionSite site)
    {
        if (site.Site.Backlog.Count > 0)
        {
            _laggards.Add(site.Id);
        }

        return _laggards.Contains(site.Id);
    }

    private bool Lacks(SessionSite site) => SurveyOf(site) is { } survey && (survey.Missing.Count > 0 || site.Site.Backlog.Count > 0);

    private async Task<SyncedSite> FillAsync(SessionSite site, SemaphoreSlim memory, CancellationToken ends, CancellationToken cancellation)
    {
        // What is still under way to it may come to stand by itself.
        await site.Site.Quiet.WaitAsync(ends).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        cancellation.ThrowIfCancellationRequested();
        var survey = TakeUpBacklog(site);
        Context.Progress.Phase($"copying {survey.Missing.Count} objects to {site.Id}");
        var filling = new SiteFilling(this, site, memory);
        var left = await filling.RunAsync(await CopyOrder.SortAsync(this, survey.Missing, cancellation), ends);
        cancellation.ThrowIfCancellationRequested();
        _surveys[site.Id] = survey with { Missing = left };
        _snapshots = null;
        var why = site.Site.Failure?.Reason
            ?? (left.Count == 0 ? null
            : ends.IsCancellationRequested ? $"it is slower than the others, and {left.Count} objects did not reach it in time; the next run goes on"
            : $"{left.Count} objects cannot be had from any site that answers");
        return new SyncedSite(site.Id, filling.Objects, filling.Bytes, filling.Healed, left.Count == 0, why);
    }

    /// <summary>What a site missed in this run is missing there like anything else.</summary>
    private SiteSurvey TakeUpBacklog(SessionSite site)
    {
        var survey = SurveyOf(site)!;
        var names = site.Site.TakeBacklog().ToHashSet(StringComparer.Ordinal);
        if (names.Count == 0)
        {
            return survey;
        }

        var known = survey.Missing.Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);
        var expected = ExpectedObjects();
        survey = survey with
        {
            Missing = [.. survey.Missing, .. names.Where(name => !known.Contains(name) && expected.ContainsKey(name)).Select(name => new FaultyObject(name, expected[name], CopyFault.Missing))],
        };
        _surveys[site.Id] = survey;
        return survey;
    }

    private List<CompleteSnapshot> NewlyComplete(LedgerState state)
    {
        var complete = CompleteSites.Select(static site => site.Id).ToList();
        return [.. state.Snapshots.SelectMany(snapshot => complete.Where(site => !snapshot.CompleteAt.Contains(site)).Select(site => new CompleteSnapshot(snapshot.Id, site)))];
    }

    /// <summary>Copies one object, byte for byte and compared with its hash; needs no key.</summary>
    public async Task<bool> CopyAsync(SessionSite to, FaultyObject item, CancellationToken cancellation)
    {
        if (!ObjectNames.TryParse(item.Name, out var parsed) || await FindAsync(item.Name, parsed.Hash, item.Length, cancellation) is not { } content)
        {
            return false;
        }

        var fault = await to.Site.AskAsync(
            async () =>
            {
                if (item.Fault != CopyFault.Missing)
                {
                    await to.Site.Store.DeleteAsync(item.Name, cancellation);
                }

                await to.Site.Store.PutAsync(item.Name, content, cancellation).WaitAsync(cancellation);
            },
            Patience.Default, Context.Clock, cancellation);
        if (fault is { } stays)
        {
            to.Site.GoDown(new SiteFailure(stays, "It did not take an object."));
            return false;
        }

        if (item.Fault != CopyFault.Missing)
        {
            Context.Report(new DamageFinding(to.Id, item.Name, item.Fault == CopyFault.WrongLength ? "its length is wrong" : "its bytes are not what was put", Healed: true));
            Catalog.ClearFault(to.Id, parsed.Hash);
        }

        return true;
    }

    /// <summary>From the spool, which costs nothing, else from a site; null if nobody has it.</summary>
    private async Task<byte[]?> FindAsync(string name, Hash hash, long length, CancellationToken cancellation)
    {
        if (State.Spool.Read(name, hash) is { } kept)
        {
            return kept;
        }

        try
        {
            return (await Reader.GetAsync(name, hash, Limits.Object, length, cancellation)).Content;
        }
        catch (ObjectLostException)
        {
            return null;
        }
    }

    /// <summary>Keeps objects on this machine too while fewer cities answer than the placement demands. A full spool is told once.</summary>
    public void Keep(string name, ReadOnlyMemory<byte> content)
    {
        if (!IsEnough(Sites.Where(static site => site.Site.IsUp)))
        {
            TryKeep(name, content);
        }
    }

    /// <summary>Keeps for the sites that will go without it what stands in fewer cities than the placement demands.</summary>
    /// <returns>True if it is kept, or stands in enough cities.</returns>
    public bool KeepFor(Handover handover)
    {
        var standing = handover.Standing;
        return IsEnough(Sites.Where(site => standing.Contains(site.Site))) || handover.Objects.All(item => TryKeep(item.Name, item.Content));
    }

    private bool IsEnough(IEnumerable<SessionSite> sites) => Cities.Of(sites.Select(static site => site.Config)).Count >= Context.Policy.Placement.Cities;

    private bool TryKeep(string name, ReadOnlyMemory<byte> content)
    {
        string? why;
        try
        {
            why = State.Spool.TryPut(name, content.Span, Context.Policy.Limits.Spool) ? null : "it is full";
        }
        catch (PosixException failure)
        {
            // The spool is a further copy: that the state has no room for it must not cost the ones at the sites.
            why = failure.Message;
        }

        if (why is not null && !Interlocked.Exchange(ref _spoolFull, true))
        {
            Context.Progress.Message(new RunFinding(
                "spool", $"{why}: what follows stands only at the sites that answer", "Bring the other sites back, make room, or raise `limits: { spool: … }`."));
        }

        return why is null;
    }
}

/// <summary>How sites are filled.</summary>
internal sealed record FillOptions
{
    /// <summary>Which sites. Default: all.</summary>
    public Predicate<SessionSite> Sites { get; init; } = static _ => true;

    /// <summary>What is not there by then stays backlog; null: until all is there.</summary>
    public TimeSpan? Within { get; init; }

    /// <summary>The same for a site that lagged behind the others in this run. Default: <see cref="Within"/>.</summary>
    public TimeSpan? WithinForLaggards { get; init; }
}
