using Backup.Engine.Format;
using Backup.Engine.Packing;

namespace Backup.Engine.Blobs;

/// <summary>Where finished packs go: to the sites, the index and the tree cache. Called from the sealing threads.</summary>
internal delegate void PackSink(SealedPack pack, CancellationToken cancellation);

/// <summary>
/// The way of a blob: known? → segment → sealing thread → pack → sink. One thread writes; the sealing threads are started when the queue is full for the
/// first time, so that a night with little to do makes one pack and not one for every processor.
/// </summary>
internal sealed class BlobWriter : IDisposable
{
    private const int QueueBytes = 4 << 20;
    private const int MostOpenDomains = 64;

    private readonly Func<PackBuilder> _newBuilder;
    private readonly Predicate<BlobId> _stored;
    private readonly PackSink _sink;
    private readonly int _mostSealers;
    private readonly CancellationTokenSource _stop;
    private readonly Dictionary<DomainId, LinkedListNode<OpenDomain>> _open = [];
    private readonly LinkedList<OpenDomain> _recent = [];
    private readonly HashSet<BlobId> _written = [];
    private readonly List<Thread> _sealers = [];
    private SegmentQueue _queue = new(QueueBytes);
    private Exception? _failure;

    /// <param name="newBuilder">Makes the pack builder of a sealing thread.</param>
    /// <param name="stored">Whether a blob stands at some site already.</param>
    /// <param name="sink">Takes finished packs.</param>
    /// <param name="sealers">The most sealing threads, at least 1.</param>
    /// <param name="cancellation">Ends the run.</param>
    public BlobWriter(Func<PackBuilder> newBuilder, Predicate<BlobId> stored, PackSink sink, int sealers, CancellationToken cancellation)
    {
        _newBuilder = newBuilder;
        _stored = stored;
        _sink = sink;
        _mostSealers = sealers;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    }

    /// <summary>Content and page bytes handed over that no site had.</summary>
    public long BytesAdded { get; private set; }

    /// <summary>Blobs written since the last <see cref="Complete"/>.</summary>
    public int Pending => _written.Count;

    /// <summary>Stores a blob unless it is stored already.</summary>
    public BlobId Write(DomainRecord domain, BlobKind kind, ReadOnlySpan<byte> bytes)
    {
        var open = Open(domain);
        var id = open.IdOf(kind, bytes);
        if (_stored(id) || !_written.Add(id))
        {
            return id;
        }

        BytesAdded += bytes.Length;
        var segment = open.SegmentFor(kind);
        if (segment.Length > 0 && segment.Length + bytes.Length > SegmentJob.Target)
        {
            Hand(segment.Take());
        }

        segment.Append(kind, id, bytes);
        if (segment.Length >= SegmentJob.Target)
        {
            Hand(segment.Take());
        }

        return id;
    }

    /// <summary>The open state of a domain: its chunker, for whoever cuts files.</summary>
    public OpenDomain Open(DomainRecord domain)
    {
        if (_open.TryGetValue(domain.Id, out var node))
        {
            if (node != _recent.First)
            {
                _recent.Remove(node);
                _recent.AddFirst(node);
            }

            return node.Value;
        }

        if (_open.Count == MostOpenDomains)
        {
            Close(_recent.Last!);
        }

        node = _recent.AddFirst(new OpenDomain(domain));
        _open.Add(domain.Id, node);
        return node.Value;
    }

    /// <summary>Seals everything that is open and waits until the sink has taken the last pack. The writer can be used on.</summary>
    public void Complete()
    {
        while (_recent.Last is { } node)
        {
            Close(node);
        }

        _queue.Complete(_sealers.Count);
        _sealers.ForEach(static sealer => sealer.Join());
        _sealers.Clear();
        ThrowIfFailed();
        _written.Clear();
        _queue.Dispose();
        _queue = new SegmentQueue(QueueBytes);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _sealers.ForEach(static sealer => sealer.Join());
        foreach (var domain in _recent)
        {
            domain.Dispose();
        }

        _queue.Dispose();
        _stop.Dispose();
    }

    private void Close(LinkedListNode<OpenDomain> node)
    {
        Hand(node.Value.Content.Take());
        Hand(node.Value.Pages.Take());
        _recent.Remove(node);
        _open.Remove(node.Value.Record.Id);
        node.Value.Dispose();
    }

    private void Hand(SegmentJob? job)
    {
        if (job is null)
        {
            return;
        }

        if (_sealers.Count == 0)
        {
            StartSealer();
        }

        while (!_queue.TryAdd(job))
        {
            ThrowIfFailed();
            _stop.Token.ThrowIfCancellationRequested();
            if (_sealers.Count < _mostSealers)
            {
                StartSealer();
            }

            _queue.WaitForRoom();
        }
    }

    private void StartSealer()
    {
        var queue = _queue;
        var thread = new Thread(() => Seal(queue)) { IsBackground = true, Name = "seal" };
        _sealers.Add(thread);
        thread.Start();
    }

    private void Seal(SegmentQueue queue)
    {
        try
        {
            using var builder = _newBuilder();
            while (queue.Take(_stop.Token) is { } job)
            {
                var full = builder.Append(job, _stop.Token);
                job.Release();
                if (full)
                {
                    _sink(builder.Finish()!, _stop.Token);
                }
            }

            if (builder.Finish() is { } last)
            {
                _sink(last, _stop.Token);
            }
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
            _stop.Cancel();
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure and not OperationCanceledException)
        {
            throw failure is BackupException ? failure : new BackupException(FailureKind.Failed, "sealing failed: " + failure.Message, inner: failure);
        }

        _stop.Token.ThrowIfCancellationRequested();
    }
}
