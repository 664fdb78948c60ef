using System.Globalization;
using CsCheck;

namespace Backup.Engine.Tests.Runs;

/// <summary>
/// Whatever happens to machine and cities, and in whatever order: an erasure loses nobody else's byte and brings nobody back. BACKUP_TEST_SEQUENCES says how
/// many sequences are tried.
/// </summary>
public sealed class ErasureSequenceTests
{
    private const int Usual = 40;

    private static int Count => int.TryParse(Environment.GetEnvironmentVariable("BACKUP_TEST_SEQUENCES"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : Usual;

    [Fact]
    public async Task Erasures_AnySequence_LoseNobodyElseAndBringNobodyBack()
    {
        var hasFailed = 0;
        await SequenceStep.Sequences.SampleAsync(
            async steps =>
            {
                // One failure, made short, says more than many.
                if (Volatile.Read(ref hasFailed) == 0 && await TryAsync(steps) is { } failure && Interlocked.Exchange(ref hasFailed, 1) == 0)
                {
                    Assert.Fail(await ShortenAsync(steps, failure));
                }
            },
            iter: Count, print: SequenceStep.Tell);
    }

    /// <summary>What a branch brings of the person is copied to cities that were found clean before, and is to be looked for there again.</summary>
    [Fact]
    public Task Erase_ABranchBringsMoreOfThePerson_IsLookedForEverywhere() => MustPassAsync(
        Step(StepKind.Away, 0), Step(StepKind.Erase), Step(StepKind.LoseHost, 0), Step(StepKind.Backup, 0, 0));

    /// <summary>The image has the current keys already and the objects still: no older epoch gives it away.</summary>
    [Fact]
    public Task Erase_ACityComesBackAsItWasBetweenKeysAndObjects_IsNoticed() => MustPassAsync(
        Step(StepKind.Erase, trouble: Trouble.DiesAfter, moment: 185), Step(StepKind.KeepCity, 1), Step(StepKind.Resume), Step(StepKind.RollBackCity, 1));

    /// <summary>A pack of a killed backup, in an image that comes back when the request is done: no entry names it, and the request knows no domain any more.</summary>
    [Theory]
    [InlineData(46)]
    [InlineData(47)]
    [InlineData(48)]
    [InlineData(49)]
    [InlineData(50)]
    public Task Erase_ACityComesBackWithWhatAKilledBackupLeft_IsRemoved(int moment) => MustPassAsync(
        Step(StepKind.Backup, 0, 0, Trouble.DiesAfter, moment), Step(StepKind.KeepCity, 1), Step(StepKind.Erase), Step(StepKind.RollBackCity, 1));

    /// <summary>Two persons shared a pack that was written anew for the first, and a killed backup left something of the second.</summary>
    [Fact]
    public Task Erase_AfterAnErasureAndAKilledBackup_IsCarriedThrough() => MustPassAsync(
        Step(StepKind.Erase, 3), Step(StepKind.Backup, 1, 0, Trouble.DiesBefore, 55), Step(StepKind.Erase, 1));

    /// <summary>A machine that saw only an old image of one city owns the repository, and saves before it knows of the erasure.</summary>
    [Fact]
    public Task Erase_TheNextOwnerSawOnlyAnOldCity_IsCarriedThrough() => MustPassAsync(
        Step(StepKind.Erase, 1), Step(StepKind.RollBackCity, 1, 4), Step(StepKind.LoseHost, 1), Step(StepKind.Change, 1), Step(StepKind.Backup, 3, 0));

    /// <returns>What is wrong after some steps, and what happened; null if nothing is.</returns>
    private static async Task<string?> TryAsync(IReadOnlyList<SequenceStep> steps)
    {
        using var sequence = await ErasureSequences.BeginAsync();
        try
        {
            foreach (var step in steps)
            {
                await sequence.StepAsync(step);
            }

            await sequence.FinishAsync();
            return null;
        }
        catch (Exception failure)
        {
            return $"{failure}\n\nWhat happened:\n{sequence.Log}";
        }
    }

    /// <summary>Leaves out step by step what the failure does not need.</summary>
    private static async Task<string> ShortenAsync(SequenceStep[] steps, string failure)
    {
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            SequenceStep[] fewer = [.. steps.Take(i), .. steps.Skip(i + 1)];
            if (await TryAsync(fewer) is { } same)
            {
                (steps, failure) = (fewer, same);
            }
        }

        return $"{SequenceStep.Tell(steps)}\n\n{failure}";
    }

    private static SequenceStep Step(StepKind kind, int who = 0, int which = 1, Trouble trouble = Trouble.None, int moment = 0) => new(kind, who, which, trouble, moment);

    private static async Task MustPassAsync(params SequenceStep[] steps)
    {
        if (await TryAsync(steps) is { } failure)
        {
            Assert.Fail(failure);
        }
    }
}
