using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;

namespace Backup.Engine.Runs;

/// <summary>Checks one site, and heals it if it is asked to: lists, reads, compares, puts back.</summary>
/// <param name="session">Open, with every site of the policy.</param>
/// <param name="site">The site.</param>
/// <param name="request">What was asked for.</param>
internal sealed class SiteCheck(Session session, SessionSite site, VerifyRequest request)
{
    /// <summary>Records how far the rolling comparison of hashes has come: <see cref="ReadingRound"/>.</summary>
    private const string HashRound = "hashes-round";

    /// <summary>The same for the packs that were opened.</summary>
    private const string DataRound = "read-data-round";

    private readonly LedgerNode _head = session.Ledger.Head;
    private SiteSurvey? _survey;
    private ReadingPlan? _plan;
    private SiteScan? _scan;
    private List<SiteFault> _missing = [];

    /// <summary>Whether it is read over a line: then several are read at once. Those on this machine share its disks.</summary>
    public bool IsFar => site.Config is not LocalSiteConfig;

    /// <summary>Lists and reads.</summary>
    /// <param name="required">What must be there, read from the ledger before the listing.</param>
    /// <param name="atOnce">How many sites are read at the same time: they share the memory.</param>
    /// <param name="cancellation">Ends the run.</param>
    public async Task ReadAsync(IReadOnlyDictionary<string, RequiredObject> required, int atOnce, CancellationToken cancellation)
    {
        // 1. The listing against what must be there.
        session.Context.Progress.Phase("verifying " + site.Id);
        if (!site.Serves || await session.SurveyAsync(site, cancellation) is not { } survey)
        {
            return;
        }

        _survey = survey;
        _missing = [.. required.Values.Select(item => Listed(survey, item)).OfType<SiteFault>()];

        // 2. Bytes against hashes, and blobs against their ids.
        _plan = Plan(survey, required, _missing);
        session.Context.Progress.Expect(_plan.Hashed.Count + _plan.Opened.Count, null);
        _scan = new SiteScan(session, site.Site, _plan, atOnce);
        await _scan.RunAsync(cancellation);
    }

    /// <summary>Judges what was read, and heals: one site after the other.</summary>
    /// <param name="required">As it was for <see cref="ReadAsync"/>.</param>
    /// <param name="cancellation">Ends the run.</param>
    public async Task<CheckedSite> JudgeAsync(IReadOnlyDictionary<string, RequiredObject> required, CancellationToken cancellation)
    {
        if (_survey is not { } survey || _plan is not { } plan || _scan is not { } scan)
        {
            return new CheckedSite(site, Silence());
        }

        var faults = _missing.Concat(scan.Faults).ToList();
        var unreferenced = survey.Present.Keys.Where(name => !IsKnown(required, name)).ToList();

        // 3. What another run has added or condemned meanwhile is neither too much nor damage.
        if (faults.Count + unreferenced.Count > 0)
        {
            await session.ReadAgainAsync(cancellation);
            var now = RequiredObject.All(session);
            faults.RemoveAll(fault => required.ContainsKey(fault.Object.Name) && !now.ContainsKey(fault.Object.Name));
            unreferenced.RemoveAll(name => IsKnown(now, name));
            faults = await MarkPendingAsync(faults, cancellation);
        }

        // 4. Put back what is no good.
        var healed = request is { Heal: true, DryRun: false } && faults.Count > 0
            ? await new SiteHealing(session, site.Site).HealAsync(faults, cancellation)
            : new HashSet<SiteFault>();
        return new CheckedSite(site, site.Site.Failure?.Reason)
        {
            Objects = survey.Objects,
            Bytes = survey.Bytes,
            Unreferenced = unreferenced.Count,
            Faults = faults,
            Healed = healed,
            HashesPercent = Percent(scan.HashedBytes, plan.Bytes, request.Hashes),
            ReadDataPercent = Percent(scan.OpenedBytes, plan.PackBytes, request.ReadData),
            Plan = plan,
        };
    }

