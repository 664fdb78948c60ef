using Backup.Engine;
using Backup.Engine.Runs;

namespace Backup.Cli.Tests;

/// <summary>Stands where policy and stores would be opened: a command line that gets here was understood.</summary>
internal sealed class NoComposition : IComposition
{
    public IReadOnlyList<TenantPlace> Tenants(Settings settings, Surroundings surroundings) =>
        throw new BackupException(FailureKind.NoRepository, "the command was understood", "nothing: this is a test");

    public Task<RunContext> OpenAsync(TenantPlace tenant, IRunProgress progress, Surroundings surroundings, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
