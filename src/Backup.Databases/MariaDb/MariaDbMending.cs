using Backup.Databases.Loading;
using Backup.Engine.Sources;
using MySqlConnector;

namespace Backup.Databases.MariaDb;

/// <summary>Rows that are kept and name rows that were erased: so that every key leads somewhere, they are changed as the data map says.</summary>
internal sealed class MariaDbMending(MySqlConnection connection, IReadOnlyList<SnapshotTable> tables)
{
    /// <summary>A placeholder may itself name something: it is looked again until nothing changes.</summary>
    private const int MostRounds = 4;

    public IReadOnlyList<MendedRows> Run()
    {
        Execute("SET SESSION foreign_key_checks=0, unique_checks=0, sql_mode='NO_AUTO_VALUE_ON_ZERO'");
        var mended = new List<MendedRows>();
        for (var (round, changed) = (0, true); changed && round < MostRounds; round++)
        {
            changed = false;
            foreach (var table in tables)
            {
                foreach (var reference in table.References.Where(reference => tables.Any(other => other.Name == reference.Table)))
                {
                    if (Mend(table, reference) is { } done)
                    {
                        mended.Add(done);
                        changed = true;
                    }
                }
            }
        }

        return mended;
    }

    /// <summary>What names an erased row still: the server did not take a placeholder, for another row has the same value where each must have its own.</summary>
    public IEnumerable<LoadDifference> Left() =>
        from table in tables
        from reference in table.References.Where(reference => tables.Any(other => other.Name == reference.Table))
        let rows = Count(table, reference)
        where rows > 0
        select new LoadDifference(table.Name, $"{rows} rows name rows of {reference.Table} that were erased: say in the map what a placeholder of it is, with {{key}} where it must be unique");

    private static List<(string Column, string Key)> Pairs(SnapshotReference reference) =>
        [.. reference.Columns.Zip(reference.Keys, static (column, key) => (MariaDbFormat.Quote(column), MariaDbFormat.Quote(key)))];

    /// <summary>Rows (<c>here</c>) that name a row that is not there.</summary>
    private static (string Join, string Where) Lost(SnapshotReference reference)
    {
        var pairs = Pairs(reference);
        return (
            $"LEFT JOIN {MariaDbFormat.Quote(reference.Table)} AS there ON {string.Join(" AND ", pairs.Select(static pair => $"there.{pair.Key}=here.{pair.Column}"))}",
            $"WHERE there.{pairs[0].Key} IS NULL AND {string.Join(" AND ", pairs.Select(static pair => $"here.{pair.Column} IS NOT NULL AND here.{pair.Column}<>0"))}");
    }

    private long Count(SnapshotTable table, SnapshotReference reference)
    {
        var (join, where) = Lost(reference);
        using var command = new MySqlCommand($"SELECT COUNT(*) FROM {MariaDbFormat.Quote(table.Name)} AS here {join} {where}", connection) { CommandTimeout = 0 };
        return Convert.ToInt64(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private MendedRows? Mend(SnapshotTable table, SnapshotReference reference)
    {
        var (own, other) = (MariaDbFormat.Quote(table.Name), MariaDbFormat.Quote(reference.Table));
        var pairs = Pairs(reference);
        var (join, where) = Lost(reference);
        var nullable = reference.Columns.Where(column => table.Nullable.Contains(column, StringComparer.Ordinal)).Select(MariaDbFormat.Quote).ToList();
        var action = reference.WhenErased == "null-columns" && nullable.Count == 0 ? "placeholder" : reference.WhenErased;
        var changed = action switch
        {
            "delete-row" => Execute($"DELETE here FROM {own} AS here {join} {where}"),
            "null-columns" => Execute($"UPDATE {own} AS here {join} SET {string.Join(", ", nullable.Select(static column => $"here.{column}=NULL"))} {where}"),
            _ => Execute($"INSERT IGNORE INTO {other} ({Placeholder(reference, pairs.Select(static pair => pair.Key))}) SELECT DISTINCT {Values(reference, [.. pairs.Select(static pair => $"here.{pair.Column}")])} FROM {own} AS here {join} {where}"),
        };
        return changed == 0 ? null : new MendedRows(table.Name, string.Join(", ", reference.Columns), action, changed);
    }

    private string Placeholder(SnapshotReference reference, IEnumerable<string> keys) =>
        string.Join(", ", keys.Concat(Said(reference).Select(static item => MariaDbFormat.Quote(item.Key))));

    private string Values(SnapshotReference reference, IReadOnlyList<string> columns)
    {
        var dialect = new MariaDbDialect();
        var key = columns[0];

        // What must be unique says the key.
        string Value(string text) => text.Split("{key}") is [var alone] ? dialect.Literal(alone) : $"CONCAT({string.Join($", {key}, ", text.Split("{key}").Select(part => dialect.Literal(part)))})";
        return string.Join(", ", columns.Concat(Said(reference).Select(item => Value(item.Value))));
    }

    private IEnumerable<KeyValuePair<string, string>> Said(SnapshotReference reference) =>
        tables.First(table => table.Name == reference.Table) is var there ? there.Placeholder.Where(item => there.Columns.Contains(item.Key, StringComparer.Ordinal) && !reference.Keys.Contains(item.Key, StringComparer.Ordinal)) : [];

    private int Execute(string sql)
    {
        try
        {
            using var command = new MySqlCommand(sql, connection) { CommandTimeout = 0 };
            return command.ExecuteNonQuery();
        }
        catch (MySqlException failure)
        {
            throw MariaDbFault.Of(failure, $"What names erased rows ({sql[..Math.Min(60, sql.Length)]}…)");
        }
    }
}
