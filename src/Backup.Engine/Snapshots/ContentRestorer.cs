using System.Collections.Concurrent;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;

namespace Backup.Engine.Snapshots;

/// <summary>
/// Restores the content of many files pack by pack: every pack is read once for all files of a batch, in the order in which the files come, by several
/// threads, while the next batch is gathered. A part that is missing or damaged at one place is taken from the next.
/// </summary>
internal sealed class ContentRestorer : IDisposable
{
    /// <summary>Files of a batch: bounds the memory for plans.</summary>
    private const int MostFiles = 8192;

    private const int MostBlobs = 32_768;

    private static readonly int Threads = Math.Max(2, Environment.ProcessorCount);

    private readonly Hash _repository;
    private readonly Catalog _catalog;
    private readonly PackPlaces _places;
    private readonly ContentRestorerEvents _events;
    private readonly CancellationTokenSource _stop;
    private readonly BlockingCollection<PackPart> _parts = [];
    private readonly List<Thread> _workers;
    private readonly PackAhead _ahead;
    private readonly List<ContentBatch> _begun = [];
    private readonly List<(FileJob Job, DomainRecord Domain, IReadOnlyList<BlobReference> Blobs)> _files = [];
    private int _blobs;
    private Exception? _failure;

    /// <param name="repository">Whose packs they are.</param>
    /// <param name="catalog">Says where blobs lie.</param>
    /// <param name="places">Where packs can be read.</param>
    /// <param name="events">Called from the threads of the restorer.</param>
    /// <param name="source">Reads packs ahead.</param>
    /// <param name="cancellation">Ends the run; files that were begun leave nothing.</param>
    public ContentRestorer(Hash repository, Catalog catalog, PackPlaces places, ContentRestorerEvents events, PackSource source, CancellationToken cancellation)
    {
        (_repository, _catalog, _places, _events) = (repository, catalog, places, events);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _ahead = new PackAhead(source, Threads, source.Ahead, _stop.Token);
        _workers = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(Work) { IsBackground = true, Name = "restore" })];
        _workers.ForEach(static worker => worker.Start());
    }

    /// <summary>True when a batch should be begun before more is added.</summary>
    public bool IsFull => _files.Count >= MostFiles || _blobs >= MostBlobs;

    public void Add(FileJob job, DomainRecord domain, IReadOnlyList<BlobReference> blobs)
    {
        _files.Add((job, domain, blobs));
        _blobs += blobs.Count;
    }

    /// <summary>Begins to restore everything that was added, behind the batches begun before.</summary>
    public ContentBatch Begin()
    {
        var plan = new ContentPlan(_catalog);
        foreach (var (job, domain, blobs) in _files)
        {
            plan.Add(job, domain, blobs, _events.Finished);
        }

        var parts = plan.Parts();
        var batch = new ContentBatch(_files.ConvertAll(static file => file.Job), parts.Count);
        _files.Clear();
        _blobs = 0;
        _begun.Add(batch);
        foreach (var copy in parts.Select(static part => part.Copy).Distinct().Where(static copy => copy.IsDense))
        {
            _ahead.Add(copy);
        }

        foreach (var part in parts)
        {
            part.Batch = batch;
            _parts.Add(part, CancellationToken.None);
        }

        return batch;
    }

    /// <summary>Returns when every file of a batch is restored, or lost and reported.</summary>
    /// <exception cref="BackupException">Nothing more can be restored.</exception>
    public void Wait(ContentBatch batch)
    {
        try
        {
            batch.Wait(_stop.Token);
            _begun.Remove(batch);
        }
        catch (OperationCanceledException) when (_failure is { } failure)
        {
            throw failure as BackupException ?? new BackupException(FailureKind.Failed, "the restore failed: " + failure.Message, inner: failure);
        }
    }

    /// <summary>Ends the threads, and removes what was begun of files that are not finished.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _workers.ForEach(static worker => worker.Join());
        _ahead.DisposeAsync().AsTask().GetAwaiter().GetResult();
        foreach (var job in _begun.SelectMany(static batch => batch.Jobs))
        {
            job.Abandon();
        }

        _parts.Dispose();
        _stop.Dispose();
    }

    private void Work()
    {
        try
        {
            using var reader = new PackRestore(_repository, _catalog, _places, _events);
            foreach (var part in _parts.GetConsumingEnumerable(_stop.Token))
            {
                try
                {
                    reader.Restore(part, _stop.Token);
                }
                finally
                {
                    _ahead.Leave(part.Copy);
                }

                part.Batch!.PartIsDone();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Whoever stopped it says why.
        }
        catch (Exception thrown)
        {
            Interlocked.CompareExchange(ref _failure, thrown, null);
            _stop.Cancel();
        }
    }
}

/// <summary>What a restorer tells. Called from its threads.</summary>
/// <param name="PlaceFailed">A place did not give what it must.</param>
/// <param name="Written">Content bytes that were written, from a site or, if null, from the cache.</param>
/// <param name="Finished">A file is done, well or not.</param>
internal sealed record ContentRestorerEvents(PlaceFailed PlaceFailed, Action<string?, long> Written, Action<FileJob> Finished);

/// <summary>Files that are restored together.</summary>
internal sealed class ContentBatch
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open;

    public ContentBatch(IReadOnlyList<FileJob> jobs, int parts)
    {
        (Jobs, _open) = (jobs, parts + 1);
        PartIsDone();
    }

    public IReadOnlyList<FileJob> Jobs { get; }

    public void PartIsDone()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _done.SetResult();
        }
    }

    public void Wait(CancellationToken cancellation) => _done.Task.Wait(cancellation);
}
