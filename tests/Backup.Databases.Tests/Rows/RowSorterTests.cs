using System.Text;
using Backup.Databases.MariaDb;
using Backup.Databases.Rows;
using CsCheck;

namespace Backup.Databases.Tests.Rows;

/// <summary>Rows come out by part, in the order in which they came, whatever went to scratch files meanwhile.</summary>
public sealed class RowSorterTests : IDisposable
{
    private static readonly IReadOnlyList<TableInfo> Tables = [.. Enumerable.Range(0, 3).Select(static number => new TableInfo { Name = $"t{number}", Columns = [] })];
    private static readonly Gen<(int Person, int Length)[]> Rows = Gen.Select(Gen.Int[0, 40], Gen.Int[1, 3000]).Array[0, 400];

    private readonly string _folder = Directory.CreateTempSubdirectory("backup-rows-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Parts_AnyRows_HoldTheirsInOrder() => Rows.Sample(
        rows =>
        {
            var format = new MariaDbFormat();
            using var sorter = new RowSorter(_folder, Tables, format, memory: 4096);
            var expected = new Dictionary<string, StringBuilder>(StringComparer.Ordinal);
            for (var i = 0; i < rows.Length; i++)
            {
                var table = i * Tables.Count / rows.Length;
                var row = $"({i},'{new string('x', rows[i].Length)}')";
                sorter.Add(new PartKey($"customer:{rows[i].Person}", "c", null), table, Encoding.ASCII.GetBytes(row), RowFormat.HashOf(Encoding.ASCII.GetBytes(row)));
                expected[$"customer:{rows[i].Person}"] = (expected.GetValueOrDefault($"customer:{rows[i].Person}") ?? new StringBuilder()).Append(row).Append('|');
            }

            sorter.Complete();
            Assert.Equal(expected.Count, sorter.Parts.Count);
            Assert.Equal(sorter.Parts.Select(static part => Convert.ToHexString(part.Place)).Order(StringComparer.Ordinal).ToArray(), [.. sorter.Parts.Select(static part => Convert.ToHexString(part.Place))], StringComparer.Ordinal);
            foreach (var part in sorter.Parts.Reverse())
            {
                Assert.Equal(expected[part.Key.Subject!].ToString(), string.Concat(sorter.RowsOf(part).Select(static row => Encoding.ASCII.GetString(row.Row.Span) + "|")));
                Assert.Equal(part.Size, SizeOf(sorter, part, format));
            }
        },
        iter: 60, threads: 1);

    [Fact]
    public void Content_RowsOfAPartChangeOrSwap_IsAnother()
    {
        var format = new MariaDbFormat();
        UInt128 ContentOf(params string[] rows)
        {
            using var sorter = new RowSorter(_folder, Tables, format);
            foreach (var row in rows.Select(Encoding.ASCII.GetBytes))
            {
                sorter.Add(new PartKey("customer:1", null, null), 0, row, RowFormat.HashOf(row));
            }

            sorter.Complete();
            return sorter.Parts[0].Content;
        }

        Assert.Equal(ContentOf("(1)", "(2)"), ContentOf("(1)", "(2)"));
        Assert.NotEqual(ContentOf("(1)", "(2)"), ContentOf("(2)", "(1)"));
        Assert.NotEqual(ContentOf("(1)", "(2)"), ContentOf("(1)", "(3)"));
        Assert.NotEqual(ContentOf("(1)"), ContentOf("(1)", "(1)"));
    }

    private static long SizeOf(RowSorter sorter, RowPart part, RowFormat format)
    {
        using var file = new PartFile(DatabaseEntries.File("p", part.Size, part.Content), sorter, part, Tables, format);
        var (buffer, size) = (new byte[777], 0L);
        for (var read = file.Read(buffer); read > 0; read = file.Read(buffer))
        {
            size += read;
        }

        Assert.Equal(size, file.Current.Size);
        return size;
    }
}
