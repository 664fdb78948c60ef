using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
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

    [Fact]
    public void Gear_TableOfTheDerivations_IsTheWholeTable()
    {
        foreach (var vector in Vectors.Of("gear_table"))
        {
            var table = Gear(vector.Bytes("chunk_key"));
            Assert.Equal(Values(vector, "first_values"), table[..4]);
            Assert.Equal(Values(vector, "last_values"), table[^4..]);
            var bytes = new byte[2048];
            for (var i = 0; i < table.Length; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * 8), table[i]);
            }

            Assert.Equal(vector.Text("sha256_of_table"), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }
    }

    /// <summary>The chunker shows its table to nobody; its cuts show which one it has.</summary>
    [Fact]
    public void NextCut_KeyOfTheDerivations_CutsByThatTable()
    {
        foreach (var vector in Vectors.Of("gear_table"))
        {
            var key = vector.Bytes("chunk_key");
            using var chunker = new Chunker(key, ChunkerTests.Small);
            var data = Data("counter", 200_000);
            foreach (var length in ChunkerTests.Cut(chunker, data))
            {
                Assert.Equal(ChunkerTests.PlainCut(Gear(key), data), length);
                data = data[length..];
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lines), "cuts")]
    public void NextCut_Vector_CutsThere(string line)
    {
        var (head, lengths) = (line.Split(": ")[0].Split(' '), line.Split(": ")[1]);
        using var chunker = new Chunker(Convert.FromHexString(head[1]), new ChunkSizes(Number(head[2]), Number(head[3]), Number(head[4])));

        Assert.Equal(lengths, string.Join(' ', ChunkerTests.Cut(chunker, Data(head[5], Number(head[6])))));
    }

    private static IEnumerable<ulong> Values(JsonElement vector, string name) =>
        vector.GetProperty(name).EnumerateArray().Select(static value => ulong.Parse(value.GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

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
