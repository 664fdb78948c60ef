using System.Runtime.InteropServices;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;

namespace Backup.Engine.Snapshots;

/// <summary>
/// Restores the content of many files pack by pack: every pack is read once for all files of a batch, in the order in which the files come, by several
/// threads. A part that is missing or damaged at one place is taken from the next.
/// </summary>
internal sealed class ContentRestorer(Hash repository, Catalog catalog, PackPlaces places, ContentRestorerEvents events)
{
    /// <summary>Files of a batch: bounds the memory for plans.</summary>
    private const int MostFiles = 16_384;

    private const int MostBlobs = 65_536;

    private readonly List<(FileJob Job, DomainRecord Domain, IReadOnlyList<BlobReference> Blobs)> _files = [];
    private int _blobs;

    /// <summary>True when the batch should be run before more is added.</summary>
    public bool IsFull => _files.Count >= MostFiles || _blobs >= MostBlobs;

    public void Add(FileJob job, DomainRecord domain, IReadOnlyList<BlobReference> blobs)
    {
        _files.Add((job, domain, blobs));
        _blobs += blobs.Count;
    }

    /// <summary>Restores everything that was added.</summary>
    /// <param name="threads">At least 1.</param>
    /// <param name="cancellation">Ends the run; files that were begun leave nothing.</param>
    public void Run(int threads, CancellationToken cancellation)
    {
        var tasks = Plan();
        var jobs = _files.ConvertAll(static file => file.Job);
        _files.Clear();
        _blobs = 0;
        var next = -1;
        Exception? failure = null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var workers = Enumerable.Range(0, Math.Min(threads, tasks.Count)).Select(_ => new Thread(Work) { IsBackground = true, Name = "restore" }).ToList();
        workers.ForEach(static worker => worker.Start());
        workers.ForEach(static worker => worker.Join());
        if (stop.IsCancellationRequested)
        {
            jobs.ForEach(static job => job.Abandon());
            cancellation.ThrowIfCancellationRequested();
            throw failure as BackupException ?? new BackupException(FailureKind.Failed, "the restore failed: " + failure!.Message, inner: failure);
        }

        void Work()
        {
            try
            {
                using var reader = new PackRestore(repository, places, events);
                int index;
                while (!stop.IsCancellationRequested && (index = Interlocked.Increment(ref next)) < tasks.Count)
                {
                    reader.Restore(tasks[index], stop.Token);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Whoever stopped it says why.
            }
            catch (Exception thrown)
            {
                Interlocked.CompareExchange(ref failure, thrown, null);
                stop.Cancel();
            }
        }
    }

    private List<PackTask> Plan()
    {
        var packs = new Dictionary<Hash, PackTask>();
        var order = new List<PackTask>();
        foreach (var (job, domain, blobs) in _files)
        {
            var offset = 0L;
            var found = catalog.Locate([.. blobs.Select(static blob => blob.Id)]);
            for (var i = 0; i < blobs.Count; i++)
            {
                if (found[i] is { } place)
                {
                    ref var task = ref CollectionsMarshal.GetValueRefOrAddDefault(packs, place.Pack, out var known);
                    if (!known)
                    {
                        order.Add(task = new PackTask(place.Pack));
                    }

                    task!.Want(place, domain, blobs[i].Id, new Destination(job, offset));
                }
                else if (job.Lose($"blob {blobs[i].Id} is in no pack that the index names"))
                {
                    events.Finished(job);
                }

                offset += blobs[i].Length;
            }
        }

        return order;
    }
}

/// <summary>What a restorer tells. Called from its threads.</summary>
/// <param name="PlaceFailed">A place did not give what it must.</param>
/// <param name="Written">Content bytes that were written, from a site or, if null, from the cache.</param>
/// <param name="Finished">A file is done, well or not.</param>
internal sealed record ContentRestorerEvents(PlaceFailed PlaceFailed, Action<string?, long> Written, Action<FileJob> Finished);

/// <summary>Where a blob goes.</summary>
/// <param name="Job">The file.</param>
/// <param name="Offset">Among the content bytes of the file.</param>
internal readonly record struct Destination(FileJob Job, long Offset);

/// <summary>What is wanted of a member.</summary>
internal sealed class MemberTask(MemberPlace place, DomainRecord domain)
{
    public MemberPlace Place { get; } = place;

    public DomainRecord Domain { get; } = domain;

    /// <summary>Blobs that are still to come, with everywhere they go.</summary>
    public Dictionary<BlobId, List<Destination>> Wanted { get; } = [];
}

/// <summary>What is wanted of a pack.</summary>
internal sealed class PackTask(Hash pack)
{
    private readonly Dictionary<Hash, MemberTask> _members = [];

    public Hash Pack { get; } = pack;

    public IEnumerable<MemberTask> Members => _members.Values;

    public void Want(MemberPlace place, DomainRecord domain, BlobId blob, Destination destination)
    {
        ref var member = ref CollectionsMarshal.GetValueRefOrAddDefault(_members, place.Member, out _);
        member ??= new MemberTask(place, domain);
        ref var wanted = ref CollectionsMarshal.GetValueRefOrAddDefault(member.Wanted, blob, out _);
        (wanted ??= new List<Destination>(1)).Add(destination);
    }
}
