using Backup.Engine.Sources;

namespace Backup.Databases.Loading;

/// <summary>Rows that are kept and name rows that were erased: so that every key leads somewhere, they are changed as the data map says.</summary>
/// <param name="dialect">The server's.</param>
/// <param name="execute">Runs a statement; gives the rows that it changed, or the number that it counted.</param>
/// <param name="tables">Of the snapshot.</param>
internal sealed class Mending(ISqlDialect dialect, Func<string, long> execute, IReadOnlyList<SnapshotTable> tables)
{
    /// <summary>A placeholder may itself name something: it is looked again until nothing changes.</summary>
    private const int MostRounds = 4;

    public IReadOnlyList<MendedRows> Run()
    {
        var mended = new List<MendedRows>();
        for (var (round, changed) = (0, true); changed && round < MostRounds; round++)
        {
            changed = false;
            foreach (var (table, reference) in References())
            {
                if (Mend(table, reference) is { } done)
                {
                    mended.Add(done);
                    changed = true;
                }
            }
        }

        return mended;
    }

    /// <summary>What names an erased row still: the server did not take a placeholder, for another row has the same value where each must have its own.</summary>
    public IEnumerable<LoadDifference> Left() =>
        from item in References()
        let rows = execute($"SELECT COUNT(*) FROM {dialect.QuoteFull(item.Table.Name)} AS here WHERE {Lost(item.Reference)}")
        where rows > 0
        select new LoadDifference(item.Table.Name, $"{rows} rows name rows of {item.Reference.Table} that were erased: say in the map what a placeholder of it is, with {{key}} where it must be unique");

    private IEnumerable<(SnapshotTable Table, SnapshotReference Reference)> References() =>
        from table in tables
        from reference in table.References
        where tables.Any(other => other.Name == reference.Table)
        select (table, reference);

    /// <summary>True of a row (<c>here</c>) that names a row that is not there.</summary>
    private string Lost(SnapshotReference reference)
    {
        var named = reference.Columns.Select(column => dialect.Names($"here.{dialect.Quote(column)}"));
        var same = reference.Columns.Zip(reference.Keys, (column, key) => $"there.{dialect.Quote(key)}=here.{dialect.Quote(column)}");
        return $"{string.Join(" AND ", named)} AND NOT EXISTS (SELECT 1 FROM {dialect.QuoteFull(reference.Table)} AS there WHERE {string.Join(" AND ", same)})";
    }

    private MendedRows? Mend(SnapshotTable table, SnapshotReference reference)
    {
        var own = dialect.QuoteFull(table.Name);
        var nullable = reference.Columns.Where(column => table.Nullable.Contains(column, StringComparer.Ordinal)).Select(dialect.Quote).ToList();
        var action = reference.WhenErased == "null-columns" && nullable.Count == 0 ? "placeholder" : reference.WhenErased;
        var changed = execute(action switch
        {
            "delete-row" => dialect.Delete(own, Lost(reference)),
            "null-columns" => $"UPDATE {own} AS here SET {string.Join(", ", nullable.Select(static column => $"{column}=NULL"))} WHERE {Lost(reference)}",
            _ => Placeholder(own, reference),
        });
        return changed == 0 ? null : new MendedRows(table.Name, string.Join(", ", reference.Columns), action, changed);
    }

    /// <summary>A row that says nothing, for each erased one that is named.</summary>
    private string Placeholder(string own, SnapshotReference reference)
    {
        var there = tables.First(table => table.Name == reference.Table);
        var key = $"here.{dialect.Quote(reference.Columns[0])}";
        var said = there.Required.Concat(there.Placeholder).Where(item => there.Columns.Contains(item.Key, StringComparer.Ordinal) && !reference.Keys.Contains(item.Key, StringComparer.Ordinal))
            .GroupBy(static item => item.Key, static item => item.Value, StringComparer.Ordinal).ToDictionary(static same => same.Key, static same => same.Last(), StringComparer.Ordinal);
        var columns = string.Join(", ", reference.Keys.Concat(said.Keys).Select(dialect.Quote));
        var values = string.Join(", ", reference.Columns.Select(column => $"here.{dialect.Quote(column)}").Concat(said.Values.Select(text => Value(text, key))));
        return dialect.InsertMissing(dialect.QuoteFull(reference.Table), columns, $"SELECT DISTINCT {values} FROM {own} AS here WHERE {Lost(reference)}");
    }

    /// <summary>What must be unique says the key.</summary>
    private string Value(string text, string key)
    {
        var parts = text.Split("{key}");
        return parts.Length == 1 ? dialect.Literal(text)
            : dialect.Concat([.. parts.SelectMany((part, i) => i == 0 ? new[] { dialect.Literal(part) } : [dialect.Text(key), dialect.Literal(part)])]);
    }
}
