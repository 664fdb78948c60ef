using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;

namespace Backup.Engine.Runs;

/// <summary>
/// Reads members with pages from the tree cache. A large member is kept by itself; many small ones of persons are kept with their whole pack, as a file for
/// each would cost more than the pages. Safe for several threads.
/// </summary>
internal sealed class TreeMembers
{
    /// <summary>A pack with more members than this is kept whole.</summary>
    public const int MostSingleMembers = 32;

    private const int MostRecent = 3;

    private readonly LinkedList<(Hash Id, byte[] Bytes)> _recent = [];
    private readonly PackWindows _windows = new();

    /// <summary>Reads the member; null if it is not in the cache.</summary>
    public ReadMember? Find(TreeCache cache, MemberPlace place)
    {
        if (KnownWindow(place) is { } known)
        {
            return PackWindows.In(known);
        }

        if (place.Content == MemberContent.Trees && Read(cache, place.Member) is { } member)
        {
            return PackWindows.In(member);
        }

        if (place.Length <= PackWindows.MostAtOnce)
        {
            return NewWindow(cache, place) is { } bytes ? PackWindows.In(bytes) : null;
        }

        return !cache.TryRead(place.Pack, place.Offset, new byte[1]) ? null : (offset, destination) =>
        {
            if (!cache.TryRead(place.Pack, place.Offset + offset, destination))
            {
                throw new DamagedException($"Pack {place.Pack} is not whole in the cache.");
            }
        };
    }

    private ReadOnlyMemory<byte>? KnownWindow(MemberPlace place)
    {
        lock (_windows)
        {
            return _windows.Find(place);
        }
    }

    /// <summary>A small member, and what follows it in its pack: near the end of a pack that is less.</summary>
    private ReadOnlyMemory<byte>? NewWindow(TreeCache cache, MemberPlace place)
    {
        lock (_windows)
        {
            for (var length = _windows.LengthFor(place, Limits.Pack); ; length = Math.Max(length / 4, place.Length))
            {
                var bytes = new byte[length];
                if (cache.TryRead(place.Pack, place.Offset, bytes))
                {
                    _windows.Add(place.Pack, place.Offset, bytes);
                    return bytes.AsMemory(0, place.Length);
                }

                if (length == place.Length)
                {
                    return null;
                }
            }
        }
    }

    /// <summary>A file of the cache, from memory if it was one of the last: pages that belong together lie together.</summary>
    private byte[]? Read(TreeCache cache, Hash id)
    {
        lock (_recent)
        {
            if (_recent.FirstOrDefault(item => item.Id == id) is { Bytes: not null } known)
            {
                _recent.Remove(known);
                _recent.AddFirst(known);
                return known.Bytes;
            }

            var bytes = cache.Read(id);
            if (bytes is not null)
            {
                _recent.AddFirst((id, bytes));
                if (_recent.Count > MostRecent)
                {
                    _recent.RemoveLast();
                }
            }

            return bytes;
        }
    }

    /// <summary>What of a new pack is worth keeping.</summary>
    public static IReadOnlyCollection<(Hash Id, ReadOnlyMemory<byte> Content)> Select(IndexedPack pack, ReadOnlyMemory<byte> bytes)
    {
        var members = pack.Members.Select(static item => item.Member).Where(static member => member.Content.HasFlag(MemberContent.Trees)).ToList();
        return members.Count > MostSingleMembers || members.Exists(static member => member.Content != MemberContent.Trees)
            ? [(pack.Id, bytes)]
            : [.. members.Select(member => (member.Id, bytes.Slice(member.Offset, member.Length)))];
    }
}
