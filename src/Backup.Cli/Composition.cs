using System.Text;
using Backup.Cli.Commands;
using Backup.Databases;
using Backup.Databases.Throwaway;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Runs;
using Backup.Engine.Sources;
using Backup.Engine.Stores;
using Backup.Stores;

namespace Backup.Cli;

/// <summary>The composition root: the one place that knows every kind of store.</summary>
internal sealed class Composition : IComposition
{
    private Policy? _policy;

    /// <inheritdoc/>
    public Policy Policy(Settings settings, Surroundings surroundings) =>
        _policy ??= PolicyLoader.Load(settings.Policy, settings.State, Environment(surroundings), (policy, term) => Judge(policy, term, surroundings));

    /// <inheritdoc/>
    public void Check(Policy policy, Surroundings surroundings) => policy.CheckAll((judged, term) => Judge(judged, term, surroundings));

    /// <inheritdoc/>
    public RunContext Open(Policy policy, Tenant tenant, Needs needs, IRunProgress progress, Surroundings surroundings)
    {
        RequireSites(policy, tenant, needs);
        var unlock = PassphraseSource.Resolve(Environment(surroundings), tenant);
        policy.CheckFiles(file => file.Tenant == tenant.Id && IsNeeded(file, needs, surroundings));
        TestStop.Arm(tenant.State);
        var stores = new StoreFactory(surroundings.Clock, tenant.Limits.Upload);
        return new RunContext
        {
            Policy = tenant,
            Secret = () => unlock,
            Stores = stores.Open,
            Usage = stores.UsageOf,
            Sources = (source, places) => Source(source, places, tenant, surroundings.Clock),
            Servers = ThrowawayServer.Start,
            OwnPlaces = OwnPlaces(policy, surroundings),
            AllSources = [.. policy.Tenants.SelectMany(static each => each.Sources)],
            ProgramVersion = VersionCommand.Number,
            Progress = progress,
            Clock = surroundings.Clock,
        };
    }

    /// <inheritdoc/>
    public IObjectStore Store(SiteConfig site, Surroundings surroundings) => new StoreFactory(surroundings.Clock).Open(site);

    /// <inheritdoc/>
    public IExaminable Database(DatabaseSourceConfig source, Tenant tenant, Surroundings surroundings) =>
        Database(source, tenant, surroundings.Clock);

    /// <summary>Does with a root or pattern what a run does first.</summary>
    private static void Judge(Policy policy, PolicyTerm term, Surroundings surroundings)
    {
        var alone = new FilesSourceConfig { Id = term.Id, Roots = term.Key == "roots" ? [term.Text] : [], Exclude = term.Key == "exclude" ? [term.Text] : [] };
        var source = new FileSource(Options(alone, OwnPlaces(policy, surroundings)));
        if (term.Key == "roots")
        {
            source.Check();
        }
    }

    private static IReadOnlyList<ProtectedPlace> OwnPlaces(Policy policy, Surroundings surroundings) =>
        RunContext.PlacesOf(policy.Tenants, Secrets(policy, surroundings));

    private static ISource Source(SourceConfig source, IReadOnlyList<ProtectedPlace> places, Tenant tenant, TimeProvider clock) => source switch
    {
        FilesSourceConfig files => new FileSource(Options(files, places)),
        DatabaseSourceConfig database => Database(database, tenant, clock),
        CommandSourceConfig command => new CommandSource(command.Command, command.Path, command.MinBytes, clock),
        _ => throw new BackupException(
            FailureKind.Usage, $"The source {source.Id} is of kind {source.Kind}, which this version does not read.", "Use a newer version, or a source of another kind."),
    };

    private static DatabaseSource Database(DatabaseSourceConfig source, Tenant tenant, TimeProvider clock) =>
        new(source, tenant.Classes, Path.Join(tenant.State, "spool"), clock);

    private static FileSourceOptions Options(FilesSourceConfig files, IReadOnlyList<ProtectedPlace> places) => new()
    {
        Roots = [.. files.Roots.Select(Encoding.UTF8.GetBytes)],
        Exclude = ExcludePatterns.Parse(files.Exclude),
        OneFileSystem = files.OneFileSystem,
        ExcludeCaches = files.ExcludeCaches,
        ExcludeIfPresent = [.. files.ExcludeIfPresent.Select(Encoding.UTF8.GetBytes)],
        ExcludeLargerThan = files.ExcludeLargerThan,
        Protected = places,
    };

    /// <summary>Whatever opens a repository now or could: what the policy names, and what the surroundings name instead.</summary>
    private static IEnumerable<string> Secrets(Policy policy, Surroundings surroundings)
    {
        var environment = Environment(surroundings);
        return policy.Files.Where(static file => file.Secret).Select(static file => file.Path)
            .Concat(SecretVariables.Select(environment.Get).OfType<string>().Select(environment.Absolute));
    }

    private static void RequireSites(Policy policy, Tenant tenant, Needs needs)
    {
        var known = tenant.Sites.Select(site => site.Id).ToArray();
        foreach (var name in needs.Sites?.Except(known, StringComparer.Ordinal) ?? [])
        {
            var meant = Nearest.Of(name, known) is { } near ? $"Did you mean {near}? " : "";
            throw new BackupException(
                FailureKind.Usage, $"The policy {policy.File} has no site '{name}'.", $"{meant}It has: {string.Join(", ", known)}.");
        }
    }

    private static bool IsNeeded(FileReference file, Needs needs, Surroundings surroundings) => file.Part switch
    {
        PolicyPart.Keys => !Array.Exists(UnlockVariables, variable => surroundings.Variable(variable) is not null),
        PolicyPart.Site => needs.Sites is null || needs.Sites.Contains(file.Id, StringComparer.Ordinal),
        PolicyPart.Source or PolicyPart.Subjects => needs.Sources,
        _ => false, // alerts are sent by the service, which checks their files
    };

    /// <summary>If one of these is set, what the policy says under <c>keys:</c> is not used.</summary>
    private static readonly string[] UnlockVariables = ["BACKUP_RECOVERY_KEY_FILE", "BACKUP_PASSPHRASE_FILE", "BACKUP_PASSPHRASE_COMMAND"];

    /// <summary>Each names a file or a folder with secrets.</summary>
    private static readonly string[] SecretVariables = ["BACKUP_RECOVERY_KEY_FILE", "BACKUP_PASSPHRASE_FILE", "CREDENTIALS_DIRECTORY"];

    private static PolicyEnvironment Environment(Surroundings surroundings) => new()
    {
        Variable = surroundings.Variable,
        WorkingDirectory = surroundings.Directory,
        IsRoot = surroundings.IsRoot,
    };
}
