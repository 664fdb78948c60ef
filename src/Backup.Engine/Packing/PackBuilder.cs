using System.Buffers.Binary;
using Backup.Engine.Format;
using Backup.Engine.Sealing;

namespace Backup.Engine.Packing;

/// <summary>
/// Fills one pack after the other: compresses a segment, seals it into the open member, and reads it back before it counts. Used by one thread.
/// Layout: FORMAT.md, section 7. A member is open as long as segments of the same domain and content follow each other.
/// </summary>
internal sealed class PackBuilder(Sealer sealer, ReadOnlyMemory<byte> tableKey, PackBuffers pool) : IDisposable
{
    private const int TrailerSize = sizeof(uint);

    private readonly SegmentCodec _codec = new();
    private readonly byte[] _compressed = new byte[SegmentCodec.Bound(Limits.Segment)];
    private readonly byte[] _check = new byte[Limits.Segment];
    private readonly List<IndexedMember> _members = [];
    private readonly List<SegmentEntry> _segments = [];
    private byte[]? _buffer;
    private int _length;
    private int _memberStart;
    private MemberSealer? _member;
    private DomainRecord? _domain;
    private MemberContent _content;
    private int _tableEstimate;

    /// <summary>Seals a segment into the pack.</summary>
    /// <returns>True when the pack is full: <see cref="Finish"/> it before the next segment.</returns>
    /// <exception cref="DamagedException">What was sealed does not open to what was given: this machine or its compressor is faulty, nothing of it was put.</exception>
    public bool Append(SegmentJob job, CancellationToken cancellation)
    {
        OpenMember(job, cancellation);
        var (method, stored) = _codec.Compress(job.Plain, _compressed);
        var plain = method == CompressionMethod.Stored ? job.Plain : _compressed.AsSpan(0, stored);
        var frame = _member!.SealSegment(plain, _buffer.AsSpan(_length));
        Check(job, method, frame);
        _segments.Add(new SegmentEntry(frame, method, job.Length, job.Blobs));
        _length += frame;
        if (job.Domain.Subject is not null)
        {
            _content |= job.Content;
        }

        return _length + _tableEstimate >= PackBuffers.Target;
    }

    /// <summary>Closes the pack; null if nothing was appended.</summary>
    public SealedPack? Finish()
    {
        if (_buffer is null)
        {
            return null;
        }

        CloseMember();
        var table = new MemberTable([.. _members.Select(static member => member.Member)], []).Encode();
        var unpadded = _length + Sealer.Overhead + sizeof(uint) + table.Length + TrailerSize;
        var padding = (int)(Padme.Length(unpadded) - unpadded);
        var sealedTable = sealer.Seal(ObjectType.MemberTable, tableKey.Span, table, padding);
        sealedTable.CopyTo(_buffer.AsSpan(_length));
        _length += sealedTable.Length;
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.AsSpan(_length), (uint)sealedTable.Length);
        _length += TrailerSize;

        var index = new IndexedPack(Hash.Of(_buffer.AsSpan(0, _length)), _length, [.. _members]);
        var pack = new SealedPack(pool, _buffer, index);
        _buffer = null;
        _members.Clear();
        _tableEstimate = 0;
        return pack;
    }

    public void Dispose()
    {
        _member?.Dispose();
        _codec.Dispose();
        if (_buffer is not null)
        {
            pool.Return(_buffer);
            _buffer = null;
        }
    }

    private void OpenMember(SegmentJob job, CancellationToken cancellation)
    {
        if (_buffer is null)
        {
            _buffer = pool.Rent(cancellation);
            MemberTable.Magic.CopyTo(_buffer);
            _length = MemberTable.FirstOffset;
        }

        if (_member is not null && (_domain != job.Domain || (job.Domain.Subject is null && _content != job.Content)))
        {
            CloseMember();
        }

        if (_member is null)
        {
            _domain = job.Domain;
            _content = job.Content;
            _memberStart = _length;
            _member = new MemberSealer(sealer.Repository, job.Domain.Id, job.Domain.DataKey.Span);
            _member.WriteHeader(_buffer.AsSpan(_length));
            _length += MemberSealer.HeaderSize;
        }
    }

    private void CloseMember()
    {
        if (_member is null)
        {
            return;
        }

        var footer = new MemberFooter([.. _segments]);
        _length += _member.SealFooter(footer, padded: _domain!.Subject is not null, _buffer.AsSpan(_length));
        var bytes = _buffer.AsSpan(_memberStart, _length - _memberStart);
        var entry = new MemberEntry(Hash.Of(bytes), _domain.Id, _memberStart, bytes.Length, _content);
        _members.Add(new IndexedMember(entry, [.. _segments.SelectMany(static segment => segment.Blobs).Select(static blob => blob.Id)]));
        _tableEstimate += MemberTable.BytesPerMember;
        _segments.Clear();
        _member.Dispose();
        _member = null;
    }

    private void Check(SegmentJob job, CompressionMethod method, int frame)
    {
        var opened = _compressed.AsSpan(0, frame - MemberFooter.TagSize);
        _member!.OpenLast(_buffer.AsSpan(_length, frame), opened);
        var plain = opened;
        if (method != CompressionMethod.Stored)
        {
            plain = _check.AsSpan(0, job.Length);
            _codec.Decompress(opened, plain);
        }

        if (!plain.SequenceEqual(job.Plain))
        {
            throw new DamagedException("a segment did not read back as it was sealed: this machine's memory, processor or compressor is faulty; nothing of it was stored");
        }
    }
}
