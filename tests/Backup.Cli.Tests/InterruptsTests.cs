using System.Runtime.InteropServices;

namespace Backup.Cli.Tests;

public sealed partial class InterruptsTests
{
    private const int Sighup = 1;

    [Fact]
    public async Task Signal_First_CancelsAndTheProcessLives()
    {
        using var interrupts = new Interrupts();
        var cancelled = new TaskCompletionSource();
        using var registration = interrupts.Cancellation.Register(cancelled.SetResult);
        Assert.Equal(0, Kill(Environment.ProcessId, Sighup));
        await cancelled.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
