namespace Backup.Engine.Records;

/// <param name="Largest">The most bytes of a record.</param>
/// <param name="Buffer">How much is held at first.</param>
internal sealed record RecordSizes(int Largest = 64 << 20, int Buffer = 128 << 10);

/// <summary>Reads the pieces of a stream one by one. Holds one record and what was read behind it.</summary>
/// <param name="stream">The file.</param>
/// <param name="file">For messages.</param>
/// <param name="sizes">Of its buffer.</param>
internal sealed class RecordReader(Stream stream, string file, RecordSizes sizes)
{
    /// <summary>A cutter looks behind a record to see its end.</summary>
    private const int Ahead = 16;

    private byte[] _buffer = new byte[Math.Min(sizes.Buffer, sizes.Largest + Ahead)];
    private int _from;
    private int _to;
    private bool _last;

    /// <summary>Where the next piece begins in the file.</summary>
    private long _offset;

    /// <summary>The first bytes; fewer if the file is shorter. Before the first piece.</summary>
    public ReadOnlySpan<byte> Head(int length)
    {
        Fill();
        return _buffer.AsSpan(0, Math.Min(length, _to));
    }

    /// <summary>The next piece; its bytes are good until the next call. False: the file is at its end.</summary>
    /// <exception cref="BackupException">The file cannot be cut.</exception>
    public bool TryNext(RecordCutter cutter, out PieceKind kind, out ReadOnlyMemory<byte> bytes)
    {
        while (true)
        {
            var rest = _buffer.AsSpan(_from, _to - _from);
            var piece = rest.IsEmpty ? Piece.Incomplete : cutter.Next(rest, _last);
            if (piece.Problem is { } problem)
            {
                throw new BackupException(
                    FailureKind.Failed,
                    $"{file} cannot be cut into records: {problem} (at byte {_offset}).",
                    "Nothing was changed. Name the format that the file has, or repair the file.");
            }

            if (piece.Length > sizes.Largest || (piece.Length == 0 && rest.Length == sizes.Largest + Ahead))
            {
                throw new BackupException(
                    FailureKind.Failed,
                    $"{file} holds a record of more than {sizes.Largest >> 20} MiB (at byte {_offset}).",
                    "Nothing was changed. Name the format that the file has; a file that is one person's is erased as a whole.");
            }

            if (piece.Length > 0)
            {
                (kind, bytes) = (piece.Kind, _buffer.AsMemory(_from, piece.Length));
                _from += piece.Length;
                _offset += piece.Length;
                return true;
            }

            if (_last)
            {
                (kind, bytes) = (default, default);
                return false;
            }

            Fill();
        }
    }

    /// <summary>Moves what is left to the front, in a larger buffer if it fills half of this one, and reads until the buffer is full.</summary>
    private void Fill()
    {
        var left = _to - _from;
        var target = left > _buffer.Length / 2 ? new byte[Math.Min(2L * _buffer.Length, sizes.Largest + Ahead)] : _buffer;
        _buffer.AsSpan(_from, left).CopyTo(target);
        (_buffer, _from) = (target, 0);
        _to = left + stream.ReadAtLeast(_buffer.AsSpan(left), _buffer.Length - left, throwOnEndOfStream: false);
        _last = _to < _buffer.Length;
    }
}
