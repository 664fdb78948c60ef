using System.Runtime.InteropServices;

namespace Backup.Cli;

/// <summary>
/// SIGINT, SIGTERM and SIGHUP end a run in order: it stops at the next safe place and leaves nothing half-done visible. A second signal ends the process
/// at once, which is safe too, only less tidy: whatever a run writes becomes visible whole or not at all.
/// </summary>
internal sealed partial class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    public Interrupts()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle),
        ];
    }

    public CancellationToken Cancellation => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) > 1)
        {
            ExitNow((int)ExitCode.Interrupted);
        }

        _source.Cancel();
    }

    /// <summary>Without the framework's own shutdown, which waits for threads.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
