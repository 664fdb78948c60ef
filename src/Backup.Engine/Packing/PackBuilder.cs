using System.Buffers.Binary;
using Backup.Engine.Format;
using Backup.Engine.Sealing;

namespace Backup.Engine.Packing;

/// <summary>
/// Fills one pack after the other: compresses a segment, seals it into the open member, and reads it back before it counts. Used by one thread.
/// A member is open as long as segments of the same domain and content follow each other. Layout: FORMAT.md, section 7.
/// </summary>
/// <param name="sealer">Of the repository.</param>
/// <param name="tableKey">Seals member tables.</param>
/// <param name="pool">Where the buffers of packs come from.</param>
internal sealed class PackBuilder(Sealer sealer, ReadOnlyMemory<byte> tableKey, PackBuffers pool) : IDisposable
{
    private const int TrailerSize = sizeof(uint);

    private readonly SegmentCodec _codec = new();
    private byte[] _opened = [];
    private byte[] _plain = [];
    private readonly List<IndexedMember> _members = [];
    private readonly List<SegmentEntry> _segments = [];
    private byte[]? _buffer;
    private int _length;
    private int _memberStart;
    private MemberSealer? _member;
    private DomainRecord? _domain;
    private MemberContent _content;

    /// <summary>Seals a segment into the pack.</summary>
    /// <returns>True when the pack is full: <see cref="Finish"/> it before the next segment.</returns>
    /// <exception cref="DamagedException">What was sealed does not open to what was given: this machine or its compressor is faulty. Nothing of it was put.</exception>
    public bool Append(SegmentJob job, CancellationToken cancellation)
    {
        OpenMember(job, cancellation);
        var destination = _buffer.AsSpan(_length);
        var (method, stored) = _codec.Compress(job.Plain, destination);
        var frame = _member!.SealSegment(destination[..stored], destination);
        Check(job, method, destination[..frame]);
        _segments.Add(new SegmentEntry(frame, method, job.Length, job.Blobs));
        _content |= job.Content;
        _length += frame;

        // The member table comes behind the members: some 60 bytes for each.
        return _length + (64 * _members.Count) >= PackBuffers.Target;
    }

    /// <summary>Whether a member of this length goes into the pack that is open; if not, <see cref="Finish"/> it first.</summary>
    public bool HasRoom(int length) => _buffer is null || _length + length <= PackBuffers.Target;

    /// <summary>Takes up a member of another pack as it is: it says itself what it is, wherever it stands.</summary>
    /// <param name="member">Its line in the index of the other pack.</param>
    /// <param name="bytes">Compared with its id.</param>
    /// <param name="cancellation">Ends the wait for a buffer.</param>
    /// <returns>True when the pack is full.</returns>
    public bool Append(IndexedMember member, ReadOnlySpan<byte> bytes, CancellationToken cancellation)
    {
        CloseMember();
        OpenPack(cancellation);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _members.Add(member with { Member = member.Member with { Offset = _length } });
        _length += bytes.Length;
        return _length + (64 * _members.Count) >= PackBuffers.Target;
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
        var sealedTable = sealer.Seal(ObjectType.MemberTable, tableKey.Span, table, around: _length + TrailerSize);
        sealedTable.CopyTo(_buffer.AsSpan(_length));
        _length += sealedTable.Length;
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_length), sealedTable.Length);
        _length += TrailerSize;

        var index = new IndexedPack(Hash.Of(_buffer.AsSpan(0, _length)), _length, [.. _members]);
        var pack = new SealedPack(pool, _buffer, index);
        _buffer = null;
        _members.Clear();
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

    private void OpenPack(CancellationToken cancellation)
    {
        if (_buffer is null)
        {
            _buffer = pool.Rent(cancellation);
            MemberTable.Magic.CopyTo(_buffer);
            _length = MemberTable.FirstOffset;
        }
    }

    private void OpenMember(SegmentJob job, CancellationToken cancellation)
    {
        OpenPack(cancellation);

        // In a person's domain pages and content share a member; elsewhere each has its own.
        if (_member is not null && (_domain!.Id != job.Domain.Id || (_domain.Subject is null && _content != job.Content)))
        {
            CloseMember();
        }

        if (_member is null)
        {
            _domain = job.Domain;
            _content = MemberContent.None;
            _memberStart = _length;
            _member = new MemberSealer(sealer.RepositoryId, job.Domain, _buffer.AsSpan(_length));
            _length += MemberSealer.HeaderSize;
        }
    }

    private void CloseMember()
    {
        if (_member is null)
        {
            return;
        }

        var end = _member.Finish(new MemberFooter([.. _segments]));
        end.CopyTo(_buffer.AsSpan(_length));
        _length += end.Length;
        var bytes = _buffer.AsSpan(_memberStart, _length - _memberStart);
        var entry = new MemberEntry(Hash.Of(bytes), _domain!.Id, _memberStart, bytes.Length, _content);
        _members.Add(new IndexedMember(entry, [.. _segments.SelectMany(static segment => segment.Blobs).Select(static blob => blob.Id)]));
        _segments.Clear();
        _member.Dispose();
        _member = null;
    }

    /// <summary>Opens what was sealed and compares it: a faulty compressor or memory must not be noticed only at a restore.</summary>
    private void Check(SegmentJob job, CompressionMethod method, ReadOnlySpan<byte> frame)
    {
        var opened = Room(ref _opened, frame.Length - MemberSealer.FrameOverhead);
        _member!.OpenLast(frame, opened);
        var plain = Room(ref _plain, job.Length);
        _codec.Decompress(method, opened, plain);
        if (!plain.SequenceEqual(job.Plain))
        {
            throw new DamagedException("A segment did not read back as it was sealed: memory, processor or compressor of this machine are faulty. Nothing of it was stored.");
        }
    }

    /// <summary>Few segments are larger than the target: room for the largest is made when it comes.</summary>
    private static Span<byte> Room(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
        {
            buffer = GC.AllocateUninitializedArray<byte>(Math.Max(length, SegmentJob.Target));
        }

        return buffer.AsSpan(0, length);
    }
}
