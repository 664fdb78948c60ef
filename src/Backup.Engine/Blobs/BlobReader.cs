using System.Buffers;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Sealing;

namespace Backup.Engine.Blobs;

/// <summary>The places where a pack can be read, the best first.</summary>
internal delegate IEnumerable<IPackPlace> PackPlaces(Hash pack);

/// <summary>Reads a member from the local cache; null if it is not there.</summary>
internal delegate ReadMember? MemberCache(MemberPlace place);

/// <summary>Told when a place did not give what it must.</summary>
internal delegate void PlaceFailed(IPackPlace place, Hash pack, BackupException failure);

/// <summary>
/// Reads single blobs: pages, lists, small parts of files. Keeps the members and segments it opened last, as pages that belong together lie together.
/// For whole files the restore reads by pack. Used by one thread.
/// </summary>
internal sealed class BlobReader(Hash repository, Catalog catalog, MemberCache cache, PackPlaces places, PlaceFailed failed) : IDisposable
{
    private const int MostMembers = 256;
    private const long MostSegmentBytes = 24 << 20;

    private readonly SegmentCodec _codec = new();
    private readonly Dictionary<Hash, (MemberPlace Place, OpenMember Member)> _members = [];
    private readonly Dictionary<BlobId, Location> _locations = [];
    private readonly LinkedList<((Hash Member, int Segment) Key, byte[] Plain)> _recent = [];
    private readonly Dictionary<(Hash Member, int Segment), LinkedListNode<((Hash Member, int Segment) Key, byte[] Plain)>> _segments = [];
    private readonly PackWindows _windows = new();
    private long _segmentBytes;

    /// <summary>The bytes of a blob. They stay valid as long as the caller keeps them.</summary>
    /// <exception cref="DamagedException">No place has it whole.</exception>
    public ReadOnlyMemory<byte> Read(DomainRecord domain, BlobId id)
    {
        var isOpen = _locations.TryGetValue(id, out var location);
        var place = isOpen ? _members[location.Member].Place : PlaceOf(domain, id);
        try
        {
            return Bytes(isOpen ? location : Locate(domain, id, place));
        }
        catch (DamagedException)
        {
            if (ReadElsewhere(domain, id, place) is { } bytes)
            {
                return bytes;
            }

            throw;
        }
    }

    public void Dispose()
    {
        Forget();
        _codec.Dispose();
    }

    private MemberPlace PlaceOf(DomainRecord domain, BlobId id) => catalog.TryLocate(id, out var place)
        ? place
        : throw new DamagedException($"Blob {id} of domain {domain.Id} is in no pack that the index names.");

    /// <summary>A blob that was stored more than once is read from another of its packs; null if none has it whole.</summary>
    private ReadOnlyMemory<byte>? ReadElsewhere(DomainRecord domain, BlobId id, MemberPlace damaged)
    {
        foreach (var other in catalog.Places(id).Where(place => place.Pack != damaged.Pack))
        {
            try
            {
                Forget();
                return Bytes(Locate(domain, id, other));
            }
            catch (DamagedException)
            {
                // The first place is the one to be named.
            }
        }

        return null;
    }

    private ReadOnlyMemory<byte> Bytes(Location location) => Segment(location).AsMemory(location.Offset, location.Length);

    private Location Locate(DomainRecord domain, BlobId id, MemberPlace place)
    {
        if (_members.Count >= MostMembers)
        {
            Forget();
        }

        if (_members.ContainsKey(place.Member))
        {
            throw NotInMember(place, id);
        }

        var member = TryPlaces(place, at => OpenMember.Open(repository, domain, place.Length, at));
        _members.Add(place.Member, (place, member));
        for (var segment = 0; segment < member.Footer.Segments.Count; segment++)
        {
            var offset = 0;
            foreach (var blob in member.Footer.Segments[segment].Blobs)
            {
                _locations[blob.Id] = new Location(place.Member, segment, offset, blob.Length);
                offset += blob.Length;
            }
        }

        return _locations.TryGetValue(id, out var location) ? location : throw NotInMember(place, id);
    }

