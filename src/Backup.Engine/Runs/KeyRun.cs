using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;

namespace Backup.Engine.Runs;

/// <summary>
/// What unlocks the repository. Every change opens a new epoch, which each slot that stays opens, and destroys the older ones: a slot that was removed, and
/// an old copy of the keyring, open nothing any more.
/// </summary>
public static class KeyRun
{
    public static async Task<IReadOnlyList<KeyItem>> ListAsync(RunContext context, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, new ReadOptions(), cancellation);
        return Items(session.Keyring);
    }

    /// <summary>Adds a passphrase.</summary>
    public static async Task<KeyOutcome> AddAsync(RunContext context, KeyAddRequest request, CancellationToken cancellation)
    {
        using var passphrase = SecretFile.Read(request.PassphraseFile);
        await using var session = await OpenAsync(context, new ReadOptions { DryRun = request.DryRun }, cancellation);
        var slot = UnlockSlot.ForPassphrase(session.Repository, passphrase.Span, request.Label, Now(context));
        return await ChangeAsync(session, keyring => keyring.AddSlot(slot.Slot), [slot.Object], request.DryRun, cancellation);
    }

    /// <summary>Removes the one slot whose id begins with <paramref name="idPrefix"/> (at least 4 digits).</summary>
    /// <exception cref="BackupException">Exit 1: there is none, or it is the last. Exit 2: several begin so.</exception>
    public static async Task<KeyOutcome> RemoveAsync(RunContext context, string idPrefix, bool dryRun, CancellationToken cancellation)
    {
        await using var session = await OpenAsync(context, new ReadOptions { DryRun = dryRun }, cancellation);
        var id = Find(session.Keyring, idPrefix);
        if (session.Keyring.Slots.Count == 1)
        {
            throw new BackupException(FailureKind.Failed, "It is the last key: without it nothing could be opened any more.", "Add another one first.");
        }

        var outcome = await ChangeAsync(session, keyring => keyring.RemoveSlot(id), [], dryRun, cancellation);
        if (!dryRun)
        {
            session.ForgetDraft(id);
        }

        return outcome;
    }

    /// <summary>Opens a new epoch for the same slots.</summary>
    public static async Task<KeyOutcome> RotateAsync(RunContext context, bool dryRun, CancellationToken cancellation)
    {
        await using var session = await OpenAsync(context, new ReadOptions { DryRun = dryRun }, cancellation);
        return await ChangeAsync(session, static _ => { }, [], dryRun, cancellation);
    }

    /// <summary>
    /// Draws a new recovery key; the old one opens nothing of the new epoch. The new one is kept in the state until it was given out: run again after a
    /// crash it goes on with the same key, and gives it out even if it is live already.
    /// </summary>
    /// <param name="context">The tenant.</param>
    /// <param name="outFile">Where the key goes; null: into <see cref="KeyOutcome.RecoverySheet"/>, and <see cref="ConfirmRecovery"/> is to be called.</param>
    /// <param name="dryRun">Only says what would be done.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static async Task<KeyOutcome> RecoveryAsync(RunContext context, string? outFile, bool dryRun, CancellationToken cancellation)
    {
        await using var session = await OpenAsync(context, new ReadOptions { DryRun = dryRun, TakesDraft = true }, cancellation);

        // 1. The key is durable in the state before anybody else has it. That of a run which did not finish is the one to go on with: it may be live.
        var earlier = session.FindDraft();
        using var seed = earlier ?? RecoveryKey.Draw();
        var slot = UnlockSlot.ForRecoveryKey(session.Repository, seed.Span, "recovery key", Now(context));
        var isLive = session.Keyring.Slots.Any(other => other.Id == slot.Slot.Id);
        if (earlier is null && !dryRun)
        {
            session.KeepDraft(slot.Slot.Id, seed);
            TestStop.Reach(TestStop.RecoveryDrawn);
        }
        else if (earlier is not null)
        {
            context.Progress.Message(new RunFinding(
                "recovery key", isLive ? "a run that was interrupted made this key valid and did not give it out" : "a run that was interrupted drew this key; this one goes on with it",
                "If another one is wanted, run it once more."));
        }

        // 2. It is durable in its file before the old one ends.
        if (outFile is not null && !dryRun)
        {
            RecoveryOutput.Write(context, outFile, seed);
        }

        // 3. The old one ends.
        var outcome = isLive ? Outcome(session) : await ChangeAsync(session, keyring => ReplaceRecovery(keyring, slot.Slot), [slot.Object], dryRun, cancellation);
        if (dryRun)
        {
            return outcome;
        }

        // 4. It is given out: from now on nothing needs the draft.
        if (outFile is null)
        {
            return outcome with { RecoverySheet = RecoveryOutput.Sheet(context, seed, session.Repository, session.Ledger.Head) };
        }

        session.State.DeleteRecoveryDraft();
        return outcome;
    }

    /// <summary>Called when the sheet has been shown: until then <c>key recovery</c>, run again, shows it once more.</summary>
    public static void ConfirmRecovery(RunContext context) => StateDirectory.Open(context.StatePath).DeleteRecoveryDraft();

    /// <summary>Opens the current epoch with the recovery key in <paramref name="keyFile"/> and changes nothing.</summary>
    /// <returns>The slot that it opened.</returns>
    /// <exception cref="Sealing.WrongKeyException">It opens none.</exception>
    public static async Task<KeyItem> CheckRecoveryAsync(RunContext context, string keyFile, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, new ReadOptions(), cancellation);
        using var line = SecretFile.Read(keyFile);
        using var seed = RecoveryKey.Parse(line.Span);
        var id = await session.TryRecoveryKeyAsync(seed, cancellation);
        return Items(session.Keyring).Single(slot => slot.Id == id);
    }

    private static async Task<Session> OpenAsync(RunContext context, ReadOptions options, CancellationToken cancellation)
    {
        var session = await Session.OpenForWritingAsync(context, "key", options, cancellation);
        try
        {
            session.RequireAllSitesRead("A change of keys");
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private static async Task<KeyOutcome> ChangeAsync(Session session, Action<Keyring> change, IReadOnlyList<byte[]> slots, bool dryRun, CancellationToken cancellation)
    {
        if (dryRun)
        {
            change(session.Keyring);
            return new KeyOutcome(session.Ledger.Epoch.Id.Number + 1, Items(session.Keyring), session.Standing());
        }

        await session.OpenEpochAsync(new EpochChange { Keyring = change, Slots = slots }, cancellation);
        return Outcome(session);
    }

    private static KeyOutcome Outcome(Session session) => new(session.Ledger.Epoch.Id.Number, Items(session.Keyring), session.Standing());

    private static void ReplaceRecovery(Keyring keyring, KeyringSlot slot)
    {
        foreach (var old in keyring.Slots.Where(static old => old.Kind == SlotKind.Recovery).ToList())
        {
            keyring.RemoveSlot(old.Id);
        }

        keyring.AddSlot(slot);
    }

    private static Hash Find(Keyring keyring, string idPrefix) =>
        IdPrefix.Find(keyring.Slots, static slot => slot.Id.ToString(), idPrefix, "key", "`backupctl key list` shows them.").Id;

    private static IReadOnlyList<KeyItem> Items(Keyring keyring) =>
        [.. keyring.Slots.OrderBy(static slot => slot.Created).ThenBy(static slot => slot.Id)
            .Select(static slot => new KeyItem(slot.Id, slot.Kind == SlotKind.Recovery ? "recovery" : "passphrase", slot.Label, DateTimeOffset.FromUnixTimeSeconds(slot.Created)))];

    private static long Now(RunContext context) => context.Clock.GetUtcNow().ToUnixTimeSeconds();
}
