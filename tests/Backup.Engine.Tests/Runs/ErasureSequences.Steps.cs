using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Runs;
using Backup.Engine.Sites;

namespace Backup.Engine.Tests.Runs;

/// <content>The steps.</content>
internal sealed partial class ErasureSequences
{
    /// <summary>Does one step, and looks at what can be read after it.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">Something is not as it must be.</exception>
    public async Task StepAsync(SequenceStep step)
    {
        _clock.Advance(TimeSpan.FromMinutes(7));
        _log.Append(CultureInfo.InvariantCulture, $"{step}: ");
        await RunAsync(step);
        await LookAsync(step.Which);
        _log.Append('\n');
    }

    private async Task RunAsync(SequenceStep step)
    {
        var person = Persons[step.Who % Persons.Count];
        var city = CityOf(step);
        switch (step.Kind)
        {
            case StepKind.Change:
                Write(step.Which % 4 == 3 ? "readme" : $"people/{person}/file-{step.Which % 3}", "changed ");
                break;
            case StepKind.Leave:
                Leave(person);
                break;
            case StepKind.Away or StepKind.Back:
                city.IsAway = step.Kind == StepKind.Away;
                break;
            case StepKind.KeepMachine:
                _machines.Add($"machine-{_machines.Count}");
                Copy(At("state"), At(_machines[^1]));
                break;
            case StepKind.RollBackMachine:
                Directory.Delete(At("state"), recursive: true);
                Copy(At(_machines[step.Which % _machines.Count]), At("state"));
                _isNewest = false;
                break;
            case StepKind.KeepCity:
                _images[city.Id].Add(city.Content);
                break;
            case StepKind.RollBackCity:
                city.Content = _cities.Any(other => other != city && HoldsAllOf(other, city)) ? _images[city.Id][step.Which % _images[city.Id].Count] : city.Content;
                break;
            case StepKind.LoseHost:
                Directory.Delete(At("state"), recursive: true);
                for (var i = 0; i < _cities.Count; i++)
                {
                    _cities[i].IsAway = !step.Reaches(i);
                }

                _isNewest = true;
                await CallAsync(step, TakeOverAsync);
                break;
            case StepKind.Backup when step.Which % 2 == 0:
                Write($"people/{person}/file-0", "grown ");
                await CallAsync(step, BackupAsync);
                break;
            default:
                await CallAsync(step, Verb(step, person));
                break;
        }
    }

    /// <summary>The city of a step. One that goes away is one that is there, and the other way round, while there is such a one.</summary>
    private SequenceCity CityOf(SequenceStep step)
    {
        var fitting = _cities.Where(city => step.Kind is not (StepKind.Away or StepKind.Back) || city.IsAway == (step.Kind == StepKind.Back)).DefaultIfEmpty(_cities[0]).ToList();
        return fitting[step.Who % fitting.Count];
    }

    private static Task TakeOverAsync(RunContext context, CancellationToken cancellation) => TakeoverRun.RunAsync(context, dryRun: false, cancellation);

    private static bool HoldsAllOf(SequenceCity other, SequenceCity city) => city.Content.Keys.All(other.Content.ContainsKey);

    private Func<RunContext, CancellationToken, Task> Verb(SequenceStep step, string person) => step.Kind switch
    {
        StepKind.Backup => BackupAsync,
        StepKind.Erase => (context, cancellation) => EraseAsync(person, context, cancellation),
        StepKind.Hold => (context, cancellation) => HoldRun.AddAsync(
            context, new HoldRequest(null, "customer:" + person, _clock.GetUtcNow().AddYears(1), "a court asks", DryRun: false), cancellation),
        StepKind.Release => (context, cancellation) => ReleaseAsync(step.Which, context, cancellation),
        StepKind.Collect => CollectAsync,
        StepKind.Sync => (context, cancellation) => SyncRun.RunAsync(context, new SyncRequest(null, null, Rebuild: false, DryRun: false), cancellation),
        StepKind.Resume => (context, cancellation) => EraseRun.ResumeAsync(context, dryRun: false, cancellation),
        StepKind.TakeOver => TakeOverAsync,
        _ => static (_, _) => Task.CompletedTask,
    };

    /// <summary>Lets a run do its work, or die at it. What it refuses must be a refusal that is right.</summary>
    private async Task CallAsync(SequenceStep step, Func<RunContext, CancellationToken, Task> verb)
    {
        using var fate = new RunFate(step.Trouble, step.Call, () =>
        {
            var there = _cities.Where(static city => !city.IsAway).ToList();
            there.ElementAtOrDefault(step.Moment % Math.Max(there.Count, 1))?.IsAway = true;
        });
        try
        {
            await verb(Context(fate), fate.Token);
            _log.Append(fate.IsDead ? "died and did not notice" : $"done in {fate.Calls} calls");
            _isNewest |= IsAllHere && !fate.IsDead;
            await SettleAsync();
        }
        catch (OperationCanceledException) when (fate.IsDead)
        {
            _log.Append("died");
        }
        catch (BackupException failure) when (fate.IsDead || IsRight(failure))
        {
            _log.Append(CultureInfo.InvariantCulture, $"refused, {failure.Kind}: {failure.Message}");
            if (failure.Kind == FailureKind.NotOwner && step.Which % 2 == 0)
            {
                _log.Append("; so takes over: ");
                await CallAsync(new SequenceStep(StepKind.TakeOver, 0, 1), TakeOverAsync);
            }
        }
    }

