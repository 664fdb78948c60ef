using System.Buffers.Binary;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Sealing;

namespace Backup.Engine.Blobs;

/// <summary>
/// Opens every member of packs that lie in memory, decompresses every segment and computes every blob id again. What it needs is in the pack and in the
/// index, so nothing is looked up. Used by one thread.
/// </summary>
/// <param name="sealer">Of the repository.</param>
/// <param name="keyring">Has the keys of the domains.</param>
/// <param name="erased">Whether a domain was erased: its members open with no key and are left out.</param>
internal sealed class PackCheck(Sealer sealer, Keyring keyring, Predicate<DomainId> erased) : IDisposable
{
    private const int TrailerSize = sizeof(uint);

    /// <summary>Domains that stay open: in the packs of one run the same few come again and again.</summary>
    private const int MostDomains = 64;

    private readonly SegmentCodec _codec = new();
    private readonly byte[] _plain = GC.AllocateUninitializedArray<byte>(Limits.Segment);
    private readonly Dictionary<DomainId, OpenDomain> _domains = [];

    /// <summary>Checks a pack.</summary>
    /// <param name="pack">All its bytes, already compared with its name. Decrypted where they lie: nothing of them is left.</param>
    /// <param name="index">What the index says of it; null if none names it.</param>
    /// <exception cref="DamagedException">It does not hold what it must.</exception>
    public void Check(Span<byte> pack, IndexedPack? index)
    {
        var (table, end) = OpenTable(pack);
        if (index is not null && !index.Members.Select(static item => item.Member).SequenceEqual(table.Members))
        {
            throw new DamagedException("Its member table is not what the index says.");
        }

        for (var i = 0; i < table.Members.Count; i++)
        {
            var member = table.Members[i];
            if (member.Offset + member.Length > end)
            {
                throw new DamagedException("A member exceeds its pack.");
            }

            if (Domain(member.Domain) is { } domain)
            {
                CheckMember(domain, member, pack.Slice(member.Offset, member.Length), index?.Members[i].Blobs);
            }
        }
    }

    /// <summary>What an index would say of a pack. Members of erased domains open with no key: their blobs are left out.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="pack">All its bytes, already compared with its name.</param>
    /// <exception cref="DamagedException">It does not hold what it must.</exception>
    public IndexedPack Describe(Hash id, ReadOnlySpan<byte> pack)
    {
        var members = new List<IndexedMember>();
        foreach (var entry in OpenTable(pack).Table.Members)
        {
            var blobs = Domain(entry.Domain) is { } domain ? BlobsOf(domain, pack.Slice(entry.Offset, entry.Length)) : [];
            members.Add(new IndexedMember(entry, blobs));
        }

        return new IndexedPack(id, pack.Length, members);
    }

    /// <summary>Whose members a pack holds, by its table.</summary>
    /// <exception cref="DamagedException">It is no pack of this repository.</exception>
    public IReadOnlyList<DomainId> DomainsIn(ReadOnlySpan<byte> pack) => [.. OpenTable(pack).Table.Members.Select(static member => member.Domain).Distinct()];

    public void Dispose()
    {
        Close();
        _codec.Dispose();
    }

