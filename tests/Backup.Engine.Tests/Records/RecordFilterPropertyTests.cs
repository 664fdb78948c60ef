using System.Text;
using Backup.Engine.Records;
using CsCheck;

namespace Backup.Engine.Tests.Records;

/// <summary>
/// Files of random records, some of which match: what remains is the others, in whichever bits the stream is read and however little the buffer holds.
/// </summary>
public sealed class RecordFilterPropertyTests
{
    private const string Mail = "max@example.de";

    private static readonly byte[] Odd = [0, (byte)'\r', (byte)'"', (byte)'\'', (byte)'\\', (byte)',', (byte)';', (byte)'(', (byte)')', 0x80, 0xc3, 0xff, 0xef, 0xbb, 0xbf];

    private static readonly Gen<byte> Bytes = Gen.Frequency((3, Gen.Byte), (2, AnyOf.These(Odd)), (4, Gen.Byte[(byte)'a', (byte)'f']));

    private static readonly Gen<byte[]> Noise = Bytes.Array[0, 40];

    private static readonly Gen<(byte[] Noise, bool Matches)[]> Records = Gen.Select(Noise, Gen.Frequency((2, Gen.Const(false)), (1, Gen.Const(true)))).Array[0, 12];

    [Theory]
    [InlineData(RecordFormat.Lines)]
    [InlineData(RecordFormat.JsonLines)]
    public void Filter_RandomLines_KeepsTheOthers(RecordFormat format) => Gen.Select(Records, Gen.Bool, Gen.Bool, Gen.Int[1, 50]).Sample(
        (records, windows, open, chunk) =>
        {
            var lines = records.Select(record => (byte[])[.. Line(record), .. windows ? "\r\n"u8 : "\n"u8]).ToArray();
            if (open && lines.Length > 0)
            {
                lines[^1] = lines[^1].AsSpan().TrimEnd("\r\n"u8).ToArray();
            }

            // A byte order mark before a record is kept.
            Check(format, Concat(lines), Concat(lines.Select((line, i) => records[i].Matches ? Marks(line) : line)), chunk);
        },
        iter: 1000);

    [Fact]
    public void Filter_RandomCsv_KeepsTheOthers() => Gen.Select(Gen.Select(Records, Gen.Int[0, 3]).Array[1, 8], Gen.Bool, Gen.Int[1, 50]).Sample(
        (rows, header, chunk) =>
        {
            var cut = rows.Select((row, i) => (Bytes: (byte[])[.. Row(row.Item1, row.Item2), .. "\n"u8], Matches: row.Item1.Any(static cell => cell.Matches) && !(header && i == 0))).ToArray();
            Check(RecordFormat.Csv, Concat(cut.Select(static row => row.Bytes)), Concat(cut.Where(static row => !row.Matches).Select(static row => row.Bytes)), chunk, header);
        },
        iter: 1000);

