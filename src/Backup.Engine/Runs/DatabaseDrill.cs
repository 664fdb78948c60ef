using Backup.Engine.Policies;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>Loads a snapshot of a database from one site into a server that is thrown away, compares every table, and asks what the policy asks.</summary>
/// <param name="session">Opened with that site alone.</param>
/// <param name="site">Its id.</param>
/// <param name="snapshot">Of a database, complete there.</param>
internal sealed class DatabaseDrill(Session session, string site, KnownSnapshot snapshot)
{
    private const string Database = "drill";

    private readonly RunContext _context = session.Context;

    /// <summary>Does it.</summary>
    /// <param name="server">New, and empty.</param>
    /// <param name="began">When the clock was started.</param>
    /// <param name="cancellation">Ends the drill.</param>
    public async Task<DrilledSite> RunAsync(IThrowawayServer server, long began, CancellationToken cancellation)
    {
        var load = new SnapshotLoad(session, snapshot);
        _context.Progress.Phase($"loading {snapshot.Record.Source} from {site}");
        try
        {
            using var target = server.Open(Database);
            var loaded = await load.IntoAsync(target, cancellation);
            var findings = loaded.Differences.Select(static difference => new RunFinding(difference.Table, difference.What)).ToList();
            var checks = Checks();
            findings.AddRange(checks.Select(sql => Try(server, sql)).OfType<RunFinding>());
            findings.ForEach(_context.Progress.Message);
            return Result(load, began) with
            {
                Rows = loaded.Tables.Sum(static table => table.Rows),
                Mismatches = findings.Count,
                Message = findings.Count > 0 ? $"{findings[0].Place}: {findings[0].Message}" : checks.Count > 0 ? $"checks passed: {checks.Count}" : null,
            };
        }
        catch (BackupException failure)
        {
            return Result(load, began) with { Mismatches = 1, Message = failure.Message };
        }
    }

    private DrilledSite Result(SnapshotLoad load, long began) => new(
        site, snapshot.Record.Source, snapshot.Id, load.Dump.Files, load.Dump.Bytes, 0, _context.Clock.GetElapsedTime(began), null) { IsDatabase = true };

    private IReadOnlyList<string> Checks() =>
        _context.Policy.Sources.OfType<DatabaseSourceConfig>().FirstOrDefault(source => source.Id == snapshot.Record.Source)?.Check ?? [];

    /// <summary>A check passes if its first value is something other than nothing, zero and false.</summary>
    private static RunFinding? Try(IThrowawayServer server, string sql)
    {
        try
        {
            var answer = server.Ask(Database, sql);
            return answer is null or "" or "0" || answer.Equals("false", StringComparison.OrdinalIgnoreCase)
                ? new RunFinding($"check: {sql}", $"the answer is {(answer is null ? "nothing" : answer.Length == 0 ? "empty" : answer)}")
                : null;
        }
        catch (BackupException failure)
        {
            return new RunFinding($"check: {sql}", failure.Message);
        }
    }
}
