using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Backup.Engine.Chunking;

namespace Backup.Engine.Tests.Chunking;

/// <summary>vectors.txt, which another program in another language wrote.</summary>
public sealed class ChunkerVectorTests
{
    private static string VectorFile => Path.Join(AppContext.BaseDirectory, "Chunking", "vectors.txt");

    public static TheoryData<string> Lines(string kind) =>
        [.. File.ReadLines(VectorFile).Where(line => line.StartsWith(kind + " ", StringComparison.Ordinal))];

    internal static ulong[] Gear(byte[] key)
    {
        var bytes = new byte[2048];
        HKDF.Expand(HashAlgorithmName.SHA256, key, bytes, "backup/1/gear"u8);
        return [.. bytes.Chunk(8).Select(entry => BinaryPrimitives.ReadUInt64BigEndian(entry))];
    }

    [Theory]
    [MemberData(nameof(Lines), "gear")]
    public void Gear_Vector_HasItsEntry(string line)
    {
        var fields = line.Split(' ');

        Assert.Equal(fields[3], $"{Gear(Convert.FromHexString(fields[1]))[Number(fields[2])]:x16}");
    }

    [Theory]
    [MemberData(nameof(Lines), "cuts")]
    public void NextCut_Vector_CutsThere(string line)
    {
        var (head, lengths) = (line.Split(": ")[0].Split(' '), line.Split(": ")[1]);
        using var chunker = new Chunker(Convert.FromHexString(head[1]), new ChunkSizes(Number(head[2]), Number(head[3]), Number(head[4])));

        Assert.Equal(lengths, string.Join(' ', ChunkerTests.Cut(chunker, Data(head[5], Number(head[6])))));
    }

    private static int Number(string digits) => int.Parse(digits, CultureInfo.InvariantCulture);

    private static byte[] Data(string kind, int length)
    {
        if (kind == "zeros")
        {
            return new byte[length];
        }

        var data = new byte[length];
        var number = new byte[8];
        for (long i = 0, filled = 0; filled < length; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(number, i);
            var piece = kind == "counter" ? SHA256.HashData(number) : Encoding.ASCII.GetBytes($"{i}\n");
            piece.AsSpan(0, (int)Math.Min(piece.Length, length - filled)).CopyTo(data.AsSpan((int)filled));
            filled += piece.Length;
        }

        return data;
    }
}
