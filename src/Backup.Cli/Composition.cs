using Backup.Engine;
using Backup.Engine.Runs;

namespace Backup.Cli;

/// <summary>The composition root.</summary>
internal sealed class Composition : IComposition
{
    public IReadOnlyList<TenantPlace> Tenants(Settings settings, Surroundings surroundings) => throw new BackupException(FailureKind.Usage, "seam: not composed yet");

    public Task<RunContext> OpenAsync(TenantPlace tenant, IRunProgress progress, Surroundings surroundings, CancellationToken cancellation) => throw new NotSupportedException();
}
