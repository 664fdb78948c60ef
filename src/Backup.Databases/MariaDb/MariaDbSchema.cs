using System.Globalization;

namespace Backup.Databases.MariaDb;

/// <summary>Reads what a MariaDB database consists of.</summary>
internal static class MariaDbSchema
{
    private static readonly string[] Numbers = ["tinyint", "smallint", "mediumint", "int", "bigint", "decimal", "double", "year"];

    private static readonly string[] Stored =
    [
        "char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum", "set", "json", "binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob",
        "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection",
    ];

    /// <summary>An empty word in the list of an ENUM: a quote in a word stands twice, so none of these stands within one.</summary>
    private static readonly string[] EmptyWords = ["('',", ",'',", ",'')", "('')"];

    /// <summary>The tables with rows of their own, by name.</summary>
    public static IReadOnlyList<TableInfo> Read(Func<string, IEnumerable<string?[]>> query, string database)
    {
        var where = $"TABLE_SCHEMA={Literal(database)}";
        var columns = query($"SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, EXTRA, IS_NULLABLE, COLUMN_DEFAULT, GENERATION_EXPRESSION, CHARACTER_SET_NAME, COLUMN_TYPE FROM information_schema.COLUMNS WHERE {where} ORDER BY TABLE_NAME, ORDINAL_POSITION")
            .Select(static row => (string?[])row.Clone()).ToLookup(static row => row[0]!, StringComparer.Ordinal);
        var keys = query($"SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.STATISTICS WHERE {where} AND INDEX_NAME='PRIMARY' ORDER BY TABLE_NAME, SEQ_IN_INDEX")
            .Select(static row => (Table: row[0]!, Column: row[1]!)).ToLookup(static row => row.Table, static row => row.Column, StringComparer.Ordinal);
        var references = query($"SELECT TABLE_NAME, CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE {where} AND REFERENCED_TABLE_SCHEMA={Literal(database)} ORDER BY TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION")
            .Select(static row => (string?[])row.Clone()).ToLookup(static row => row[0]!, StringComparer.Ordinal);
        return
        [
            .. query($"SELECT t.TABLE_NAME, t.TABLE_TYPE, e.TRANSACTIONS, t.DATA_LENGTH FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON e.ENGINE=t.ENGINE WHERE t.{where} AND t.TABLE_TYPE IN ('BASE TABLE','SYSTEM VERSIONED') ORDER BY CAST(t.TABLE_NAME AS BINARY)")
                .Select(row => Table(row, columns[row[0]!], [.. keys[row[0]!]], references[row[0]!])),
        ];
    }

    /// <summary>Everything that has a definition of its own: tables and sequences, then views.</summary>
    public static (IReadOnlyList<string> Tables, IReadOnlyList<string> Views) Names(Func<string, IEnumerable<string?[]>> query, string database)
    {
        var all = query($"SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA={Literal(database)} ORDER BY CAST(TABLE_NAME AS BINARY)")
            .Select(static row => (Name: row[0]!, IsView: row[1] == "VIEW")).ToList();
        return ([.. all.Where(static item => !item.IsView).Select(static item => item.Name)], [.. all.Where(static item => item.IsView).Select(static item => item.Name)]);
    }

    /// <summary>Without the line that older clients cannot read.</summary>
    public static byte[] Clean(byte[] dump)
    {
        var mark = "/*M!999999"u8;
        return dump.AsSpan().StartsWith(mark) && dump.AsSpan().IndexOf((byte)'\n') is var end and >= 0 ? dump[(end + 1)..] : dump;
    }

    private static TableInfo Table(string?[] row, IEnumerable<string?[]> columns, IReadOnlyList<string> key, IEnumerable<string?[]> references)
    {
        var versioned = row[1] == "SYSTEM VERSIONED";
        List<ColumnInfo> own = [.. columns.Where(column => IsOwn(column, versioned)).Select(Column)];
        if (versioned && columns.All(static column => column[6] is not ("ROW START" or "ROW END")))
        {
            own.Add(new ColumnInfo("row_start", "timestamp", ValueKind.Text, IsNullable: false, HasDefault: true));
            own.Add(new ColumnInfo("row_end", "timestamp", ValueKind.Text, IsNullable: false, HasDefault: true));
        }

        return new TableInfo
        {
            Name = row[0]!,
            Columns = own,
            Generated = [.. columns.Where(column => !IsOwn(column, versioned)).Select(static column => column[1]!)],
            Key = key,
            IsVersioned = versioned,
            IsTransactional = row[2] == "YES",
            ExpectedBytes = long.TryParse(row[3], CultureInfo.InvariantCulture, out var bytes) ? bytes : 0,
            References = [.. references.GroupBy(static part => part[1], StringComparer.Ordinal).Select(static one => new ForeignKey(
                [.. one.Select(static part => part[2]!)], one.First()[3]!, [.. one.Select(static part => part[4]!)]))],
        };
    }

    /// <summary>What is made of other columns is not written; the period of a versioned row is.</summary>
    private static bool IsOwn(string?[] column, bool versioned) => column[6] is null or "" || (versioned && column[6] is "ROW START" or "ROW END");

    private static ColumnInfo Column(string?[] column)
    {
        var type = column[2]!.ToLowerInvariant();
        var kind = type switch
        {
            "float" => ValueKind.Single,
            "bit" => ValueKind.Bits,
            "enum" when HasEmptyWord(column[8]!) => ValueKind.Bits,
            "uuid" or "inet4" or "inet6" => ValueKind.Spelled,
            _ when Numbers.Contains(type, StringComparer.Ordinal) => ValueKind.Number,
            _ when Stored.Contains(type, StringComparer.Ordinal) => ValueKind.Bytes,
            _ => ValueKind.Text,
        };
        var nullable = column[4] == "YES";
        return new ColumnInfo(column[1]!, type, kind, nullable, nullable || column[5] is not null || column[3]!.Contains("auto_increment", StringComparison.Ordinal), column[7]);
    }

    /// <summary>Where nothing is one of the words, its text does not tell it from a value that is none of them: its number does.</summary>
    private static bool HasEmptyWord(string type) => EmptyWords.Any(word => type.Contains(word, StringComparison.Ordinal));

    private static string Literal(string text) => new MariaDbDialect().Literal(text);
}
