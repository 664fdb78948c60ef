using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Posix;

namespace Backup.Engine.Runs;

/// <summary>
/// Opens an unlock slot beside the reading of the ledger, for Argon2 takes a tenth of a second or more: with the slots that were live at the newest
/// head this machine has seen. The slot counts only if it is live still. Whatever goes wrong here goes wrong again, and is told, when the slots of the
/// head are opened.
/// </summary>
internal sealed class EarlyUnlock(RunContext context, StateDirectory state) : IDisposable
{
    private Task<OpenedSlot?>? _opening;

    public void Begin() => _opening = Task.Factory.StartNew(Open, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The slot, once; null if none was opened, or it was not begun.</summary>
    public async Task<OpenedSlot?> TakeAsync()
    {
        var opening = Interlocked.Exchange(ref _opening, null);
        return opening is null ? null : await opening;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _opening, null) is { } opening)
        {
            opening.GetAwaiter().GetResult()?.Dispose();
        }
    }

    private OpenedSlot? Open()
    {
        try
        {
            // Only a passphrase takes long, and what comes through a pipe or from a program is to be read once.
            if (context.Secret() is not { Kind: PassphraseKind.File or PassphraseKind.Credential, Path: { } path } source || !RegularFile.Is(path))
            {
                return null;
            }

            if (state.ReadPin() is not { } pin || state.ReadEntry(ObjectNames.Ledger(pin.Sequence, pin.Head)) is not { } head || Hash.Of(head) != pin.Head)
            {
                return null;
            }

            var slots = LedgerBody.Decode(LedgerEntry.Decode(head).Body).Slots.Select(state.ReadObject).ToList();
            return slots.Contains(null) ? null : Unlocker.Open(source, pin.Repository, [.. slots.OfType<byte[]>()]);
        }
        catch (BackupException)
        {
            return null;
        }
    }
}
