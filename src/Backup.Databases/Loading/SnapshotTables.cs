using System.Globalization;
using System.Text.Json;
using Backup.Engine;
using Backup.Engine.Sources;

namespace Backup.Databases.Loading;

/// <summary>What <c>database.json</c> says of a table.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Columns">All that are saved.</param>
/// <param name="Nullable">Those that may be NULL.</param>
/// <param name="References">What its rows name.</param>
/// <param name="Required">What a row that says nothing has in columns that must say something, where the server does not know it by itself.</param>
/// <param name="Placeholder">What the data map wants instead.</param>
internal sealed record SnapshotTable(string Name, IReadOnlyList<string> Columns, IReadOnlyList<string> Nullable, IReadOnlyList<SnapshotReference> References, IReadOnlyDictionary<string, string> Required, IReadOnlyDictionary<string, string> Placeholder);

/// <summary>What rows of a table name in another, and what happens if that is erased.</summary>
internal sealed record SnapshotReference(IReadOnlyList<string> Columns, string Table, IReadOnlyList<string> Keys, string WhenErased);

/// <summary>Reads what a snapshot says of its tables.</summary>
internal static class SnapshotTables
{
    /// <summary>The tables, and the kind of the source.</summary>
    /// <exception cref="BackupException">It is of a later version, or damaged.</exception>
    public static (string Kind, IReadOnlyList<SnapshotTable> Tables) Read(byte[] description)
    {
        try
        {
            using var json = JsonDocument.Parse(description);
            if (json.RootElement.GetProperty("version").GetInt32() != 1)
            {
                throw new BackupException(FailureKind.Failed, $"The snapshot was made by a later version: its {DatabaseLayout.Description} is not understood.", "Use a newer version of backupctl.");
            }

            return (json.RootElement.GetProperty("kind").GetString()!, [.. json.RootElement.GetProperty("tables").EnumerateArray().Select(Table)]);
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BackupException(FailureKind.Failed, $"The {DatabaseLayout.Description} of the snapshot cannot be read: {failure.Message.TrimEnd('.')}.", "Load its SQL by hand: `backupctl dump SNAPSHOT:/`.", failure);
        }
    }

    /// <summary>How many rows each table had, and the sum of their hashes.</summary>
    public static IReadOnlyDictionary<string, LoadedRows> Totals(byte[] totals)
    {
        using var json = JsonDocument.Parse(totals);
        return json.RootElement.EnumerateArray().ToDictionary(
            static table => table.GetProperty("table").GetString()!,
            static table => new LoadedRows(table.GetProperty("rows").GetInt64(), UInt128.Parse(table.GetProperty("sum").GetString()!, NumberStyles.HexNumber, CultureInfo.InvariantCulture)),
            StringComparer.Ordinal);
    }

    private static SnapshotTable Table(JsonElement table) => new(
        table.GetProperty("name").GetString()!,
        Texts(table.GetProperty("columns")),
        Texts(table.GetProperty("nullable")),
        [
            .. table.GetProperty("references").EnumerateArray().Select(static reference => new SnapshotReference(
                Texts(reference.GetProperty("columns")), reference.GetProperty("table").GetString()!, Texts(reference.GetProperty("keys")), reference.GetProperty("when_erased").GetString()!)),
        ],
        Named(table.GetProperty("required")),
        Named(table.GetProperty("placeholder")));

    private static Dictionary<string, string> Named(JsonElement texts) => texts.EnumerateObject().ToDictionary(static item => item.Name, static item => item.Value.GetString()!, StringComparer.Ordinal);

    private static IReadOnlyList<string> Texts(JsonElement texts) => [.. texts.EnumerateArray().Select(static text => text.GetString()!)];
}
