using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>
/// Reads what a plan names from one site, each object once and whole, on all cores: its hash is compared with its name, and a pack that is to be opened is
/// opened from the same memory. A site that goes down ends the scan, not the run.
/// </summary>
/// <param name="session">Of the run.</param>
/// <param name="site">The site.</param>
/// <param name="plan">What is read.</param>
/// <param name="atOnce">How many scans there are at the same time.</param>
internal sealed class SiteScan(Session session, Site site, ReadingPlan plan, int atOnce)
{
    /// <summary>One more than there are cores: while one waits for the disk, the others compute.</summary>
    private static readonly int MostReaders = Math.Clamp(Environment.ProcessorCount + 1, 2, 4);

    /// <summary>Bytes of the buffers of all scans together.</summary>
    private const long MostBuffered = 128L << 20;

    /// <summary>What is no pack is read in pieces of this size at the most.</summary>
    private const int LeastBuffer = 1 << 20;

    private readonly ConcurrentQueue<SiteFault> _faults = new();
    private bool _indexLost;
    private long _hashedBytes;
    private long _openedBytes;

    public IReadOnlyCollection<SiteFault> Faults => _faults;

    /// <summary>Bytes that were compared with their hashes.</summary>
    public long HashedBytes => Interlocked.Read(ref _hashedBytes);

    /// <summary>Bytes of packs that were opened.</summary>
    public long OpenedBytes => Interlocked.Read(ref _openedBytes);

    public async Task RunAsync(CancellationToken cancellation)
    {
        var packs = plan.Hashed.Where(static item => item.Kind == ObjectKind.Pack).Concat(plan.Opened.Values);
        var buffer = (int)Math.Clamp(packs.Max(static item => item.Length) ?? 0, LeastBuffer, Limits.Pack);
        var readers = (int)Math.Clamp(MostBuffered / atOnce / buffer, 1, MostReaders);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var jobs = Channel.CreateBounded<ReadingJob>(2 * readers);
        var tasks = Enumerable.Range(0, readers).Select(_ => Task.Run(() => ReadAsync(jobs.Reader, buffer, stop), CancellationToken.None)).ToList();
        tasks.Add(Task.Run(() => ProduceAsync(jobs.Writer, stop), CancellationToken.None));

        // When one fails the others end by the token; of all, the failure is what is thrown.
        await Task.WhenAll(tasks);
    }

    private async Task ProduceAsync(ChannelWriter<ReadingJob> jobs, CancellationTokenSource stop)
    {
        try
        {
            foreach (var item in plan.Hashed)
            {
                await jobs.WriteAsync(new ReadingJob(item, Open: false, null), stop.Token);
            }

            // Index by index: what one names is checked against it while it is in memory, and nothing is looked up.
            var left = plan.Opened.ToDictionary(StringComparer.Ordinal);
            foreach (var index in left.Count == 0 ? [] : session.Catalog.Objects(ObjectClass.Index, ObjectState.Live))
            {
                var packs = await session.ReadIndexAsync(index.Id, stop.Token);
                _indexLost |= packs is null;
                foreach (var pack in packs ?? [])
                {
                    if (left.Remove(ObjectNames.Pack(pack.Id), out var item))
                    {
                        await jobs.WriteAsync(new ReadingJob(item, Open: true, pack), stop.Token);
                    }
                }
            }

            foreach (var item in left.Values)
            {
                await jobs.WriteAsync(new ReadingJob(item, Open: true, null), stop.Token);
            }
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
        finally
        {
            jobs.Complete();
        }
    }

    private async Task ReadAsync(ChannelReader<ReadingJob> jobs, int bufferSize, CancellationTokenSource stop)
    {
        try
        {
            using var check = new PackCheck(session.Sealer, session.Keyring, domain => session.ErasedAt(domain) is not null);
            var buffer = GC.AllocateUninitializedArray<byte>(bufferSize, pinned: true);
            await foreach (var job in jobs.ReadAllAsync(stop.Token))
            {
                if (site.IsUp)
                {
                    await ReadAsync(job, buffer, check, stop.Token);
                }
            }
        }
        catch
        {
            await stop.CancelAsync();
            throw;
        }
    }

    private async Task ReadAsync(ReadingJob job, byte[] buffer, PackCheck check, CancellationToken cancellation)
    {
        var length = job.Object.Length ?? 0;
        var fault = await HashAsync(job.Object, length, buffer, cancellation);
        if (!site.IsUp)
        {
            return;
        }

        if (fault is null && job.Open)
        {
            fault = Open(job, buffer.AsSpan(0, (int)length), check);
        }

        if (fault is not null)
        {
            _faults.Enqueue(fault);
        }

        Interlocked.Add(ref _hashedBytes, length);
        Interlocked.Add(ref _openedBytes, job.Open ? length : 0);
        session.Context.Progress.Advance(1, length);
    }

    /// <summary>Reads an object and compares it with its hash. One that fits into the buffer lies there afterwards.</summary>
    private async Task<SiteFault?> HashAsync(RequiredObject item, long length, byte[] buffer, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long offset = 0; offset < length;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - offset));
            var at = offset;
            var fault = await site.AskAsync(
                () => site.Store.GetRangeAsync(item.Name, at, piece, cancellation), Patience.Default, session.Context.Clock, cancellation);
            if (fault is not null)
            {
                return fault == StoreFault.NotFound ? new SiteFault(item, CopyFault.Missing, "missing") : Damaged(item, "it cannot be read whole");
            }

            hash.AppendData(piece.Span);
            offset += piece.Length;
        }

        return Hash.Read(hash.GetHashAndReset()) == item.Hash ? null : Damaged(item, "its bytes are not what was put");
    }

    private SiteFault? Open(ReadingJob job, Span<byte> pack, PackCheck check)
    {
        try
        {
            check.Check(pack, job.Index);
            return job.Index is null && !_indexLost ? Damaged(job.Object, "no index names it") with { IsOriginal = true } : null;
        }
        catch (BackupException failure) when (failure is DamagedException or UnsupportedFormatException)
        {
            return Damaged(job.Object, $"its bytes are those that were put, and cannot be restored from: {failure.Message}") with { IsOriginal = true };
        }
    }

    private static SiteFault Damaged(RequiredObject item, string what) => new(item, CopyFault.Damaged, what);

    /// <summary>An object to be read.</summary>
    /// <param name="Object">The object, with its length.</param>
    /// <param name="Open">Whether it is a pack to be opened.</param>
    /// <param name="Index">What the index says of the pack; null if none names it.</param>
    private readonly record struct ReadingJob(RequiredObject Object, bool Open, IndexedPack? Index);
}
