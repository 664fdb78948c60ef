using System.Security.Cryptography;
using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Sealing;
using CsCheck;

namespace Backup.Engine.Tests.Sealing;

public sealed class SegmentCodecTests : IDisposable
{
    private readonly SegmentCodec _codec = new();

    public void Dispose() => _codec.Dispose();

    [Fact]
    public void Decompress_WhatWasCompressed_IsTheSame() =>
        Gen.Byte[0, 3].Array[0, 20_000].Sample(
            plain =>
            {
                var (method, stored) = Compress(plain);
                var restored = new byte[plain.Length];
                _codec.Decompress(method, stored, restored);
                return restored.SequenceEqual(plain) && stored.Length <= plain.Length;
            },
            iter: 100,
            threads: 1);

    [Fact]
    public void Compress_Text_Shrinks()
    {
        var (method, stored) = Compress(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("the same line again\n", 1000))));
        Assert.Equal(CompressionMethod.Zstd, method);
        Assert.InRange(stored.Length, 1, 1000);
    }

    [Fact]
    public void Compress_RandomBytes_StoresThem()
    {
        var plain = RandomNumberGenerator.GetBytes(100_000);
        var (method, stored) = Compress(plain);
        Assert.Equal(CompressionMethod.Stored, method);
        Assert.Equal(plain, stored);
    }

    [Fact]
    public void Compress_LargestSegment_Returns()
    {
        var plain = new byte[Limits.Segment];
        var (method, stored) = Compress(plain);
        var restored = new byte[plain.Length];
        restored.AsSpan().Fill(1);
        _codec.Decompress(method, stored, restored);
        Assert.Equal(plain, restored);
    }

    [Fact]
    public void Decompress_OtherLength_IsDamaged()
    {
        var (method, stored) = Compress(new byte[1000]);
        Assert.Throws<DamagedException>(() => _codec.Decompress(method, stored, new byte[999]));
        Assert.Throws<DamagedException>(() => _codec.Decompress(method, stored, new byte[1001]));
        Assert.Throws<DamagedException>(() => _codec.Decompress(CompressionMethod.Stored, stored, new byte[1000]));
    }

    [Fact]
    public void Decompress_BytesBehindTheFrame_IsDamaged()
    {
        var (method, stored) = Compress(new byte[1000]);
        Assert.Throws<DamagedException>(() => _codec.Decompress(method, [.. stored, 0], new byte[1000]));
        Assert.Throws<DamagedException>(() => _codec.Decompress(method, [.. stored, .. stored], new byte[2000]));
    }

    [Fact]
    public void Decompress_WindowTooLarge_IsDamaged()
    {
        // A frame header with a window descriptor, then one raw block of a byte (RFC 8878, 3.1.1).
        byte[] Frame(byte windowDescriptor) => [0x28, 0xB5, 0x2F, 0xFD, 0x00, windowDescriptor, 0x09, 0x00, 0x00, 0x2A];
        var plain = new byte[1];
        _codec.Decompress(CompressionMethod.Zstd, Frame(13 << 3), plain);
        Assert.Equal(0x2A, plain[0]);
        Assert.Throws<DamagedException>(() => _codec.Decompress(CompressionMethod.Zstd, Frame(14 << 3), plain));
    }

    [Fact]
    public void Decompress_AnyBytes_RestoresOrIsDamaged()
    {
        var (_, sample) = Compress(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("abcabcd", 300))));
        Gen.Select(Gen.Int[0, sample.Length - 1], Gen.Byte).Sample(
            (at, value) =>
            {
                var altered = (byte[])sample.Clone();
                altered[at] = value;
                var refusal = Record.Exception(() => _codec.Decompress(CompressionMethod.Zstd, altered, new byte[2100]));
                return refusal is null or DamagedException;
            },
            iter: 20_000,
            threads: 1);
        for (var length = 0; length < sample.Length; length++)
        {
            Assert.Throws<DamagedException>(() => _codec.Decompress(CompressionMethod.Zstd, sample.AsSpan(0, length), new byte[2100]));
        }
    }

    private (CompressionMethod Method, byte[] Stored) Compress(byte[] plain)
    {
        var destination = new byte[plain.Length];
        var (method, length) = _codec.Compress(plain, destination);
        return (method, destination[..length]);
    }
}
