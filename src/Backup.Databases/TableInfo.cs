namespace Backup.Databases;

/// <summary>What a server says of a table whose rows are saved.</summary>
internal sealed record TableInfo
{
    /// <summary>Its schema, where that is not the one that every name means; else null.</summary>
    public string? Schema { get; init; }

    public required string Name { get; init; }

    /// <summary>In the order of the table, those that hold values of their own: generated ones are left out.</summary>
    public required IReadOnlyList<ColumnInfo> Columns { get; init; }

    /// <summary>Columns whose values the server makes of others: they are not saved.</summary>
    public IReadOnlyList<string> Generated { get; init; } = [];

    /// <summary>The columns of the primary key, in its order; empty if there is none: rows may be there twice.</summary>
    public IReadOnlyList<string> Key { get; init; } = [];

    public IReadOnlyList<ForeignKey> References { get; init; } = [];

    /// <summary>Whether a transaction sees it as it was when that began.</summary>
    public bool IsTransactional { get; init; } = true;

    /// <summary>Whether the server keeps the rows that were there before too.</summary>
    public bool IsVersioned { get; init; }

    /// <summary>Bytes that it may have; 0 if nobody knows.</summary>
    public long ExpectedBytes { get; init; }

    /// <summary>How people and files name it.</summary>
    public string FullName => Schema is null ? Name : $"{Schema}.{Name}";
}

/// <summary>A column.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type as the server names it, without length.</param>
/// <param name="Kind">How its values are written.</param>
/// <param name="IsNullable">Whether NULL may stand in it.</param>
/// <param name="HasDefault">Whether a row may leave it out.</param>
/// <param name="Charset">The character set of stored text; null: it is none.</param>
internal sealed record ColumnInfo(string Name, string Type, ValueKind Kind, bool IsNullable, bool HasDefault, string? Charset = null)
{
    /// <summary>What says nothing in it, where a row must say something and the server does not know what; else null.</summary>
    public string? Nothing { get; init; }
}

/// <summary>How a value is written.</summary>
internal enum ValueKind
{
    /// <summary>Digits, not quoted.</summary>
    Number,

    /// <summary>A floating point number whose usual text would lose digits.</summary>
    Single,

    /// <summary>Bits, or the number of a word, as a number.</summary>
    Bits,

    /// <summary>Text that the server makes of a value: dates.</summary>
    Text,

    /// <summary>Text that the server reads as bytes if it is not told that it is text: UUIDs, addresses.</summary>
    Spelled,

    /// <summary>Bytes as they are stored.</summary>
    Bytes,
}

/// <summary>A foreign key, or what a data map says instead of one.</summary>
/// <param name="Columns">Here.</param>
/// <param name="Table">The full name of the other table.</param>
/// <param name="Keys">There, in the same order.</param>
internal sealed record ForeignKey(IReadOnlyList<string> Columns, string Table, IReadOnlyList<string> Keys);
