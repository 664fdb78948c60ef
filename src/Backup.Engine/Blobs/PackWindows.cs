using Backup.Engine.Format;
using Backup.Engine.Indexing;

namespace Backup.Engine.Blobs;

/// <summary>
/// What was read last of packs. Small members are read with what follows them, the more the longer they are asked for in the order in which they were
/// written: for a member alone it would be a request for each of its parts. For one thread.
/// </summary>
internal sealed class PackWindows
{
    /// <summary>A member up to this length is small.</summary>
    public const int MostAtOnce = 64 << 10;

    private const int Shortest = 16 << 10;
    private const int Longest = 256 << 10;
    private const int Growth = 4;
    private const long MostBytes = 4 << 20;

    private readonly LinkedList<Window> _recent = [];
    private readonly Dictionary<Hash, LinkedListNode<Window>> _ofPack = [];
    private long _bytes;

    /// <summary>Reads a member that is in memory.</summary>
    public static ReadMember In(ReadOnlyMemory<byte> member) =>
        (offset, destination) => member.Span.Slice(offset, destination.Length).CopyTo(destination);

    /// <summary>The bytes of a member, if they are here.</summary>
    public ReadOnlyMemory<byte>? Find(MemberPlace place)
    {
        if (!_ofPack.TryGetValue(place.Pack, out var node) || !node.Value.Holds(place))
        {
            return null;
        }

        _recent.Remove(node);
        _recent.AddFirst(node);
        return node.Value.Bytes.AsMemory(place.Offset - node.Value.Start, place.Length);
    }

    /// <summary>How many bytes from the begin of a member on are worth reading.</summary>
    /// <param name="place">The member.</param>
    /// <param name="packLength">Bytes of its pack; 0: not known.</param>
    public int LengthFor(MemberPlace place, long packLength)
    {
        var last = _ofPack.TryGetValue(place.Pack, out var node) ? node.Value : default;
        var wanted = last.Bytes is not null && place.Offset >= last.Start && place.Offset - last.End <= last.Bytes.Length ? last.Bytes.Length * Growth : Shortest;
        return (int)Math.Max(place.Length, Math.Min(Math.Min(wanted, Longest), packLength - place.Offset));
    }

    /// <summary>Takes up what was read.</summary>
    public void Add(Hash pack, int start, byte[] bytes)
    {
        Forget(pack);
        _ofPack[pack] = _recent.AddFirst(new Window(pack, start, bytes));
        _bytes += bytes.Length;
        while (_bytes > MostBytes && _recent.Count > 1)
        {
            Forget(_recent.Last!.Value.Pack);
        }
    }

    /// <summary>Lets go what is here of a pack.</summary>
    public void Forget(Hash pack)
    {
        if (_ofPack.Remove(pack, out var node))
        {
            _recent.Remove(node);
            _bytes -= node.Value.Bytes.Length;
        }
    }

    private readonly record struct Window(Hash Pack, int Start, byte[] Bytes)
    {
        public int End => Start + Bytes.Length;

        public bool Holds(MemberPlace place) => place.Offset >= Start && place.Offset + place.Length <= End;
    }
}