    private static DamagedException NotInMember(MemberPlace place, BlobId id) => new($"Member {place.Member} does not hold blob {id}, which the index names in it.");

    private byte[] Segment(Location location)
    {
        var key = (location.Member, location.Segment);
        if (_segments.TryGetValue(key, out var node))
        {
            _recent.Remove(node);
            _recent.AddFirst(node);
            return node.Value.Plain;
        }

        var (place, member) = _members[location.Member];
        var entry = member.Footer.Segments[location.Segment];
        var plain = new byte[entry.PlainLength];
        var scratch = ArrayPool<byte>.Shared.Rent(entry.FrameLength);
        try
        {
            TryPlaces(place, at =>
            {
                member.ReadSegment(location.Segment, at, _codec, scratch, plain);
                return true;
            });
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }

        Keep(key, plain);
        return plain;
    }

    private void Keep((Hash Member, int Segment) key, byte[] plain)
    {
        _segmentBytes += plain.Length;
        while (_segmentBytes > MostSegmentBytes && _recent.Last is { } oldest)
        {
            _segmentBytes -= oldest.Value.Plain.Length;
            _segments.Remove(oldest.Value.Key);
            _recent.RemoveLast();
        }

        _segments.Add(key, _recent.AddFirst((key, plain)));
    }

    private T TryPlaces<T>(MemberPlace member, Func<ReadMember, T> action)
    {
        if (TryCache(member, action, out var cached))
        {
            return cached;
        }

        if (_windows.Find(member) is { } known)
        {
            try
            {
                return action(PackWindows.In(known));
            }
            catch (DamagedException)
            {
                _windows.Forget(member.Pack); // it is read again, so that the place answers for it
            }
        }

        BackupException? last = null;
        foreach (var place in places(member.Pack))
        {
            try
            {
                return action(member.Length > PackWindows.MostAtOnce ? (offset, destination) => place.Read(member.Offset + offset, destination) : PackWindows.In(Window(place, member)));
            }
            catch (BackupException failure) when (failure is DamagedException or Stores.StoreException)
            {
                _windows.Forget(member.Pack);
                failed(place, member.Pack, failure);
                last = failure;
            }
        }

        throw new DamagedException($"Pack {member.Pack} cannot be read at any site that was asked.", last);
    }

    /// <summary>A small member, read with what follows it; alone, if that cannot be read: what is missing behind it is not its fault.</summary>
    private ReadOnlyMemory<byte> Window(IPackPlace place, MemberPlace member)
    {
        var bytes = new byte[_windows.LengthFor(member, catalog.Find(member.Pack)?.Object.Length ?? 0)];
        try
        {
            place.Read(member.Offset, bytes.AsMemory());
        }
        catch (BackupException failure) when (bytes.Length > member.Length && failure is DamagedException or Stores.StoreException)
        {
            bytes = new byte[member.Length];
            place.Read(member.Offset, bytes.AsMemory());
        }

        _windows.Add(member.Pack, member.Offset, bytes);
        return bytes.AsMemory(0, member.Length);
    }

    /// <summary>The cache is never trusted: what does not open there is read from a site.</summary>
    private bool TryCache<T>(MemberPlace member, Func<ReadMember, T> action, out T result)
    {
        result = default!;
        if (cache(member) is not { } read)
        {
            return false;
        }

        try
        {
            result = action(read);
            return true;
        }
        catch (DamagedException)
        {
            return false;
        }
    }

    private void Forget()
    {
        foreach (var (_, member) in _members.Values)
        {
            member.Dispose();
        }

        _members.Clear();
        _locations.Clear();
        _segments.Clear();
        _recent.Clear();
        _segmentBytes = 0;
    }

    private readonly record struct Location(Hash Member, int Segment, int Offset, int Length);
}
