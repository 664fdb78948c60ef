namespace Backup.Engine.Sources;

/// <summary>An empty database into which a snapshot is loaded. Used by one thread at a time, in the order of its members.</summary>
public interface IDatabaseTarget : IDisposable
{
    /// <summary>Makes the tables.</summary>
    /// <param name="description"><see cref="DatabaseLayout.Description"/>.</param>
    /// <param name="before"><see cref="DatabaseLayout.Before"/>.</param>
    /// <exception cref="BackupException">The database is not empty, of another kind, or not reachable: nothing was changed.</exception>
    void Begin(byte[] description, byte[] before);

    /// <summary>Takes the rows, as the files of the snapshot hold them, one file after another.</summary>
    Stream Rows { get; }

    /// <summary>Makes what comes after the rows, mends what names erased rows, and counts again.</summary>
    /// <param name="after"><see cref="DatabaseLayout.After"/>.</param>
    /// <param name="totals"><see cref="DatabaseLayout.Tables"/>.</param>
    /// <param name="isWhole">False if parts of persons are missing: erased, or not given out.</param>
    DatabaseLoad Complete(byte[] after, byte[] totals, bool isWhole);
}

/// <summary>What was loaded.</summary>
/// <param name="Tables">Each table.</param>
/// <param name="Mended">Rows that named erased ones and were changed, by what was done.</param>
/// <param name="Differences">What is not as it was recorded: empty if all is well.</param>
public sealed record DatabaseLoad(IReadOnlyList<LoadedTable> Tables, IReadOnlyList<MendedRows> Mended, IReadOnlyList<LoadDifference> Differences);

/// <summary>A table that is not as it was.</summary>
/// <param name="Table">The table.</param>
/// <param name="What">In which way.</param>
public sealed record LoadDifference(string Table, string What);

/// <summary>A table that was loaded.</summary>
/// <param name="Name">The table.</param>
/// <param name="Rows">Loaded.</param>
/// <param name="Missing">Rows that the snapshot had when it was made and that are erased or not given out.</param>
public sealed record LoadedTable(string Name, long Rows, long Missing);

/// <summary>Rows that named erased ones.</summary>
/// <param name="Table">The table whose rows were changed.</param>
/// <param name="Column">The column that named an erased row.</param>
/// <param name="Action"><c>null-columns</c>, <c>placeholder</c> or <c>delete-row</c>.</param>
/// <param name="Rows">How many.</param>
public sealed record MendedRows(string Table, string Column, string Action, long Rows);