    private bool IsRight(BackupException failure) => failure.Kind switch
    {
        FailureKind.NoRepository => _cities.All(static city => city.IsAway),
        FailureKind.NotOwner => true,
        // A duty; or two branches, which nobody but the owner may read as one.
        FailureKind.Refused => failure.Message.Contains("a court asks", StringComparison.Ordinal) || failure.Message.StartsWith("A site shows a ledger", StringComparison.Ordinal),
        // Cities that missed the release of a hold show it still; the machine knows better.
        FailureKind.Failed when failure is not ObjectLostException => failure.Message.StartsWith("No domain", StringComparison.Ordinal)
            || (failure.Message.StartsWith("No hold", StringComparison.Ordinal) && !IsAllHere),
        FailureKind.Degraded or FailureKind.Damage => !IsAllHere,
        _ => failure is ObjectLostException && !IsAllHere,
    };

    private async Task BackupAsync(RunContext context, CancellationToken cancellation)
    {
        var visible = VisibleEntries().ToHashSet(StringComparer.Ordinal);
        var saved = _model.Begin(attempt => attempt.Entries.Count == 0 || attempt.Entries.Overlaps(visible));
        await foreach (var outcome in BackupRun.RunAsync(context, new BackupRequest([], [Tag(saved)], DryRun: false), cancellation))
        {
            if (outcome.Failure is { } failure)
            {
                throw failure;
            }

            // What no city has whole is gone with this machine.
            saved.IsCommitted = outcome is { Snapshot: not null, Placement.CompleteCities: > 0 } && !cancellation.IsCancellationRequested;
            Assert.True(outcome.Snapshot is not null || cancellation.IsCancellationRequested || _cities.All(static city => city.IsAway), "a backup gave no snapshot");
        }
    }

    private static string Tag(SequenceModel.Saved saved) => $"number-{saved.Number}";

    private async Task EraseAsync(string person, RunContext context, CancellationToken cancellation)
    {
        var (attempt, before) = (_model.Ask(person), ErasingEntries());
        try
        {
            var status = await EraseRun.RunAsync(context, new EraseRequest { Subjects = ["customer:" + person], Reason = "request" }, cancellation);
            if (!cancellation.IsCancellationRequested && status.State is null or >= RequestState.Erasing)
            {
                attempt.Entries = ErasingEntries().Except(before, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
                attempt.KeysAreGone = attempt.Entries.Count > 0;
                if (!attempt.KeysAreGone)
                {
                    // Asked again while an earlier request is carried through: there is nothing more to take.
                    Assert.True(_model.WasAsked(attempt), $"the erasure of {person} took no key");
                    _model.Refused(attempt);
                }
            }

            _log.Append(CultureInfo.InvariantCulture, $"{status.State?.ToString() ?? "complete"}, level {status.Level}, ");
        }
        catch (OperationCanceledException)
        {
            attempt.Entries = ErasingEntries().Except(before, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
            throw;
        }
        catch (BackupException failure) when (failure.Kind is FailureKind.Refused or FailureKind.Failed or FailureKind.NotOwner or FailureKind.NoRepository)
        {
            Assert.False(failure.Kind == FailureKind.Failed && IsAllHere && _model.All.Any(saved =>
                saved is { IsCommitted: true, MayBeForgotten: false } && saved.Files.Keys.Any(path => SequenceModel.PersonOf(path) == person)
                && _model.Of(saved, person, other => other != attempt) == SequenceModel.Presence.There), $"{person} is not known");
            _model.Refused(attempt);
            throw;
        }
    }

    private static async Task ReleaseAsync(int which, RunContext context, CancellationToken cancellation)
    {
        var holds = await HoldRun.ListAsync(context, cancellation);
        if (holds.Count > 0)
        {
            await HoldRun.ReleaseAsync(context, holds[which % holds.Count].Id.ToString(), dryRun: false, cancellation);
        }
    }

    /// <summary>
    /// Without any grace only a machine that knows the newest state may collect: what a former one, of an old image, frees in a city that nobody else sees is needed
    /// by what it does not know.
    /// </summary>
    private async Task CollectAsync(RunContext context, CancellationToken cancellation)
    {
        if (_isNewest || IsAllHere)
        {
            _model.Forget();
            await ForgetRun.RunAsync(context, dryRun: false, cancellation);
            await GcRun.RunAsync(context, new GcRequest(null, Share.All, DryRun: false), cancellation);
        }
    }
}