    private (MemberTable Table, int End) OpenTable(ReadOnlySpan<byte> pack)
    {
        var least = MemberTable.FirstOffset + Sealer.Overhead + TrailerSize;
        if (pack.Length < least || !pack[..MemberTable.FirstOffset].SequenceEqual(MemberTable.Magic))
        {
            throw new DamagedException("It is no pack.");
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(pack[^TrailerSize..]);
        if (length < Sealer.Overhead || length > pack.Length - MemberTable.FirstOffset - TrailerSize)
        {
            throw new DamagedException("Its end does not say where its member table is.");
        }

        var end = pack.Length - TrailerSize - (int)length;
        try
        {
            return (MemberTable.Decode(sealer.Open(ObjectType.MemberTable, keyring.Keys.For(ObjectType.MemberTable), pack.Slice(end, (int)length))), end);
        }
        catch (WrongKeyException failure)
        {
            throw new DamagedException("Its member table does not open.", failure);
        }
    }

    private OpenDomain? Domain(DomainId id)
    {
        if (_domains.TryGetValue(id, out var known))
        {
            return known;
        }

        if (erased(id))
        {
            return null;
        }

        if (_domains.Count >= MostDomains)
        {
            Close();
        }

        var record = keyring.Find(id) ?? throw new DamagedException($"The keyring has no key for domain {id}, and the ledger does not say that it was erased.");
        return _domains[id] = new OpenDomain(record);
    }

    private void CheckMember(OpenDomain domain, in MemberEntry entry, Span<byte> member, IReadOnlyList<BlobId>? indexed)
    {
        if (member.Length < MemberSealer.HeaderSize + MemberOpener.TrailerSize || Hash.Of(member) != entry.Id)
        {
            throw new DamagedException($"Member {entry.Id} is not what its id says.");
        }

        using var opener = new MemberOpener(sealer.RepositoryId, domain.Record, member);
        var segments = OpenFooter(opener, member).Segments;
        var offset = MemberSealer.HeaderSize;
        var (blobs, content) = (0, MemberContent.None);
        for (var i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            var frame = member.Slice(offset, segment.FrameLength);
            opener.OpenSegment(i, offset, frame, frame[..^MemberSealer.FrameOverhead]);
            CheckSegment(domain, segment, frame[..^MemberSealer.FrameOverhead], indexed, ref blobs);
            content |= ContentOf(segment);
            offset += segment.FrameLength;
        }

        if (content != entry.Content || (indexed is not null && indexed.Count != blobs))
        {
            throw new DamagedException($"Member {entry.Id} does not hold what the index says.");
        }
    }

    private BlobId[] BlobsOf(OpenDomain domain, ReadOnlySpan<byte> member)
    {
        using var opener = new MemberOpener(sealer.RepositoryId, domain.Record, member);
        return [.. OpenFooter(opener, member).Segments.SelectMany(static segment => segment.Blobs).Select(static blob => blob.Id)];
    }

    private static MemberFooter OpenFooter(MemberOpener opener, ReadOnlySpan<byte> member)
    {
        var (offset, length) = MemberOpener.LocateFooter(member.Length, member[^MemberOpener.TrailerSize..]);
        return opener.OpenFooter(offset, member.Slice(offset, length));
    }

    private void CheckSegment(OpenDomain domain, SegmentEntry segment, ReadOnlySpan<byte> stored, IReadOnlyList<BlobId>? indexed, ref int blobs)
    {
        var plain = stored;
        if (segment.Method is not CompressionMethod.Stored)
        {
            _codec.Decompress(segment.Method, stored, _plain.AsSpan(0, segment.PlainLength));
            plain = _plain.AsSpan(0, segment.PlainLength);
        }

        for (var i = 0; i < segment.Blobs.Count; i++)
        {
            var blob = segment.Blobs[i];
            if (domain.IdOf(blob.Kind, plain[..blob.Length]) != blob.Id)
            {
                throw new DamagedException($"Blob {blob.Id} of domain {domain.Record.Id} is not what its id says.");
            }

            if (indexed is not null && (blobs >= indexed.Count || indexed[blobs] != blob.Id))
            {
                throw new DamagedException($"Blob {blob.Id} of domain {domain.Record.Id} is not where the index says.");
            }

            blobs++;
            plain = plain[blob.Length..];
        }
    }

    private static MemberContent ContentOf(SegmentEntry segment)
    {
        var content = MemberContent.None;
        for (var i = 0; i < segment.Blobs.Count; i++)
        {
            content |= segment.Blobs[i].Kind == BlobKind.Content ? MemberContent.Files : MemberContent.Trees;
        }

        return content;
    }

    private void Close()
    {
        foreach (var domain in _domains.Values)
        {
            domain.Dispose();
        }

        _domains.Clear();
    }
}
