using Backup.Engine.Format;

namespace Backup.Engine.Indexing;

/// <summary>
/// The blobs that snapshots reach: 8 bytes each, in one array. Ids are outputs of HMAC, so 63 of their bits tell them apart; two that are equal in these
/// (at ten million blobs a chance of 1 in 200,000) let one live that nobody needs. Used by one thread.
/// </summary>
internal sealed class ReachSet
{
    private const double MostFull = 0.75;
    private const int LeastSlots = 1 << 12;

    /// <summary>0: empty. The lowest bit: it was found in a pack that lives.</summary>
    private ulong[] _slots;

    /// <param name="expected">About how many there will be: who says so in advance saves the copying.</param>
    public ReachSet(long expected = 0) => _slots = new ulong[Math.Max(LeastSlots, (long)(expected / MostFull) + 1)];

    /// <summary>How many were added, each counted once.</summary>
    public long Count { get; private set; }

    /// <summary>How many of them <see cref="Find"/> has met.</summary>
    public long Found { get; private set; }

    public void Add(BlobId blob)
    {
        if (Count >= _slots.Length * MostFull)
        {
            Grow();
        }

        var key = KeyOf(blob);
        var slot = SlotOf(key);
        if (_slots[slot] == 0)
        {
            _slots[slot] = key;
            Count++;
        }
    }

    public bool Contains(BlobId blob) => _slots[SlotOf(KeyOf(blob))] != 0;

    /// <summary>Whether it is in the set, and was not found yet.</summary>
    public bool IsMissing(BlobId blob) => _slots[SlotOf(KeyOf(blob))] is not 0 and var value && (value & 1) == 0;

    /// <summary>Notes that a blob was found, if it is in the set.</summary>
    public void Find(BlobId blob)
    {
        ref var slot = ref _slots[SlotOf(KeyOf(blob))];
        if (slot != 0 && (slot & 1) == 0)
        {
            slot |= 1;
            Found++;
        }
    }

    /// <summary>Forgets what was found.</summary>
    public void Reset()
    {
        for (var i = 0; i < _slots.Length; i++)
        {
            _slots[i] &= ~1UL;
        }

        Found = 0;
    }

    private static ulong KeyOf(BlobId blob) => Math.Max(blob.Value.Low & ~1UL, 2);

    private long SlotOf(ulong key)
    {
        var slot = (long)Math.BigMul(key, (ulong)_slots.Length, out _);
        while (_slots[slot] != 0 && (_slots[slot] & ~1UL) != key)
        {
            slot = slot + 1 == _slots.Length ? 0 : slot + 1;
        }

        return slot;
    }

    private void Grow()
    {
        var former = _slots;
        _slots = new ulong[former.Length * 2L];
        foreach (var value in former)
        {
            if (value != 0)
            {
                _slots[SlotOf(value & ~1UL)] = value;
            }
        }
    }
}