    [Fact]
    public void Filter_RandomMbox_KeepsTheOthers() => Gen.Select(Records, Gen.Int[1, 50]).Sample(
        (records, chunk) =>
        {
            var messages = records.Select(static record => (byte[])[.. "From a\nSubject: b\n\n"u8, .. Line(record), .. "\n\n"u8]).ToArray();
            Check(RecordFormat.Mbox, Concat(messages), Concat(messages.Where((_, i) => !records[i].Matches)), chunk);
        },
        iter: 1000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Filter_RandomInserts_KeepsTheOthers(bool mysql) => Gen.Select(Records.Array[0, 4], AnyOf.These(",", ", ", ",\n\t"), Gen.Int[1, 50]).Sample(
        (inserts, separator, chunk) =>
        {
            var start = Encoding.ASCII.GetBytes(mysql ? "-- MySQL dump 10.13\n\n" : "--\n-- PostgreSQL database dump\n--\n");
            Check(RecordFormat.Sql, [.. start, .. Dump(inserts, all: true)], [.. start, .. Dump(inserts, all: false)], chunk);

            byte[] Dump((byte[] Noise, bool Matches)[][] statements, bool all) => Concat(statements.Select(rows => Statement([.. rows.Where(row => all || !row.Matches)])));

            byte[] Statement((byte[] Noise, bool Matches)[] rows)
            {
                var tuples = rows.Select(row => (byte[])[.. "(1,'"u8, .. Quoted(row, mysql), .. "',(2))"u8]).ToArray();
                return tuples.Length == 0 ? [] :
                    [.. "INSERT INTO t VALUES "u8, .. tuples[0], .. Concat(tuples[1..].Select(tuple => (byte[])[.. Encoding.ASCII.GetBytes(separator), .. tuple])), .. ";\n"u8];
            }
        },
        iter: 1000);

    [Fact]
    public void Filter_RandomCopy_KeepsTheOthers() => Gen.Select(Records, Gen.Int[1, 50]).Sample(
        (records, chunk) =>
        {
            var lines = records.Select(static record => (byte[])[.. "1\t"u8, .. Line(record), .. "\n"u8]).ToArray();
            Check(RecordFormat.Sql, Dump(lines), Dump(lines.Where((_, i) => !records[i].Matches)), chunk);

            static byte[] Dump(IEnumerable<byte[]> rows) => [.. "SET x;\nCOPY t FROM stdin;\n"u8, .. Concat(rows), .. "\\.\n\nSELECT 1;\n"u8];
        },
        iter: 1000);

    [Theory]
    [InlineData(RecordFormat.Lines)]
    [InlineData(RecordFormat.JsonLines)]
    [InlineData(RecordFormat.Csv)]
    [InlineData(RecordFormat.Sql)]
    public void Filter_AnyBytes_RefusesOrIsProven(RecordFormat format) =>
        Gen.Select(Gen.Frequency((4, Bytes), (1, AnyOf.These("\n"u8[0]))).Array[0, 200], AnyOf.These("", "INSERT INTO t VALUES (", "COPY t FROM stdin;\n", "/*!", "\""), Gen.Int[1, 50]).Sample(
            (noise, start, chunk) =>
            {
                byte[] input = [.. Encoding.ASCII.GetBytes(start), .. noise, .. " max@example.de "u8, .. noise];
                var whole = Try(format, input, int.MaxValue);
                Assert.Equal(whole, Try(format, input, chunk));
            },
            iter: 2000);

    private static byte[] Line((byte[] Noise, bool Matches) record)
    {
        var noise = record.Noise.Where(static value => value != '\n').ToArray();
        return record.Matches ? [.. noise, .. " max@example.de "u8, .. noise] : noise;
    }

    private static byte[] Row((byte[] Noise, bool Matches)[] cells, int quoting) => Join(cells.Select((cell, i) =>
        i % 4 == quoting || cell.Noise.AsSpan().ContainsAny((byte)'"', (byte)',', (byte)'\n')
            ? (byte[])[.. "\""u8, .. Doubled(Plain(cell), (byte)'"'), .. "\""u8]
            : Plain(cell)));

    private static byte[] Plain((byte[] Noise, bool Matches) cell) => cell.Matches ? [.. cell.Noise, .. " max@example.de "u8] : cell.Noise;

    private static byte[] Quoted((byte[] Noise, bool Matches) row, bool backslash)
    {
        var doubled = Doubled(Plain(row), (byte)'\'');
        return backslash ? Doubled(doubled, (byte)'\\') : doubled;
    }

    private static byte[] Doubled(byte[] bytes, byte value) => [.. bytes.SelectMany(each => each == value ? new[] { each, each } : [each])];

    private static byte[] Join(IEnumerable<byte[]> cells) => [.. cells.SelectMany(static (cell, i) => i == 0 ? cell : [(byte)',', .. cell])];

    private static byte[] Concat(IEnumerable<byte[]> parts) => [.. parts.SelectMany(static part => part)];

    private static byte[] Marks(byte[] line)
    {
        var length = 0;
        while (line.AsSpan(length).StartsWith((ReadOnlySpan<byte>)[0xef, 0xbb, 0xbf]))
        {
            length += 3;
        }

        return line[..length];
    }

    private static void Check(RecordFormat format, byte[] input, byte[] expected, int chunk, bool header = true)
    {
        if (input is [0xff, 0xfe, ..] or [0xfe, 0xff, ..])
        {
            return;
        }

        var rules = new RecordRules { Format = format, Texts = [Mail], HasHeader = header, Separator = ',' };
        var filter = new RecordFilter(rules, "data", new RecordSizes(1000, chunk));
        using var output = new MemoryStream();
        using var dripping = new DrippingStream(input, chunk);
        var result = filter.Filter(dripping, output, CancellationToken.None);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(output.ToArray()));
        output.Position = 0;
        Assert.True(filter.Verify(output, CancellationToken.None).Proves(result));
    }

    /// <summary>The output, or why there is none.</summary>
    private static string Try(RecordFormat format, byte[] input, int chunk)
    {
        var filter = new RecordFilter(new RecordRules { Format = format, Texts = [Mail] }, "data", new RecordSizes(1000, Math.Min(chunk, 1000)));
        using var output = new MemoryStream();
        using var dripping = new DrippingStream(input, chunk);
        try
        {
            var result = filter.Filter(dripping, output, CancellationToken.None);
            output.Position = 0;
            Assert.True(filter.Verify(output, CancellationToken.None).Proves(result));
            return Convert.ToHexString(output.ToArray());
        }
        catch (BackupException refusal)
        {
            return refusal.Message;
        }
    }

    /// <summary>Gives at most some bytes at a time.</summary>
    private sealed class DrippingStream(byte[] content, int most) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, most));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, most)]);
    }
}
