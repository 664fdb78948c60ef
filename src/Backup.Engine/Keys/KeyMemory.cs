using System.Security.Cryptography;

namespace Backup.Engine.Keys;

/// <summary>
/// Pinned memory for many small keys, wiped as a whole. One pinned array for each of 300,000 keys would cost more than the keys do.
/// </summary>
internal sealed class KeyMemory : IDisposable
{
    private const int BlockSize = 64 << 10;

    private readonly List<byte[]> _blocks = [];
    private Memory<byte> _free;

    /// <summary>Random bytes.</summary>
    public ReadOnlyMemory<byte> Draw(int length)
    {
        var place = Take(length);
        RandomNumberGenerator.Fill(place.Span);
        return place;
    }

    public ReadOnlyMemory<byte> CopyOf(ReadOnlySpan<byte> bytes)
    {
        var place = Take(bytes.Length);
        bytes.CopyTo(place.Span);
        return place;
    }

    /// <summary>Takes over an array that is pinned already.</summary>
    public ReadOnlyMemory<byte> Adopt(byte[] pinned)
    {
        _blocks.Add(pinned);
        return pinned;
    }

    public void Dispose()
    {
        foreach (var block in _blocks)
        {
            CryptographicOperations.ZeroMemory(block);
        }
    }

    private Memory<byte> Take(int length)
    {
        if (_free.Length < length)
        {
            var block = GC.AllocateArray<byte>(Math.Max(BlockSize, length), pinned: true);
            _blocks.Add(block);
            _free = block;
        }

        var place = _free[..length];
        _free = _free[length..];
        return place;
    }
}
