using Backup.Engine.Format;

namespace Backup.Engine.Indexing;

/// <summary>
/// Collects the packs that a run finishes: tells which blobs the run has stored already, and gives out the index objects that name them.
/// Safe for several threads. What is not given out when the run ends is gone with it: the catalog hears of packs at the commit, and
/// gives them to nobody who writes before a ledger entry stands.
/// </summary>
/// <param name="scratchFolder">
/// An existing folder. When memory holds enough blobs, all go into a file there that has no name any more: nothing of it outlives the
/// process.
/// </param>
/// <param name="mostInMemory">How many blobs memory holds; 32 bytes each at the most.</param>
/// <param name="mostBytes">The largest index object, in bytes of its text; one pack alone may exceed it.</param>
internal sealed class IndexWriter(string scratchFolder, int mostInMemory = 1 << 19, int mostBytes = 8 << 20) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<(IndexedPack Pack, int Bytes)> _waiting = new();
    private readonly HashSet<Id128> _blobs = [];
    private BlobSpill? _spill;
    private long _waitingBytes;

    /// <summary>Takes a pack that stands, or will before the index that names it is put.</summary>
    public void Add(IndexedPack pack)
    {
        lock (_gate)
        {
            foreach (var blob in pack.Members.SelectMany(static member => member.Blobs))
            {
                _blobs.Add(blob.Value);
            }

            var bytes = MostBytesOf(pack);
            _waiting.Enqueue((pack, bytes));
            _waitingBytes += bytes;
            if (_blobs.Count > mostInMemory)
            {
                Spill();
            }
        }
    }

    /// <summary>Whether this run has stored a blob.</summary>
    public bool Contains(BlobId blob)
    {
        lock (_gate)
        {
            return _blobs.Contains(blob.Value) || _spill?.Contains(blob) == true;
        }
    }

    /// <summary>Gives out the next index object.</summary>
    /// <param name="rest">Also one that is not full: the run is at its end, or wants to be resumed from here.</param>
    /// <param name="index">The packs in the order in which they came.</param>
    /// <returns>False if there is nothing to give out (yet).</returns>
    public bool TryCut(bool rest, out IndexRecord index)
    {
        lock (_gate)
        {
            var packs = new List<IndexedPack>();
            if (rest || _waitingBytes >= mostBytes)
            {
                for (long bytes = 16; _waiting.TryPeek(out var next) && (packs.Count == 0 || bytes + next.Bytes <= mostBytes);)
                {
                    packs.Add(_waiting.Dequeue().Pack);
                    bytes += next.Bytes;
                    _waitingBytes -= next.Bytes;
                }
            }

            index = new IndexRecord(packs);
            return packs.Count > 0;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _spill?.Dispose();
            _spill = null;
        }
    }

    /// <summary>An upper bound: ids, counts and their CBOR heads.</summary>
    private static int MostBytesOf(IndexedPack pack) => 48 + pack.Members.Sum(static member => 76 + (BlobId.Size * member.Blobs.Count));

    private void Spill()
    {
        _spill ??= new BlobSpill(scratchFolder);
        _spill.Add([.. _blobs]);
        _blobs.Clear();
    }
}
