using System.Collections.Concurrent;
using System.Text;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>What a backup could not read, and what it left out on purpose. Filled from several threads.</summary>
internal sealed class BackupReport(RunContext context) : IWalkReport
{
    private readonly ConcurrentQueue<RunFinding> _errors = new();
    private readonly ConcurrentQueue<RunFinding> _warnings = new();

    public IReadOnlyList<RunFinding> Errors => [.. _errors];

    public IReadOnlyList<RunFinding> Warnings => [.. _warnings];

    public void Failed(byte[] path, string reason) => Fail(new RunFinding(Encoding.UTF8.GetString(path), reason));

    public void Excluded(byte[] path, string reason) => _warnings.Enqueue(new RunFinding(Encoding.UTF8.GetString(path), "left out: " + reason));

    public void Fail(RunFinding finding)
    {
        _errors.Enqueue(finding);
        context.Progress.Message(finding);
    }
}
