using System.Buffers;
using Backup.Engine.Format;
using Backup.Engine.Packing;

namespace Backup.Engine.Blobs;

/// <summary>
/// A segment that is being filled. The buffer grows with what comes: a person with one small file must not cost a megabyte. Where one segment was full the
/// next will be, and begins at that size.
/// </summary>
internal sealed class OpenSegment(OpenDomain domain)
{
    private const int FirstBuffer = 4 << 10;

    private int _firstBuffer = FirstBuffer;
    private byte[]? _buffer;
    private List<BlobEntry> _blobs = [];
    private MemberContent _content;
    private int _length;

    public int Length => _length;

    public void Append(BlobKind kind, BlobId id, ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
        _blobs.Add(new BlobEntry(kind, id, bytes.Length));
        _content |= kind == BlobKind.Content ? MemberContent.Files : MemberContent.Trees;
    }

    /// <summary>Hands the segment over and starts an empty one; null if there is nothing in it.</summary>
    public SegmentJob? Take()
    {
        if (_blobs.Count == 0)
        {
            return null;
        }

        var job = new SegmentJob(domain.Record, _content, _buffer!, _length, _blobs);
        _firstBuffer = SegmentJob.Target;
        _buffer = null;
        _blobs = [];
        _content = MemberContent.None;
        _length = 0;
        return job;
    }

    private void Reserve(int more)
    {
        var needed = _length + more;
        if (_buffer is not null && needed <= _buffer.Length)
        {
            return;
        }

        var grown = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _buffer is null ? _firstBuffer : 2 * _buffer.Length));
        if (_buffer is not null)
        {
            _buffer.AsSpan(0, _length).CopyTo(grown);
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = grown;
    }
}
