using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Backup.Engine.Posix;

namespace Backup.Engine.Chunking;

/// <summary>
/// Cuts content where the content says so, so that an insertion moves few cuts: FastCDC with normalized chunking, level 2, and a gear table
/// from a secret key, so that the lengths of chunks tell a stranger little about known files. Immutable: any number of threads may use one.
/// </summary>
/// <remarks>
/// Table: HKDF-Expand-SHA-256(key, "backup/1/gear", 2,048 bytes) read as 256 big-endian 64-bit numbers. Cut: the hash starts at 0 and skips
/// the first <see cref="ChunkSizes.Minimum"/> bytes; each next byte b makes it 2 × hash + table[b] (mod 2^64); the chunk ends after the
/// first byte where the top log2(average) + 2 bits are zero, or, from <see cref="ChunkSizes.Average"/> on, the top log2(average) − 2 bits,
/// or at <see cref="ChunkSizes.Maximum"/>. The top bits are used, for they depend on the last 43 bytes and more. Wen Xia et al.,
/// "FastCDC", USENIX ATC 2016.
/// </remarks>
public sealed class Chunker : IDisposable
{
    public const int KeySize = 32;

    private const int TableLength = 256;
    private readonly SecretBytes _table = new(TableLength * sizeof(ulong));
    private readonly ulong _rare;
    private readonly ulong _frequent;

    /// <param name="key">32 secret bytes of the domain. Copied into nothing but the table.</param>
    /// <param name="sizes">Usually <see cref="ChunkSizes.Files"/>.</param>
    public Chunker(ReadOnlySpan<byte> key, ChunkSizes sizes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize, nameof(key));
        if (!sizes.IsValid())
        {
            throw new ArgumentException($"{sizes} are no sizes of chunks.", nameof(sizes));
        }

        Sizes = sizes;
        HKDF.Expand(HashAlgorithmName.SHA256, key, _table.Span, "backup/1/gear"u8);
        var table = MemoryMarshal.Cast<byte, ulong>(_table.Span);
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(table, table);
        }

        var bits = BitOperations.Log2((uint)sizes.Average);
        _rare = 1UL << (64 - (bits + 2));
        _frequent = 1UL << (64 - (bits - 2));
    }

    public ChunkSizes Sizes { get; }

    /// <summary>Where the next chunk ends.</summary>
    /// <param name="window">The bytes from the start of the chunk: at least <see cref="ChunkSizes.Maximum"/>, or all there are until the
    /// end of the input.</param>
    /// <returns>The length of the chunk; 0 only for an empty window.</returns>
    public int NextCut(ReadOnlySpan<byte> window)
    {
        var end = Math.Min(window.Length, Sizes.Maximum);
        if (end <= Sizes.Minimum)
        {
            return end;
        }

        ref readonly var table = ref MemoryMarshal.GetReference(MemoryMarshal.Cast<byte, ulong>(_table.Span));
        ref readonly var bytes = ref MemoryMarshal.GetReference(window);
        var middle = Math.Min(end, Sizes.Average);
        var hash = 0UL;
        var cut = Scan(in table, in bytes, Sizes.Minimum, middle, _rare, ref hash);
        if (cut == 0)
        {
            cut = Scan(in table, in bytes, middle, end, _frequent, ref hash);
        }

        return cut == 0 ? end : cut;
    }

    public void Dispose() => _table.Dispose();

    /// <summary>
    /// Goes on from <paramref name="hash"/>; the top bits of a hash are zero exactly if it is below <paramref name="limit"/>.
    /// </summary>
    /// <returns>The number of bytes up to and with the first that makes a cut; 0 if none does.</returns>
    private static int Scan(ref readonly ulong table, ref readonly byte bytes, int from, int to, ulong limit, ref ulong hash)
    {
        var h = hash;
        nint i = from;

        // Four bytes a turn: their own sum does not wait for the hash before them, so the chain of dependent steps is a quarter as long.
        for (; i + 3 < to; i += 4)
        {
            var one = At(in table, in bytes, i);
            var two = (one << 1) + At(in table, in bytes, i + 1);
            var three = (two << 1) + At(in table, in bytes, i + 2);
            var four = (three << 1) + At(in table, in bytes, i + 3);
            if ((h << 1) + one < limit)
            {
                return (int)i + 1;
            }

            if ((h << 2) + two < limit)
            {
                return (int)i + 2;
            }

            if ((h << 3) + three < limit)
            {
                return (int)i + 3;
            }

            h = (h << 4) + four;
            if (h < limit)
            {
                return (int)i + 4;
            }
        }

        for (; i < to; i++)
        {
            h = (h << 1) + At(in table, in bytes, i);
            if (h < limit)
            {
                return (int)i + 1;
            }
        }

        hash = h;
        return 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong At(ref readonly ulong table, ref readonly byte bytes, nint index) =>
        Unsafe.Add(ref Unsafe.AsRef(in table), (nint)Unsafe.Add(ref Unsafe.AsRef(in bytes), index));
}
