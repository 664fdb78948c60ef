using Backup.Engine.Sources;

namespace Backup.Databases;

/// <summary>The directories of a database, in the order in which a walk shows them: what is read first has a name that comes first.</summary>
/// <param name="reading">What is read.</param>
/// <param name="now">The time of the reading.</param>
/// <param name="least">The size of a file that nobody knows, at least.</param>
internal sealed class DatabaseWalk(DatabaseReading reading, DateTimeOffset now, long least)
{
    public IEnumerable<SourceDirectory> Directories(CancellationToken cancellation)
    {
        // 1. What the tables are.
        var (rows, totals) = (DatabaseEntries.Folder(DatabaseLayout.Rows), DatabaseEntries.Folder(DatabaseLayout.Totals));
        var (before, after) = reading.Database.Definitions;
        yield return new DatabaseDirectory(
            0, "/", DatabaseEntries.Folder(""),
            [
                DatabaseEntries.FromBytes(DatabaseLayout.Description, DatabaseDescription.Write(reading)),
                DatabaseEntries.FromBytes(DatabaseLayout.Before, before),
                DatabaseEntries.FromBytes(DatabaseLayout.After, after),
            ],
            [rows, totals]);
        var (shared, subjects) = (DatabaseEntries.Folder(DatabaseLayout.Shared), DatabaseEntries.Folder(DatabaseLayout.Subjects));
        yield return new DatabaseDirectory(1, "/rows", rows, [], [shared, subjects]);

        // 2. The rows, table by table, as whoever takes the files reads them. Those that are somebody's wait until all are read.
        yield return new DatabaseDirectory(2, "/rows/shared", shared, [.. Enumerable.Range(0, reading.Tables.Count).Select(number => reading.FileOf(number, now, least))], []);
        reading.WaitForRows(cancellation);

        // 3. Each person's. There may be very many: the files of a folder are described when its turn comes, and forgotten after it.
        var folders = reading.PersonParts().GroupBy(static part => part.Folder, StringComparer.Ordinal)
            .Select(static group => (Entry: DatabaseEntries.Folder(group.Key), Parts: group.ToList())).ToList();
        yield return new DatabaseDirectory(2, "/rows/subjects", subjects, [], [.. folders.Select(static folder => folder.Entry)]);
        foreach (var (entry, parts) in folders)
        {
            yield return new DatabaseDirectory(3, $"/rows/subjects/{parts[0].Folder}", entry, [.. parts.Select(reading.FileOf)], []);
        }

        // 4. What was counted.
        yield return new DatabaseDirectory(1, "/totals", totals, [DatabaseEntries.FromBytes(DatabaseLayout.Tables, TableTotals.Write(reading.Totals))], []);
    }
}
