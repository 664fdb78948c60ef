using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <content>What the stores of the sites can do: found out by trying, from time to time, and kept in the ledger.</content>
internal sealed partial class Session
{
    /// <summary>The name of the fact.</summary>
    private const string CanDo = "capabilities";

    /// <summary>Somebody may change the settings of a bucket: they are looked at once a week.</summary>
    private static readonly TimeSpan ExaminedFor = TimeSpan.FromDays(7);

    /// <summary>Facts that the next entry takes along, whatever it is about.</summary>
    private readonly List<LedgerFact> _toRecord = [];

    /// <summary>What a site was last found to do; null if it never was examined.</summary>
    public StoreCapabilities? CapabilitiesOf(string site) =>
        (_toRecord.Find(fact => fact.Site == site && fact.Name == CanDo) ?? Recorded(site)?.Fact) is { } fact ? StoreCapabilities.Parse(fact.Value) : null;

    /// <summary>Refuses a place that could not keep what is promised. A folder that is still to be made is judged when it is there.</summary>
    /// <exception cref="BackupException">Exit 2: it is unsafe.</exception>
    public static async Task RequireSafeAsync(SiteConfig config, IObjectStore store, StorePresence presence, CancellationToken cancellation)
    {
        if (presence is StorePresence.Missing or StorePresence.Unreachable or StorePresence.Foreign)
        {
            return;
        }

        var found = await store.ExamineAsync(cancellation);
        if (SiteSafety.Of(config, found).FirstOrDefault(static risk => risk.IsUnsafe) is { } risk)
        {
            throw new BackupException(FailureKind.Usage, $"The place of site {config.Id} is not safe: {risk.What}.", risk.Remedy);
        }
    }

    /// <summary>Examines the sites that take part and were not for a while. A store that cannot be examined now is so next time.</summary>
    private async Task ExamineAsync(CancellationToken cancellation)
    {
        var since = Context.Clock.GetUtcNow() - ExaminedFor;
        var due = Sites.Where(site => site.Site.IsUp && (site.Ledger.Holds || _caughtUp.Contains(site.Id, StringComparer.Ordinal)) &&
            (Recorded(site.Id) is not { } fact || DateTimeOffset.FromUnixTimeSeconds(fact.Entry.Body.Time) < since)).ToList();
        var found = await Task.WhenAll(due.Select(async site =>
        {
            try
            {
                return new LedgerFact(site.Id, CanDo, (await site.Site.Store.ExamineAsync(cancellation)).ToString());
            }
            catch (StoreException)
            {
                return null;
            }
        }));
        _toRecord.AddRange(found.OfType<LedgerFact>());
        foreach (var site in due.Where(site => CapabilitiesOf(site.Id) is not null))
        {
            foreach (var risk in SiteSafety.Of(site.Config, CapabilitiesOf(site.Id)!).Where(static risk => risk.IsUnsafe))
            {
                Context.Progress.Message(new RunFinding(site.Id, risk.What, risk.Remedy));
            }
        }
    }

    private RecordedFact? Recorded(string site) => Ledger.Facts.FirstOrDefault(fact => fact.Fact.Site == site && fact.Fact.Name == CanDo);

    private LedgerPayload WithFacts(LedgerPayload payload)
    {
        if (_toRecord.Count == 0)
        {
            return payload;
        }

        var with = payload with { Facts = [.. payload.Facts, .. _toRecord] };
        _toRecord.Clear();
        return with;
    }
}
