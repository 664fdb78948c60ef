using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Policies;
using Backup.Engine.Sites;

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
        return [.. Sites.Select(site => new SiteOutcome(site.Id, site.Config.City, site.Config.Country, StateOf(site), MessageOf(site)) { Usage = Context.Usage(site.Id) })];

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
