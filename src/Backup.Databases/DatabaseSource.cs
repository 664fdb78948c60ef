using Backup.Databases.Maps;
using Backup.Databases.MariaDb;
using Backup.Databases.Postgres;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Databases;

/// <summary>
/// A database as a tree: <c>database.json</c> and <c>schema*.sql</c>; <c>rows/shared/TABLE.sql</c> with the rows of nobody;
/// <c>rows/subjects/XX/PART.sql</c>, one for each person, class and period, in that domain; <c>totals/tables.json</c>. All of it as the database was at one moment.
/// </summary>
/// <param name="source">What to read.</param>
/// <param name="classes">The retention classes of policy and maps.</param>
/// <param name="scratch">Absolute: where rows wait until all rows of a person are there. What is written there only this process can read.</param>
/// <param name="clock">Tells the time.</param>
public sealed class DatabaseSource(DatabaseSourceConfig source, IReadOnlyList<RetentionClass> classes, string scratch, TimeProvider clock) : ISource, IExaminable
{
    /// <summary>More than a blob: such a file is read by the one who cuts it.</summary>
    private const long UnknownSize = 300 << 10;

    private IReadOnlyList<IReadOnlyList<string>> _ties = [];

    /// <summary>Tells the bytes that are free at a folder.</summary>
    internal Func<string, long> FreeSpace { get; init; } = SpoolNeed.FreeAt;

    /// <inheritdoc/>
    public bool HasRows => true;

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<string>> Ties => _ties;

    /// <inheritdoc/>
    public IEnumerable<SourceDirectory> Walk(IWalkReport report, CancellationToken cancellation)
    {
        using var database = Open(source);
        SpoolNeed.Of(source, database, scratch, FreeSpace).Require();
        using var reading = new DatabaseReading(source, database, classes, scratch, clock.GetUtcNow());
        reading.Warn(report);
        foreach (var directory in new DatabaseWalk(reading, clock.GetUtcNow(), UnknownSize).Directories(cancellation))
        {
            yield return directory;
        }

        _ties = reading.Ties;
    }

    /// <inheritdoc/>
    public SourceExamination Examine()
    {
        // Who only looks takes no lock.
        using var database = Open(source with { NonTransactional = NonTransactional.Warn });
        var need = SpoolNeed.Of(source, database, scratch, FreeSpace);
        var unsteady = DatabaseReading.Unsteady(source, database).Select(static table => (What: $"the table {table.FullName}", Reason: DatabaseReading.WhyUnsteady));
        var gaps = database.Gaps.Concat(unsteady).Select(static gap => new SourceRisk(false, $"{gap.What}: {gap.Reason}", "Until then each backup ends with exit code 3."));
        return new SourceExamination(
            $"{database.Server}, {database.Tables.Count} tables{need}",
            [
                .. new[] { need.Risk }.OfType<SourceRisk>(),
                .. source.DataMap is null ? [] : new MapLint(source, database).Run(classes),
                .. gaps,
            ]);
    }

    private static IDatabase Open(DatabaseSourceConfig source) => source switch
    {
        { Map: { } map, DataMap: null } => throw new BackupException(
            FailureKind.Usage, $"The data map {map} of the source {source.Id} is not there: without it every person's rows would be nobody's.", "Bring it back, or take it out of the policy."),
        { Server: DatabaseKind.MariaDb } => new MariaDbDatabase(source),
        _ => new PostgresDatabase(source),
    };
}
