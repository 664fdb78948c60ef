using Backup.Databases.Maps;
using Backup.Databases.Rows;

namespace Backup.Databases;

/// <summary>A database as it was at one moment. Used by one thread at a time.</summary>
internal interface IDatabase : IDisposable
{
    ISqlDialect Dialect { get; }

    RowFormat Format { get; }

    /// <summary>What a reader of the snapshot is told: kind and version of the server.</summary>
    string Server { get; }

    /// <summary>The tables whose rows are saved, by full name.</summary>
    IReadOnlyList<TableInfo> Tables { get; }

    /// <summary>What the database holds and a snapshot of it does not: each with the reason.</summary>
    IReadOnlyList<(string What, string Reason)> Gaps { get; }

    /// <summary>What makes tables, without rows; then what is made after the rows are there.</summary>
    (byte[] Before, byte[] After) Definitions { get; }

    /// <summary>The rows of a query that is no table, as text. Each is valid until the next.</summary>
    /// <param name="sql">The query.</param>
    /// <param name="what">What is asked, with its article, for messages; null: the database.</param>
    IEnumerable<string?[]> Query(string sql, string? what = null);

    /// <summary>The rows of a table, by its key, each with its owner.</summary>
    /// <param name="table">One of <see cref="Tables"/>.</param>
    /// <param name="owner">Whose the rows are; null: nobody's.</param>
    RowReader Read(TableInfo table, OwnerSql? owner);

    /// <summary>Tables that no transaction covers are all read: who waits to write to them may.</summary>
    void ReleaseLocks();

    /// <summary>Ends the moment.</summary>
    /// <exception cref="Engine.Sources.SourceRestartException">The structure changed meanwhile: what was read may be of two structures.</exception>
    void Complete();
}

/// <summary>Rows, one after another.</summary>
internal abstract class RowReader : IDisposable
{
    /// <summary>Goes to the next row.</summary>
    /// <returns>False if there is none.</returns>
    /// <exception cref="Engine.BackupException">The server is gone, or does not give the row.</exception>
    public abstract bool Next();

    /// <summary>The row as its format writes it. Valid until the next call.</summary>
    public abstract ReadOnlySpan<byte> Row { get; }

    public abstract RowOwner Owner { get; }

    public abstract void Dispose();
}

/// <summary>What differs in the SQL of two servers.</summary>
internal interface ISqlDialect
{
    string Quote(string name);

    /// <summary>An expression as text.</summary>
    string Text(string expression);

    /// <summary>Texts one after another; NULL if one is.</summary>
    string Concat(params ReadOnlySpan<string> texts);

    /// <summary>A text as a literal.</summary>
    string Literal(string text);

    /// <summary>A table by its full name, quoted.</summary>
    string QuoteFull(string table);

    /// <summary>Whether a column of a key names anything at all.</summary>
    string Names(string column);

    /// <summary>A statement that deletes the rows (<c>here</c>) of which something is true.</summary>
    string Delete(string table, string condition);

    /// <summary>A statement that adds rows, but for those that cannot stand beside what is there.</summary>
    string InsertMissing(string table, string columns, string select);
}
