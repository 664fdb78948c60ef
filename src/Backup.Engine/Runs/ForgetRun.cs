using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>
/// <c>forget</c>, <c>pin</c>, <c>unpin</c> and <c>undelete</c>: which snapshots live. Each only writes the ledger; space is freed by <c>gc</c>, and until that
/// has condemned what a forgotten snapshot needs, it can be brought back.
/// </summary>
public static class ForgetRun
{
    /// <summary>Forgets by the classes of the policy what no rule keeps. Oldest first within a source.</summary>
    /// <exception cref="BackupException">Exit 1: the clocks disagree. Exit 10, 11, 12; 20: since a takeover a site was not read.</exception>
    public static async Task<ForgetOutcome> RunAsync(RunContext context, bool dryRun, CancellationToken cancellation)
    {
        // 1. Only who knows the newest state, and the time, forgets.
        await using var session = await Session.OpenForWritingAsync(context, "forget", new ReadOptions { DryRun = dryRun }, cancellation);
        session.RequireAllSitesRead("To forget");
        var now = dryRun ? context.Clock.GetUtcNow() : await StoreTime.RequireSoundClockAsync(session, cancellation);

        // 2. What the rules say.
        var (items, warnings) = Decide(session, now);
        var removed = items.Where(static item => !item.Keep).Select(static item => item.Id).ToList();

        // 3. Name it, as long as what was decided upon is still so.
        if (!dryRun && removed.Count > 0)
        {
            await session.WriteEntryAsync(
                state => LedgerDraft.After(state, LedgerKind.Forgotten) with
                {
                    Payload = new LedgerPayload { SnapshotsRemoved = [.. removed.Where(id => !state.Pinned.Contains(id) && state.Snapshots.Any(snapshot => snapshot.Id == id))] },
                },
                cancellation);
            TestStop.Reach(TestStop.Forgotten);
        }

        return new ForgetOutcome(items, warnings, session.Standing());
    }

    /// <summary>Keeps a snapshot whatever the rules say, or lets the rules apply to it again.</summary>
    /// <exception cref="BackupException">Exit 1: there is no such snapshot. Exit 2: several.</exception>
    public static async Task<SnapshotChangeOutcome> PinAsync(RunContext context, SnapshotChangeRequest request, bool pin, CancellationToken cancellation)
    {
        await using var session = await Session.OpenForWritingAsync(context, "forget", new ReadOptions { DryRun = request.DryRun }, cancellation);
        var snapshot = session.Find(request.Snapshot);
        if (!request.DryRun && session.Ledger.Pinned.Contains(snapshot.Id) != pin)
        {
            await session.WriteEntryAsync(
                state => state.Snapshots.Any(live => live.Id == snapshot.Id)
                    ? LedgerDraft.After(state, LedgerKind.Forgotten) with
                    {
                        Payload = pin ? new LedgerPayload { Pinned = [snapshot.Id] } : new LedgerPayload { Unpinned = [snapshot.Id] },
                    }
                    : throw new BackupException(FailureKind.Failed, $"The snapshot {snapshot.Id} was forgotten meanwhile.", "Bring it back first: `backupctl undelete`."),
                cancellation);
        }

        return new SnapshotChangeOutcome(snapshot.Id, snapshot.Record.Source, SnapshotsRun.TimeOf(snapshot.Record.Started), session.Standing());
    }

    /// <summary>Brings a forgotten snapshot back.</summary>
    /// <exception cref="BackupException">Exit 1: there is none of that id, or what it needs was condemned. Exit 2: several begin so.</exception>
    public static async Task<SnapshotChangeOutcome> UndeleteAsync(RunContext context, SnapshotChangeRequest request, CancellationToken cancellation)
    {
        await using var session = await Session.OpenForWritingAsync(context, "forget", new ReadOptions { DryRun = request.DryRun }, cancellation);
        var snapshot = session.Forgotten.Find(request.Snapshot, static _ => true);
        var condemnations = await session.RequireRestorableAsync(snapshot, cancellation);
        if (!request.DryRun)
        {
            await session.WriteEntryAsync(
                state => session.Condemnations == condemnations
                    ? LedgerDraft.After(state, LedgerKind.Forgotten) with { Payload = new LedgerPayload { SnapshotsRestored = [snapshot.Id] } }
                    : throw new BackupException(FailureKind.Failed, "A gc condemned objects just now.", "Run it again: it may be too late for this snapshot."),
                cancellation);
        }

        return new SnapshotChangeOutcome(snapshot.Id, snapshot.Record.Source, SnapshotsRun.TimeOf(snapshot.Record.Started), session.Standing());
    }

    private static (IReadOnlyList<RetainedSnapshot> Items, IReadOnlyList<RunFinding> Warnings) Decide(Session session, DateTimeOffset now)
    {
        var (items, warnings) = (new List<RetainedSnapshot>(), new List<RunFinding>());
        foreach (var source in session.Snapshots.Sources)
        {
            var snapshots = session.Snapshots.All.Where(snapshot => snapshot.Record.Source == source).ToList();
            var rules = ClassOf(session.Context.Policy, source, snapshots[^1].Record.Class);
            if (rules is null)
            {
                warnings.Add(new RunFinding(source, "it has no class: nothing of it is forgotten", "Name a class in the source, and describe it under `classes:`."));
            }

            var decisions = new RetentionRules(rules, now, HoldOn(session, rules, now)).Decide([.. snapshots.Select(snapshot => new RetentionItem(snapshot.Id, SnapshotsRun.TimeOf(snapshot.Record.Started))
            {
                Pinned = session.Ledger.Pinned.Contains(snapshot.Id),
                IsIncomplete = snapshot.CompleteAt.Count == 0,
            })]);
            items.AddRange(snapshots.Zip(decisions, (snapshot, decision) =>
                new RetainedSnapshot(snapshot.Id, source, SnapshotsRun.TimeOf(snapshot.Record.Started), rules?.Name, decision.Keep, decision.Reasons)));
        }

        return (items, warnings);
    }

    /// <summary>Of a source that the policy has no more, the class that its newest snapshot names.</summary>
    private static RetentionClass? ClassOf(Tenant policy, string source, string? recorded) =>
        policy.Sources.FirstOrDefault(config => config.Id == source) is { } config
            ? config.Class
            : policy.Classes.FirstOrDefault(each => each.Name == recorded);

    /// <summary>Which persons a snapshot holds is not known here: a hold on one keeps the snapshots of every source of the class.</summary>
    private static string? HoldOn(Session session, RetentionClass? rules, DateTimeOffset now) =>
        session.Keyring.Duties.Holds.Any(hold => hold.Until >= now.ToUnixTimeSeconds() && (hold.Class is null || hold.Class == rules?.Name)) ? "a legal hold" : null;
}
