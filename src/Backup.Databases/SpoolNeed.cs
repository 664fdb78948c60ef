using System.Globalization;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Databases;

/// <summary>What the reading of a database writes to its scratch folder: rows that wait until all rows of a person are there.</summary>
/// <param name="Database">Its name.</param>
/// <param name="Folder">Absolute.</param>
/// <param name="Bytes">By what the server says of its tables; the rows in them may be half of that.</param>
/// <param name="Free">Bytes that are free there; what nobody knows is <see cref="long.MaxValue"/>.</param>
internal sealed record SpoolNeed(string Database, string Folder, long Bytes, long Free)
{
    /// <summary>A table may be half empty: only what does not fit at half its size surely does not.</summary>
    private const int Doubt = 2;

    /// <summary>What a backup would end with; null if the rows may fit.</summary>
    public SourceRisk? Risk => Bytes / Doubt <= Free ? null : new SourceRisk(
        true,
        $"about {Text(Bytes)} of rows of the database {Database} wait in {Folder} while it is read, and {Text(Free)} are free there",
        "Free space on that file system, or move the state to another with 'state:' in the policy or --state.");

    /// <param name="source">What the policy says.</param>
    /// <param name="database">The database.</param>
    /// <param name="folder">Where rows wait; it need not be there yet.</param>
    /// <param name="free">Tells the bytes that are free at a folder.</param>
    public static SpoolNeed Of(DatabaseSourceConfig source, IDatabase database, string folder, Func<string, long> free)
    {
        bool Waits(TableInfo table) => source.DataMap?.EntryOf(table.Name) switch
        {
            { Content: MapContent.Derived } => false,
            { Content: MapContent.Owned } => true,
            _ => !table.IsTransactional,
        };
        return new SpoolNeed(source.Database, folder, database.Tables.Where(Waits).Sum(static table => table.ExpectedBytes), free(folder));
    }

    /// <summary>Bytes that are free where a folder is, or will be.</summary>
    public static long FreeAt(string folder)
    {
        try
        {
            var there = folder;
            while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { } above)
            {
                there = above;
            }

            return new DriveInfo(there).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException)
        {
            return long.MaxValue;
        }
    }

    /// <exception cref="BackupException">The rows do not fit: nothing was read.</exception>
    public void Require()
    {
        if (Risk is { } risk)
        {
            var what = $"{char.ToUpperInvariant(risk.What[0])}{risk.What[1..]}";
            throw new BackupException(FailureKind.Failed, $"{what}. Nothing was read.", risk.Remedy);
        }
    }

    /// <summary>What should be known before a backup; empty if no row waits.</summary>
    public override string ToString() =>
        Bytes == 0 ? "" : $"; about {Text(Bytes)} of rows wait in {Folder} while it is read ({Text(Free)} free)";

    private static string Text(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(bytes + (1 << 20) - 1) >> 20:#,0} MiB");
}
