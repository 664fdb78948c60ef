using System.Formats.Cbor;
using Backup.Engine.Format;
using CsCheck;

namespace Backup.Engine.Tests.Format;

public sealed class CborSpanWriterTests
{
    private static readonly Gen<long> Numbers = Gen.OneOf(Gen.Long, Gen.Int.Select(static i => (long)i), Gen.Long[-300, 300]);

    [Fact]
    public void Signed_AnyNumber_IsWhatTheFrameworkWrites() => Numbers.Sample(static number =>
    {
        var writer = new CborSpanWriter(1);
        writer.Signed(number);
        var reference = new CborWriter();
        reference.WriteInt64(number);
        Assert.Equal(reference.Encode(), writer.ToArray());
    });

    [Fact]
    public void Unsigned_AnyNumber_IsWhatTheFrameworkWrites() => Numbers.Sample(static number =>
    {
        var writer = new CborSpanWriter(1);
        writer.Unsigned((ulong)number);
        var reference = new CborWriter();
        reference.WriteUInt64((ulong)number);
        Assert.Equal(reference.Encode(), writer.ToArray());
    });

    [Fact]
    public void Text_AnyText_IsWhatTheFrameworkWrites() =>
        Gen.OneOf(Gen.String.AlphaNumeric, Gen.Const("\u00e4\u20ac\U0001F600")).Sample(static text =>
    {
        var writer = new CborSpanWriter(1);
        writer.Text(text);
        var reference = new CborWriter();
        reference.WriteTextString(text);
        Assert.Equal(reference.Encode(), writer.ToArray());
    });

    [Fact]
    public void Text_LoneSurrogate_IsRefused() => Assert.ThrowsAny<ArgumentException>(static () => new CborSpanWriter(1).Text("\ud800"));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(64)]
    public void EndMap_AnyNumberOfPairs_IsWhatTheFrameworkWrites(int pairs)
    {
        var writer = new CborSpanWriter(1);
        writer.BeginArray(2);
        var reference = new CborWriter();
        reference.WriteStartArray(2);
        for (var repeat = 0; repeat < 2; repeat++)
        {
            var map = writer.BeginMap();
            reference.WriteStartMap(pairs);
            for (var key = 0; key < pairs; key++)
            {
                writer.Key(key);
                writer.Bytes([1, 2, 3]);
                reference.WriteInt32(key);
                reference.WriteByteString([1, 2, 3]);
            }

            writer.EndMap(map);
            reference.WriteEndMap();
        }

        reference.WriteEndArray();
        Assert.Equal(reference.Encode(), writer.ToArray());
    }

    [Fact]
    public void EndMap_Nested_CountsEachMapByItself()
    {
        var writer = new CborSpanWriter(1);
        var outer = writer.BeginMap();
        writer.Key(3);
        var inner = writer.BeginMap();
        writer.Key(0);
        writer.Null();
        writer.EndMap(inner);
        writer.Key(4);
        writer.True();
        writer.EndMap(outer);
        Assert.Equal("A203A100F604F5", Convert.ToHexString(writer.ToArray()));
    }

    [Fact]
    public void Key_NotAscending_IsRefused() => Assert.Throws<InvalidOperationException>(static () =>
    {
        var writer = new CborSpanWriter(1);
        writer.BeginMap();
        writer.Key(1);
        writer.Null();
        writer.Key(1);
    });
}
