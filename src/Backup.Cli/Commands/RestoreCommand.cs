using System.CommandLine;
using Backup.Cli.Reports;
using Backup.Databases;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>restore</c>: a snapshot, or a part of it, back into the file system.</summary>
internal sealed class RestoreCommand
{
    private readonly Argument<SnapshotSelector> _snapshot = CommonOptions.Snapshot("SNAPSHOT[:/path]", withPath: true);
    private readonly Option<string> _target = new("--target") { Description = "where to; made if it is missing", HelpName = "DIR" };
    private readonly Option<string[]> _include = Patterns("--include", "only what matches (may be given several times)");
    private readonly Option<string[]> _exclude = Patterns("--exclude", "not what matches (may be given several times)");
    private readonly Option<string> _overwrite = CommonOptions.OneOf(
        "--overwrite", "what to do with what exists: never (default), always, if-changed, if-newer", "MODE", OverwriteNames.All);

    private readonly Flag _delete = new("--delete") { Description = "remove what the snapshot does not have, in directories that were saved whole" };
    private readonly Flag _inPlace = new("--in-place") { Description = "write to where the files came from" };
    private readonly Flag _verify = new("--verify") { Description = "read every restored file again and compare" };
    private readonly Flag _fsync = new("--fsync") { Description = "wait until everything stands on the disk; --in-place, --overwrite and --delete always do" };
    private readonly Option<string> _database = new("--database") { Description = "load a snapshot of a database into this empty one", HelpName = "NAME" };
    private readonly Option<string> _connection = new("--connection") { Description = "how to reach the server, as connection_file; default: as the policy reaches the source", HelpName = "FILE" };
    private readonly Option<string> _table = new("--table") { Description = "with --database: the rows of this table only", HelpName = "T" };
    private readonly Flag _dryRun = CommonOptions.DryRun();
    private readonly ReadingOptions _reading = new();

    /// <summary>What means nothing for a database.</summary>
    private Option[] Others => [_include, _exclude, _overwrite, _delete, _verify, _fsync, _dryRun];

    public static Command Create() => new RestoreCommand().Build();

    private Task<Verdict> LoadAsync(Invocation invocation, string database)
    {
        var request = new LoadRequest(invocation.Value(_snapshot)!, _reading.Read(invocation));
        if (!request.Snapshot.IsRoot)
        {
            throw new BackupException(FailureKind.Usage, "--database loads a whole snapshot, not a place in it.", "Leave out what follows the colon; --table T loads one table.");
        }

        var connection = invocation.Value(_connection) is { } file ? Path.GetFullPath(file, invocation.Surroundings.Directory) : null;
        return invocation.InTenantAsync(_reading.Needs(invocation), async context =>
        {
            string? FileOf(string source) => connection ?? context.Policy.Sources.OfType<DatabaseSourceConfig>().FirstOrDefault(each => each.Id == source)?.ConnectionFile;
            var outcome = await LoadRun.RunAsync(context, request, (kind, source) => DatabaseTarget.Open(kind, FileOf(source), database, invocation.Value(_table)), invocation.Cancellation);
            return LoadReport.Print(invocation.Printer, outcome, database);
        });
    }

    private static Option<string[]> Patterns(string name, string description) => new(name) { Description = description, HelpName = "G" };

    private CliCommand Build()
    {
        var command = new CliCommand("restore", "restore a snapshot or a part of it", RunAsync)
        {
            _snapshot, _target, _include, _exclude, _overwrite, _delete, _inPlace, _verify, _fsync, _database, _connection, _table, _dryRun,
        };
        _reading.AddTo(command);
        command.Checks.Add(parse => (parse.GetResult(_target) is not null, _inPlace.IsSet(parse)) switch
        {
            (false, false) when parse.GetResult(_database) is not null => Others.Any(option => parse.GetResult(option) is { Implicit: false })
                ? "--database loads a whole snapshot into an empty database; of the others only --connection, --table, --site, --expect-head and --accept-fork go with it." : null,
            _ when parse.GetResult(_database) is not null => "--database stands without --target and --in-place.",
            _ when parse.GetResult(_table) is not null || parse.GetResult(_connection) is not null => "--table and --connection stand with --database.",
            (true, true) => "--target and --in-place exclude each other.",
            (false, false) => "Say where to: --target DIR, --in-place for where the files came from, or --database NAME.",
            _ => null,
        });
        return command;
    }

    private Task<Verdict> RunAsync(Invocation invocation)
    {
        if (invocation.Value(_database) is { } database)
        {
            return LoadAsync(invocation, database);
        }

        var request = new RestoreRequest
        {
            Snapshot = invocation.Value(_snapshot)!,
            Target = invocation.IsSet(_inPlace) ? "/" : Path.GetFullPath(invocation.Value(_target)!, invocation.Surroundings.Directory),
            Include = invocation.Value(_include) ?? [],
            Exclude = invocation.Value(_exclude) ?? [],
            Overwrite = OverwriteNames.Parse(invocation.Value(_overwrite)),
            Delete = invocation.IsSet(_delete),
            InPlace = invocation.IsSet(_inPlace),
            Verify = invocation.IsSet(_verify),
            Fsync = invocation.IsSet(_fsync),
            DryRun = invocation.IsSet(_dryRun),
            Read = _reading.Read(invocation),
        };
        return invocation.InTenantAsync(_reading.Needs(invocation), async context =>
            RestoreReport.Print(invocation.Printer, await RestoreRun.RunAsync(context, request, invocation.Cancellation), request));
    }
}
