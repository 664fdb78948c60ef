using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>New keys while others read: the head that was read names keys that are gone a moment later.</summary>
public sealed class KeyRunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Rotate_BetweenAReadersHeadAndItsKeys_TheReaderTakesTheNewOnes()
    {
        using var repository = await SampleTree.MakeAsync();
        var rotated = RotateOnce(repository, out var reader);

        var snapshots = await SnapshotsRun.ListAsync(reader, source: null, tag: null, new ReadOptions(), Cancellation);

        Assert.NotEmpty(snapshots);
        Assert.True(rotated(), "Nobody rotated.");
    }

    [Fact]
    public async Task Rotate_BetweenABackupsHeadAndItsKeys_TheBackupTakesTheNewOnes()
    {
        using var repository = await SampleTree.MakeAsync();
        var rotated = RotateOnce(repository, out var writer);
        repository.WriteSource("later", "came after the first backup");

        var outcomes = await BackupRun.RunAsync(writer, new BackupRequest([], [], DryRun: false), Cancellation).ToListAsync(Cancellation);

        Assert.All(outcomes, static outcome => Assert.NotNull(outcome.Snapshot));
        Assert.True(rotated(), "Nobody rotated.");
        var (_, target) = await repository.RestoreAsync(state: "other");
        repository.AssertRestored(target);
    }

    /// <summary>A context whose first look at an epoch finds that the owner has just destroyed it.</summary>
    private static Func<bool> RotateOnce(TestRepository repository, out RunContext context)
    {
        var looks = 0;
        repository.Between = (_, store) => new HookedStore(store, "epochs/", async () =>
        {
            if (Interlocked.Increment(ref looks) == 1)
            {
                repository.Between = static (_, other) => other;
                await KeyRun.RotateAsync(repository.Context(), dryRun: false, Cancellation);
            }
        });
        context = repository.Context();
        return () => looks > 0;
    }
}
