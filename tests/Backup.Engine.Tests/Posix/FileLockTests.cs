using System.Diagnostics;
using Backup.Engine.Posix;

namespace Backup.Engine.Tests.Posix;

public sealed class FileLockTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    private string LockPath => _scratch["lock"];

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void TryTake_Held_NamesTheHolder()
    {
        using var held = FileLock.Take(LockPath, "backup");

        Assert.Null(FileLock.TryTake(LockPath, "gc", out var holder));

        Assert.Equal((Environment.ProcessId, "backup"), (holder.ProcessId, holder.Purpose));
    }

    [Fact]
    public void Take_Held_ThrowsNotOwnerWithTheHolder()
    {
        using var held = FileLock.Take(LockPath, "backup");

        var e = Assert.Throws<BackupException>(() => FileLock.Take(LockPath, "gc"));

        Assert.Equal(FailureKind.NotOwner, e.Kind);
        Assert.Contains($"process {Environment.ProcessId} (backup", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Take_AfterRelease_Succeeds()
    {
        FileLock.Take(LockPath, "backup").Dispose();

        using var second = FileLock.Take(LockPath, "gc");

        Assert.Null(FileLock.TryTake(LockPath, "sync", out var holder));
        Assert.Equal("gc", holder.Purpose);
    }

    [Fact]
    public void Dispose_Twice_DoesNotTouchTheNextHolder()
    {
        var first = FileLock.Take(LockPath, "backup");
        first.Dispose();
        using var second = FileLock.Take(LockPath, "gc");

        first.Dispose();

        Assert.Null(FileLock.TryTake(LockPath, "sync", out _));
    }

    [Fact]
    public async Task TakeAsync_ReleasedMeanwhile_TakesIt()
    {
        var held = FileLock.Take(LockPath, "backup");
        var waiting = FileLock.TakeAsync(LockPath, "erase", TimeSpan.FromMinutes(5), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);

        held.Dispose();

        (await waiting).Dispose();
    }

    [Fact]
    public async Task TakeAsync_NeverReleased_ThrowsNotOwner()
    {
        using var held = FileLock.Take(LockPath, "backup");

        var e = await Assert.ThrowsAsync<BackupException>(() =>
            FileLock.TakeAsync(LockPath, "erase", TimeSpan.Zero, TimeProvider.System, TestContext.Current.CancellationToken));

        Assert.Equal(FailureKind.NotOwner, e.Kind);
    }

    [Fact]
    public async Task TryTake_HolderKilled_TakesIt()
    {
        File.WriteAllText(LockPath, "");
        var command = new ProcessStartInfo("flock", [LockPath, "-c", "echo held; exec sleep 600"]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var child = Process.Start(command)!;
        await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.Null(FileLock.TryTake(LockPath, "gc", out var holder));
        Assert.Equal("another process", holder.ToString());

        child.Kill(entireProcessTree: true);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);

        (await FileLock.TakeAsync(LockPath, "gc", TimeSpan.FromMinutes(1), TimeProvider.System, TestContext.Current.CancellationToken)).Dispose();
    }
}
