using System.Collections.Concurrent;
using System.Text;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>What a restore has done so far. Filled from several threads.</summary>
internal sealed class RestoreReport(RunContext context, bool dryRun = false) : ITargetReport
{
    private readonly ConcurrentDictionary<string, bool> _sites = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<RunFinding> _errors = new();
    private long _files;
    private long _bytes;
    private long _skipped;

    public IReadOnlyList<RunFinding> Errors => [.. _errors];

    public long Files => Interlocked.Read(ref _files);

    public long Bytes => Interlocked.Read(ref _bytes);

    public long Skipped => Interlocked.Read(ref _skipped);

    /// <summary>Counted by the one thread that walks.</summary>
    public long Directories { get; set; }

    /// <inheritdoc cref="Directories"/>
    public long Links { get; set; }

    /// <inheritdoc cref="Directories"/>
    public long Erased { get; set; }

    /// <inheritdoc cref="Directories"/>
    public long Restricted { get; set; }

    /// <summary>Counts what of a directory is not shown.</summary>
    public void CountHidden(IReadOnlyList<HiddenPart> hidden)
    {
        var restricted = hidden.Count(static part => part.ErasedAt is null);
        Restricted += restricted;
        Erased += hidden.Count - restricted;
    }

    public IReadOnlyList<string> SitesUsed => [.. _sites.Keys.Order(StringComparer.Ordinal)];

    public void CountFile(long bytes)
    {
        Interlocked.Increment(ref _files);
        Interlocked.Add(ref _bytes, bytes);
        context.Progress.Advance(1, bytes);
    }

    /// <param name="site">Null: the local cache.</param>
    public void ReadFrom(string? site)
    {
        if (site is not null)
        {
            _sites.TryAdd(site, true);
        }
    }

    public void Finished(FileJob job)
    {
        if (job.Failure is { } failure)
        {
            Failed(FileSaver.Join(job.Parent.Path, job.Entry.Name), failure);
        }
        else if (job.Name is not null)
        {
            CountFile(job.Entry.Size);
        }
    }

    public void Add(RunFinding error) => _errors.Enqueue(error);

    public void Failed(byte[] path, string reason) => Add(new RunFinding(Encoding.UTF8.GetString(path), reason));

    void ITargetReport.Incomplete(byte[] path, string what) => Failed(path, "restored without " + what);

    void ITargetReport.Skipped(byte[] path, string reason)
    {
        Interlocked.Increment(ref _skipped);
        context.Progress.Message(new RunFinding(Encoding.UTF8.GetString(path), reason));
    }

    void ITargetReport.Removed(byte[] path) => context.Progress.Message(new RunFinding(Encoding.UTF8.GetString(path), (dryRun ? "would be removed" : "removed") + ": the snapshot does not have it"));
}
