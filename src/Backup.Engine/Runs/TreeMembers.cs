using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;

namespace Backup.Engine.Runs;

/// <summary>
/// Reads members with pages from the tree cache. A large member is kept by itself; many small ones of persons are kept with their whole pack, as a file for
/// each would cost more than the pages.
/// </summary>
internal sealed class TreeMembers
{
    /// <summary>A pack with more members than this is kept whole.</summary>
    public const int MostSingleMembers = 32;

    private const int MostPacks = 3;

    private readonly LinkedList<(Hash Pack, byte[]? Bytes)> _packs = [];

    /// <summary>The member's bytes; null if they are not in the cache.</summary>
    public ReadOnlyMemory<byte>? Read(TreeCache cache, MemberPlace place)
    {
        if (place.Content == MemberContent.Trees && cache.Read(place.Member) is { } member)
        {
            return member;
        }

        var pack = _packs.FirstOrDefault(item => item.Pack == place.Pack);
        if (pack == default)
        {
            pack = (place.Pack, cache.Read(place.Pack));
            _packs.AddFirst(pack);
            if (_packs.Count > MostPacks)
            {
                _packs.RemoveLast();
            }
        }

        // Not in one expression: its null would become an empty memory.
        if (pack.Bytes is null || place.Offset + place.Length > pack.Bytes.Length)
        {
            return null;
        }

        return pack.Bytes.AsMemory(place.Offset, place.Length);
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
