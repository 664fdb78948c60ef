namespace Backup.Engine.Tests.Runs;

/// <summary>What killed runs left half written.</summary>
public sealed class SweepTests
{
    private static readonly string[] Folders = ["site-a/tmp", "site-b/tmp", "site-c/tmp", "state/tmp", "state/trees/tmp", "state/spool/tmp"];

    [Fact]
    public async Task Backup_LeftoversOfAKilledRun_AreGoneAndThoseOfALivingOneStay()
    {
        using var repository = new TestRepository();
        await repository.InitAsync();
        repository.WriteSource("file", "content");
        Leave(repository);

        await repository.BackupAsync();

        Assert.All(Folders, folder => Assert.Equal(["fresh"], Left(repository, folder), StringComparer.Ordinal));
    }

    [Fact]
    public async Task Backup_SweepFails_CostsNothing()
    {
        using var repository = new TestRepository();
        await repository.InitAsync();
        repository.WriteSource("file", "content");
        Leave(repository);
        repository.Between = static (site, store) => site == "b" ? HookedStore.Dying(store, "tmp/") : store;

        var outcome = await repository.BackupAsync();

        Assert.True(outcome.Placement.Met);
        Assert.Equal(["fresh", "old"], Left(repository, "site-b/tmp"), StringComparer.Ordinal);
        Assert.Equal(["fresh"], Left(repository, "site-c/tmp"), StringComparer.Ordinal);
    }

    private static void Leave(TestRepository repository)
    {
        foreach (var folder in Folders.Select(repository.At))
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Join(folder, "fresh"), "half");
            File.WriteAllText(Path.Join(folder, "old"), "half");
            File.SetLastWriteTimeUtc(Path.Join(folder, "old"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }
    }

    private static IEnumerable<string> Left(TestRepository repository, string folder) =>
        Directory.EnumerateFiles(repository.At(folder)).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
}
