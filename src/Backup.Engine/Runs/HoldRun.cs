using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary><c>hold</c>: legal duties that keep data from being erased. They stand in the keyring, so no lost state loses one.</summary>
public static class HoldRun
{
    public static async Task<IReadOnlyList<HoldItem>> ListAsync(RunContext context, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, new ReadOptions(), cancellation);
        return [.. session.Keyring.Duties.Holds.OrderBy(static hold => hold.Until).ThenBy(static hold => hold.Id).Select(hold => Item(hold, context))];
    }

    /// <summary>Adds a hold.</summary>
    /// <exception cref="BackupException">Exit 2: it would hold everything, has ended, or names a class that the policy does not have. Exit 10, 11, 12.</exception>
    public static async Task<HoldItem> AddAsync(RunContext context, HoldRequest request, CancellationToken cancellation)
    {
        var subject = request.Subject is { } typed ? PersonIds.Parse([typed])[0] : null;
        Check(context, request, subject);
        await using var session = await Session.OpenForWritingAsync(context, "hold", new ReadOptions { DryRun = request.DryRun }, cancellation);
        var hold = new HoldRecord(Id128.Draw(), request.Class, subject, request.Until.ToUnixTimeSeconds(), request.Reason);
        if (!request.DryRun)
        {
            await session.ChangeKeyringAsync(keyring => keyring.Duties = keyring.Duties with { Holds = [.. keyring.Duties.Holds, hold] }, new LedgerPayload(), cancellation);
        }

        return Item(hold, context);
    }

    /// <summary>Ends a hold. What an erasure had to leave for it goes with the next run that takes up what is due.</summary>
    /// <exception cref="BackupException">Exit 1: there is none. Exit 2: several begin so. Exit 10, 11, 12.</exception>
    public static async Task<HoldItem> ReleaseAsync(RunContext context, string idPrefix, bool dryRun, CancellationToken cancellation)
    {
        await using var session = await Session.OpenForWritingAsync(context, "hold", new ReadOptions { DryRun = dryRun }, cancellation);
        var hold = IdPrefix.Find(session.Keyring.Duties.Holds, static hold => hold.Id.ToString(), idPrefix, "hold", "`backupctl hold list` shows them.");
        if (!dryRun)
        {
            await session.ChangeKeyringAsync(
                keyring => keyring.Duties = keyring.Duties with { Holds = [.. keyring.Duties.Holds.Where(each => each.Id != hold.Id)] }, new LedgerPayload(), cancellation);
        }

        return Item(hold, context);
    }

    private static void Check(RunContext context, HoldRequest request, string? subject)
    {
        if (request.Class is null && subject is null)
        {
            throw new BackupException(FailureKind.Usage, "A hold on everything would end every erasure.", "Name a class, a person, or both.");
        }

        if (request.Class is { } name && context.Policy.Classes.All(each => each.Name != name))
        {
            var known = string.Join(", ", context.Policy.Classes.Select(static each => each.Name));
            throw new BackupException(FailureKind.Usage, $"The policy has no class '{name}'.", known.Length > 0 ? $"Its classes are {known}." : "Define it under `classes:`.");
        }

        if (request.Until <= context.Clock.GetUtcNow())
        {
            throw new BackupException(FailureKind.Usage, $"The hold would have ended already, on {request.Until:yyyy-MM-dd}.", "Name a day that is to come.");
        }
    }

    private static HoldItem Item(HoldRecord hold, RunContext context)
    {
        var until = DateTimeOffset.FromUnixTimeSeconds(hold.Until);
        return new HoldItem(hold.Id, hold.Class, hold.Subject, until, hold.Reason, until <= context.Clock.GetUtcNow());
    }
}
