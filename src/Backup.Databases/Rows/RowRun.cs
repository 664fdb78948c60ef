using System.Buffers.Binary;
using System.Security.Cryptography;
using Backup.Engine.Posix;

namespace Backup.Databases.Rows;

/// <summary>
/// Rows by part, in a scratch file that only this process can read: sealed in blocks under a key that lives in memory only. Written once from start to end,
/// then read at any place.
/// </summary>
internal sealed class RowRun : IDisposable
{
    private const int BlockSize = 64 << 10;
    private const int TagSize = 16;

    private readonly ScratchFile _file;
    private readonly AesGcm _cipher;
    private readonly List<RowPart> _parts = [];
    private readonly List<long> _starts = [];
    private readonly byte[] _block = new byte[BlockSize];
    private readonly byte[] _sealed = new byte[BlockSize + TagSize];
    private int _filled;
    private long _shown = -1;

    public RowRun(string folder)
    {
        _file = new ScratchFile(folder);
        var key = RandomNumberGenerator.GetBytes(32);
        _cipher = new AesGcm(key, TagSize);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Bytes of rows.</summary>
    public long Length { get; private set; }

    /// <summary>In the order of their places.</summary>
    public IReadOnlyList<RowPart> Parts => _parts;

    /// <summary>Begins the rows of the next part.</summary>
    public void Begin(RowPart part)
    {
        _parts.Add(part);
        _starts.Add(Length);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Length += bytes.Length;
        while (!bytes.IsEmpty)
        {
            var taken = Math.Min(bytes.Length, BlockSize - _filled);
            bytes[..taken].CopyTo(_block.AsSpan(_filled));
            bytes = bytes[taken..];
            _filled += taken;
            if (_filled == BlockSize)
            {
                SealBlock();
            }
        }
    }

    /// <summary>Nothing is appended any more: it can be read.</summary>
    public void Complete()
    {
        _parts.TrimExcess();
        _starts.TrimExcess();
        if (_filled > 0)
        {
            SealBlock();
        }
    }

    /// <summary>Where the rows of a part lie; of length 0 if there are none. Only when parts are ranked.</summary>
    public (long Start, long Length) Find(RowPart part)
    {
        var (low, high) = (0, _parts.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = part.Rank.CompareTo(_parts[middle].Rank);
            if (order == 0)
            {
                return (_starts[middle], EndOf(middle) - _starts[middle]);
            }

            (low, high) = order < 0 ? (low, middle - 1) : (middle + 1, high);
        }

        return default;
    }

    /// <summary>Where the part with a number lies.</summary>
    public (long Start, long Length) At(int number) => (_starts[number], EndOf(number) - _starts[number]);

    /// <summary>Reads bytes at a place. One thread at a time.</summary>
    public void Read(long at, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Show(at / BlockSize);
            var start = (int)(at % BlockSize);
            var taken = Math.Min(bytes.Length, BlockSize - start);
            _block.AsSpan(start, taken).CopyTo(bytes);
            bytes = bytes[taken..];
            at += taken;
        }
    }

    public void Dispose()
    {
        _cipher.Dispose();
        _file.Dispose();
        CryptographicOperations.ZeroMemory(_block);
    }

    private long EndOf(int number) => number + 1 < _starts.Count ? _starts[number + 1] : Length;

    private void SealBlock()
    {
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce[4..], _file.Length / _sealed.Length);
        _cipher.Encrypt(nonce, _block, _sealed.AsSpan(0, BlockSize), _sealed.AsSpan(BlockSize));
        _file.Append(_sealed);
        _filled = 0;
    }

    private void Show(long block)
    {
        if (block == _shown)
        {
            return;
        }

        _file.Read(block * _sealed.Length, _sealed);
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce[4..], block);
        _cipher.Decrypt(nonce, _sealed.AsSpan(0, BlockSize), _sealed.AsSpan(BlockSize), _block);
        _shown = block;
    }
}
