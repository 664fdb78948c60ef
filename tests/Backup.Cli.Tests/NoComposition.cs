using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Runs;
using Backup.Engine.Sources;
using Backup.Engine.Stores;

namespace Backup.Cli.Tests;

/// <summary>Stands where the policy would be read: a command line that gets here was understood.</summary>
internal sealed class NoComposition : IComposition
{
    public Policy Policy(Settings settings, Surroundings surroundings) =>
        throw new BackupException(FailureKind.NoRepository, "The command was understood.", "Nothing: this is a test.");

    public void Check(Policy policy, Surroundings surroundings) => throw new NotSupportedException();

    public RunContext Open(Policy policy, Tenant tenant, Needs needs, IRunProgress progress, Surroundings surroundings) =>
        throw new NotSupportedException();

    public IObjectStore Store(SiteConfig site, Surroundings surroundings) => throw new NotSupportedException();

    public IExaminable Database(DatabaseSourceConfig source, Tenant tenant, Surroundings surroundings) => throw new NotSupportedException();
}