    /// <summary>What the ledger shall remember of this check.</summary>
    public IEnumerable<LedgerFact> Facts(CheckedSite result)
    {
        if (result is not { Message: null, Plan: { } plan })
        {
            yield break;
        }

        var figures = FormattableString.Invariant($"objects={result.Objects} bytes={result.Bytes} missing={result.Missing} damaged={result.Damaged} ") +
            FormattableString.Invariant($"healed={result.Healed.Count} hashes={result.HashesPercent} read-data={result.ReadDataPercent}");
        yield return new LedgerFact(site.Id, "verified", figures);

        var round = Round(HashRound);
        var since = plan.IsWhole ? _head.Hash : plan.HashShare.EndsRound ? round.Since : null;
        if (result.IsWhole && since is { } head)
        {
            yield return new LedgerFact(site.Id, ReadBack.Fact, head.ToString());
        }

        Hash? begun = !result.IsWhole ? null : plan.HashShare.EndsRound ? _head.Hash : round.Since;
        yield return new LedgerFact(site.Id, HashRound, new ReadingRound(plan.HashShare.ReadTo, begun).ToString());
        if (request.ReadData.Percent > 0)
        {
            yield return new LedgerFact(site.Id, DataRound, new ReadingRound(plan.DataShare.ReadTo, null).ToString());
        }
    }

    private ReadingPlan Plan(SiteSurvey survey, IReadOnlyDictionary<string, RequiredObject> required, List<SiteFault> missing)
    {
        var faulty = missing.Select(static fault => fault.Object.Name).ToHashSet(StringComparer.Ordinal);
        var present = required.Values.Where(item => !faulty.Contains(item.Name)).Select(item => item with { Length = survey.Present[item.Name] })
            .Concat(survey.Present.Where(static item => IsJournal(item.Key)).Select(static item => RequiredObject.Named(item.Key, item.Value)).OfType<RequiredObject>());
        var suspects = session.Catalog.Faults(site.Id).Select(static fault => fault.Id).ToHashSet();
        return ReadingPlan.Make([.. present], request, Round(HashRound), Round(DataRound), suspects);
    }

    /// <summary>As the owner recorded it. Who is not the owner records nothing, and begins anywhere.</summary>
    private ReadingRound Round(string name)
    {
        if (session.Owner is null)
        {
            return ReadingRound.Anywhere();
        }

        var recorded = session.Ledger.Facts.FirstOrDefault(fact => fact.Fact.Site == site.Id && fact.Fact.Name == name);
        return (recorded is null ? null : ReadingRound.Parse(recorded.Fact.Value)) ?? new ReadingRound(default, _head.Hash);
    }

    private async Task<List<SiteFault>> MarkPendingAsync(List<SiteFault> faults, CancellationToken cancellation)
    {
        if (!faults.Exists(static fault => fault.Fault == CopyFault.Missing))
        {
            return faults;
        }

        var backlog = await SiteBacklog.NamesAsync(session, site, cancellation);
        return faults.ConvertAll(fault => fault.Fault == CopyFault.Missing && backlog.Contains(fault.Object.Name) ? fault with { IsPending = true } : fault);
    }

    private string Silence() => site.Site.Failure?.Reason ?? site.Ledger.Message ?? "nothing stands there yet; the next backup or `backupctl sync` fills it";

    private static SiteFault? Listed(SiteSurvey survey, RequiredObject item) =>
        !survey.Present.TryGetValue(item.Name, out var length) ? new SiteFault(item, CopyFault.Missing, "missing")
        : item.Length is { } right && right != length ? new SiteFault(item, CopyFault.WrongLength, $"it has {length} bytes and not {right}")
        : null;

    private static bool IsKnown(IReadOnlyDictionary<string, RequiredObject> required, string name) => required.ContainsKey(name) || IsJournal(name);

    private static bool IsJournal(string name) => name.StartsWith(ObjectNames.JournalPrefix, StringComparison.Ordinal);

    private static double Percent(long read, long all, Share asked) => all == 0 ? asked.Percent : Math.Round(100.0 * read / all, 2);
}

/// <summary>What the check of a site found.</summary>
/// <param name="Site">The site.</param>
/// <param name="Message">Why it could not be checked to the end; null if it was.</param>
internal sealed record CheckedSite(SessionSite Site, string? Message)
{
    public long Objects { get; init; }

    public long Bytes { get; init; }

    public long Unreferenced { get; init; }

    public IReadOnlyList<SiteFault> Faults { get; init; } = [];

    public IReadOnlySet<SiteFault> Healed { get; init; } = new HashSet<SiteFault>();

    public double HashesPercent { get; init; }

    public double ReadDataPercent { get; init; }

    /// <summary>What was read; null if the site did not even list.</summary>
    public ReadingPlan? Plan { get; init; }

    public long Missing => Faults.Count(static fault => fault.Fault == CopyFault.Missing);

    public long Damaged => Faults.Count - Missing;

    /// <summary>What is no good now.</summary>
    public IEnumerable<SiteFault> Left => Faults.Where(fault => !Healed.Contains(fault));

    /// <summary>Whether nothing is wrong that was looked at, or nothing any more.</summary>
    public bool IsWhole => Message is null && !Left.Any();
}
