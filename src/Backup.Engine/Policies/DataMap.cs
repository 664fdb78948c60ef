namespace Backup.Engine.Policies;

/// <summary>
/// Whose the rows of an application's tables are, of which class and from when: a file of <c>policies/maps</c>. Tables and columns are named without the
/// prefix; expressions are SQL, and name columns as <c>table.column</c>. README, "Data maps", gives the form.
/// </summary>
public sealed record DataMap
{
    /// <summary>The file as it was named.</summary>
    public required string File { get; init; }

    /// <summary>What it maps: <c>osticket</c>. Part of the identifier of a person who has no other.</summary>
    public required string Application { get; init; }

    /// <summary>Names with their values: those of the policy before the defaults of the map. <c>prefix</c> stands before each table's name.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>Classes that the map's tables use; one of the policy with the same name counts instead.</summary>
    public IReadOnlyList<RetentionClass> Classes { get; init; } = [];

    /// <summary>The kinds of persons, by name.</summary>
    public required IReadOnlyDictionary<string, MapSubject> Subjects { get; init; }

    /// <summary>Tables by name or pattern (<c>*</c>), in the order of the file.</summary>
    public required IReadOnlyList<MapTable> Tables { get; init; }

    public string Prefix => Parameters.GetValueOrDefault("prefix", "");

    /// <summary>The entry of a table: its own name before a pattern, a longer pattern before a shorter.</summary>
    /// <param name="name">Without the prefix.</param>
    public MapTable? Find(string name) =>
        Tables.FirstOrDefault(table => table.Name == name)
        ?? Tables.Where(table => table.IsPattern && System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(table.Name, name, ignoreCase: false))
            .MaxBy(static table => table.Name.Length);

    /// <summary>The entry of a table by the name that the database has for it, prefix and all; null if none says anything of it.</summary>
    public MapTable? EntryOf(string table) => table.StartsWith(Prefix, StringComparison.Ordinal) ? Find(table[Prefix.Length..]) : null;
}

/// <summary>A kind of person: one row of a table is one person.</summary>
public sealed record MapSubject
{
    public required string Name { get; init; }

    /// <summary>Where each row is one person.</summary>
    public required string Table { get; init; }

    /// <summary>An expression that tells persons apart, and that owners of other rows give.</summary>
    public required string Key { get; init; }

    public IReadOnlyList<MapJoin> Joins { get; init; } = [];

    /// <summary>
    /// Identifiers with their types (<c>email</c>, <c>customer</c>) and the expression of the text. The first that a row gives names the person's domains;
    /// the others lead there.
    /// </summary>
    public IReadOnlyList<MapIdentifier> Identifiers { get; init; } = [];

    /// <summary>Where a person has several rows by a join: which comes first. Null: as the server gives them.</summary>
    public string? Order { get; init; }
}

/// <summary>An identifier of a person.</summary>
/// <param name="Type"><c>email</c> or <c>customer</c>.</param>
/// <param name="Text">The expression of what follows the type.</param>
public sealed record MapIdentifier(string Type, string Text);

/// <summary>Another table's row that a row belongs to, if there is one.</summary>
/// <param name="Name">How expressions name it.</param>
/// <param name="Table">Its table.</param>
/// <param name="On">The condition.</param>
public sealed record MapJoin(string Name, string Table, string On);

/// <summary>What becomes of a table's rows.</summary>
public enum MapContent
{
    /// <summary>Each row is its owner's; one without an owner is nobody's.</summary>
    Owned,

    /// <summary>All rows are nobody's.</summary>
    Shared,

    /// <summary>The rows are made from others by the application: only the table itself is saved.</summary>
    Derived,
}

/// <summary>What happens, when a snapshot is loaded, to a row that names an erased one.</summary>
public enum WhenErased
{
    /// <summary>Its column becomes NULL, where the table allows that; else as <see cref="Placeholder"/>.</summary>
    NullColumns,

    /// <summary>A row that says nothing takes the place of the erased one.</summary>
    Placeholder,

    /// <summary>The row goes too.</summary>
    DeleteRow,
}

/// <summary>Whose the rows of a table are.</summary>
public sealed record MapTable
{
    /// <summary>Without the prefix; a pattern if it holds <c>*</c>.</summary>
    public required string Name { get; init; }

    public MapContent Content { get; init; }

    public IReadOnlyList<MapJoin> Joins { get; init; } = [];

    /// <summary>The first that gives a person counts.</summary>
    public IReadOnlyList<MapOwner> Owners { get; init; } = [];

    /// <summary>The first whose condition holds; null: that of the row from which the owner comes.</summary>
    public IReadOnlyList<MapClass>? Classes { get; init; }

    /// <summary>An expression that gives the date on which the row's period begins; null: that of the row from which the owner comes.</summary>
    public string? Starts { get; init; }

    /// <summary>Columns that may name further persons: erasing one of these is a matter for <c>erase run --redact</c>.</summary>
    public IReadOnlyList<string> Further { get; init; } = [];

    /// <summary>What the rows name in other tables. Foreign keys need not stand here.</summary>
    public IReadOnlyList<MapReference> References { get; init; } = [];

    /// <summary>What a placeholder for an erased row says in columns that must say something.</summary>
    public IReadOnlyDictionary<string, string> Placeholder { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public bool IsPattern => Name.Contains('*', StringComparison.Ordinal);
}

/// <summary>Where an owner comes from.</summary>
public abstract record MapOwner
{
    /// <summary>An expression that gives the key of a person of a kind; NULL, 0 and empty are nobody.</summary>
    public sealed record ByKey(string Subject, string Text) : MapOwner;

    /// <summary>An expression that gives an identifier itself.</summary>
    public sealed record ByIdentifier(string Type, string Text) : MapOwner;

    /// <summary>The owner of the row that was joined.</summary>
    public sealed record OfJoined(string Join) : MapOwner;

    /// <summary>The one owner of all rows of another table that name this row; several: nobody.</summary>
    /// <param name="Table">The other table.</param>
    /// <param name="Column">Its column.</param>
    /// <param name="NamedBy">The column here that it names.</param>
    /// <param name="Where">Which of its rows count; null: all.</param>
    public sealed record OfOne(string Table, string Column, string NamedBy, string? Where) : MapOwner;
}

/// <summary>A class with the condition under which rows have it.</summary>
/// <param name="When">An expression; null: always.</param>
/// <param name="Name">The class.</param>
public sealed record MapClass(string? When, string Name);

/// <summary>A column that names a row of another table.</summary>
/// <param name="Column">The column.</param>
/// <param name="Table">The other table.</param>
/// <param name="Key">Its column.</param>
/// <param name="WhenErased">What happens if the row it names is erased.</param>
public sealed record MapReference(string Column, string Table, string Key, WhenErased WhenErased);
