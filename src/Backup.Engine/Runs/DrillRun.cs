using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>
/// A rehearsal of the worst day: from each site alone, with nothing of the state but the pins, the newest snapshot of each source is restored, really
/// written, and compared with what was recorded. What it wrote is removed again.
/// </summary>
public static class DrillRun
{
    private const string Folder = "drill";

    /// <summary>One result for each site and source.</summary>
    /// <exception cref="BackupException">Exit 2: the site or the source is not known; 12: the key is wrong. A site that cannot be read is a result.</exception>
    public static async Task<DrillOutcome> RunAsync(RunContext context, DrillRequest request, CancellationToken cancellation)
    {
        var sites = Choose(context, request.Site);
        var state = StateDirectory.Open(context.StatePath);
        using var alone = state.LockRun("drill");

        // What a drill that was killed has left is removed before anything else: it is somebody's data.
        SiteDrill.Remove(Path.Join(state.Path, Folder));
        var results = new List<DrilledSite>();
        var failed = new List<(string Site, string Why)>();
        foreach (var site in sites)
        {
            try
            {
                results.AddRange(await DrillAsync(context, site, request, cancellation));
            }
            catch (BackupException failure) when (failure.Kind is not (FailureKind.Usage or FailureKind.WrongKey))
            {
                failed.Add((site, failure.Message));
            }
        }

        var sources = Sources(context, request, results);
        results.AddRange(failed.SelectMany(item => sources.Select(source => new DrilledSite(item.Site, source, null, 0, 0, 0, TimeSpan.Zero, item.Why))));
        if (request.Source is { } asked && failed.Count == 0 && results.TrueForAll(static result => result.Snapshot is null))
        {
            throw new BackupException(
                FailureKind.Usage,
                $"No site holds a complete snapshot of a source '{asked}'.",
                "`backupctl snapshots` lists the sources and the sites that hold them.");
        }

        await RecordAsync(context, state, results, cancellation);
        return new DrillOutcome([.. results.OrderBy(result => sites.IndexOf(result.Id)).ThenBy(static result => result.Source, StringComparer.Ordinal)]);
    }

    private static List<string> Choose(RunContext context, string? asked)
    {
        var sites = context.Policy.Sites.Select(static site => site.Id).ToList();
        return asked is null ? sites
            : sites.Contains(asked, StringComparer.Ordinal) ? [asked]
            : throw new BackupException(FailureKind.Usage, $"The policy has no site '{asked}'.", $"Its sites are {string.Join(", ", sites)}.");
    }

    private static async Task<IReadOnlyList<DrilledSite>> DrillAsync(RunContext context, string site, DrillRequest request, CancellationToken cancellation)
    {
        // Opening counts: on that day it has to be done too.
        var began = context.Clock.GetTimestamp();
        context.Progress.Phase("opening " + site);
        await using var session = await Session.OpenAsync(context, new ReadOptions(site), cancellation);
        if (request.Site is null && session.Sites[0].Record is { State: SiteState.Retired })
        {
            return [];
        }

        var results = new List<DrilledSite>();
        foreach (var source in request.Source is { } asked ? [asked] : session.Snapshots.Sources)
        {
            var snapshot = session.Snapshots.All.LastOrDefault(known => known.Record.Source == source && session.IsReadable(known));
            results.Add(snapshot is null
                ? new DrilledSite(site, source, null, 0, 0, 0, context.Clock.GetElapsedTime(began), "no snapshot of this source is complete there")
                : await DrillAsync(session, site, snapshot, request, began, cancellation));
            began = context.Clock.GetTimestamp();
        }

        return results;
    }

    /// <summary>Databases come back whole or not at all; where no server of the kind is, their files are compared.</summary>
    private static async Task<DrilledSite> DrillAsync(
        Session session, string site, KnownSnapshot snapshot, DrillRequest request, long began, CancellationToken cancellation)
    {
        var (folder, kind) = (Path.Join(session.State.Path, Folder), snapshot.Record.SourceKind);
        var isDatabase = DatabaseLayout.Is(kind);
        try
        {
            using var server = isDatabase ? session.Context.Servers(kind, folder) : null;
            if (server is not null)
            {
                return await new DatabaseDrill(session, site, snapshot).RunAsync(server, began, cancellation);
            }
        }
        catch (BackupException failure)
        {
            return new DrilledSite(site, snapshot.Record.Source, null, 0, 0, 0, session.Context.Clock.GetElapsedTime(began), failure.Message);
        }

        var drilled = new SiteDrill(session, site, snapshot, folder).Run(request.Files, began, cancellation);
        return isDatabase ? drilled with { Message = drilled.Message ?? $"compared as files only: no {kind} server is installed here" } : drilled;
    }

    /// <summary>What a site that cannot be opened was to be drilled for.</summary>
    private static List<string> Sources(RunContext context, DrillRequest request, List<DrilledSite> results)
    {
        var seen = results.Select(static result => result.Source).Distinct(StringComparer.Ordinal).ToList();
        return request.Source is { } asked ? [asked]
            : seen.Count > 0 ? seen
            : context.Policy.Sources.Count > 0 ? [.. context.Policy.Sources.Select(static source => source.Id)] : [""];
    }

    private static async Task RecordAsync(RunContext context, StateDirectory state, IReadOnlyList<DrilledSite> results, CancellationToken cancellation)
    {
        if (state.ReadOwner() is null || results.All(static result => result.Snapshot is null))
        {
            return;
        }

        await using var session = await Session.OpenToCheckAsync(context, cancellation);
        var facts = results.Where(static result => result.Snapshot is not null).Select(static result => new LedgerFact(
            result.Id,
            "drilled",
            FormattableString.Invariant($"snapshot={result.Snapshot} files={result.Files} bytes={result.Bytes} ") +
                FormattableString.Invariant($"mismatches={result.Mismatches} seconds={result.Elapsed.TotalSeconds:F2}") +
                (result.IsDatabase ? FormattableString.Invariant($" rows={result.Rows}") : "")));
        await new CheckRecord(session, LedgerKind.Drilled).WriteAsync([.. facts], [], cancellation);
    }
}
