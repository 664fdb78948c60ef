using Backup.Cli.Reports;
using Backup.Engine.Format;
using Backup.Engine.Runs;
using static Backup.Cli.Tests.Samples;

namespace Backup.Cli.Tests.Reports;

/// <summary>What the commands tell that say what lives and free space.</summary>
public sealed class RetentionTranscriptTests
{
    [Fact]
    public void Forget_SomeForgotten_GivesEachItsReasons() =>
        Transcript.Check("forget", static printer => ForgetReport.Print(printer, Forgotten(Unna, Nuernberg, Falkenstein), dryRun: false));

    [Fact]
    public void Forget_DryRun_SaysSo() => Transcript.Check("forget-dry-run", static printer => ForgetReport.Print(printer, Forgotten(Unna), dryRun: true));

    [Fact]
    public void Pin_Done_NamesTheSnapshot() => Transcript.Check("pin", static printer => ForgetReport.PrintChange(
        printer, new SnapshotChangeOutcome(Id("1"), "mail", Night, [Unna, Nuernberg, Failed(Falkenstein, "no answer")]), "It stays until it is unpinned.", dryRun: false));

    [Fact]
    public void Gc_CondemnedAndWaiting_EndsWith0() => Transcript.Check("gc-waiting", static printer => GcReport.Print(printer, Collected(), dryRun: false));

    [Fact]
    public void Gc_ASiteDoubtfulAndABlobLost_EndsWith21() => Transcript.Check("gc-troubled", static printer => GcReport.Print(
        printer,
        Collected() with
        {
            Lost = 2,
            Warnings = [new RunFinding("gc", "packs that are needed in part are not written anew now", "Bring the sites back.")],
            Sites =
            [
                new GcSite("unna", "Unna", new ObjectSum(120, 1_887_436_800), new ObjectSum(2, 4711), default, Night.AddDays(30), null),
                new GcSite("nuernberg", "Nürnberg", default, default, new ObjectSum(120, 1_887_436_800), null, "two listings of it do not say the same"),
            ],
        },
        dryRun: false));

    [Fact]
    public void LedgerShow_SeveralKinds_TellsWhatEachDid() => Transcript.Check("ledger-show", static printer =>
    {
        LedgerReport.PrintEntries(printer,
        [
            Entry(103, "deleted") with { ObjectsDeleted = 14, Sites = ["unna"] },
            Entry(102, "verified") with { Facts = [new LedgerFact("unna", "verified", "objects=12 damaged=0"), new LedgerFact(null, "checked", "yes")] },
            Entry(101, "forgotten") with { Snapshots = [("removed", Id("1")), ("pinned", Id("2"))] },
            Entry(100, "backup") with { Snapshots = [("added", Id("1"))], ObjectsAdded = 5, ObjectsCondemned = 1, DomainsErased = 2 },
            Entry(1, "opened") with { ObjectsAdded = null },
        ]);
        return Verdict.Done;
    });

    [Fact]
    public void LedgerVerify_Whole_EndsWith0() => Transcript.Check("ledger-verify", static printer => LedgerReport.PrintVerify(
        printer, new LedgerVerifyOutcome(103, Id("head"), 103, 1, [], [], [new("unna", "Unna", 103, 0, 0, null), new("nuernberg", "Nürnberg", 103, 0, 0, null)])));

    [Fact]
    public void LedgerVerify_BrokenAndNotWhole_EndsWith21() => Transcript.Check("ledger-verify-broken", static printer => LedgerReport.PrintVerify(
        printer,
        new LedgerVerifyOutcome(
            103, Id("head"), 103, 2, [Id("branch")], [new RunFinding("ledger/0000000017-00", "an entry that it builds on is found nowhere")],
            [new("unna", "Unna", 101, 1, 1, null), new("nuernberg", "Nürnberg", 0, 0, 0, "no answer within 30 s")])));

    private static ForgetOutcome Forgotten(params SiteOutcome[] sites) => new(
        [
            new RetainedSnapshot(Id("1"), "mail", Night.AddDays(-2), "correspondence", Keep: false, ["no rule keeps it"]),
            new RetainedSnapshot(Id("2"), "mail", Night.AddDays(-1), "correspondence", Keep: true, ["weekly 2026-W30", "monthly 2026-07"]),
            new RetainedSnapshot(Id("3"), "helpdesk", Night, null, Keep: true, ["its source has no class", "one of the last three"]),
        ],
        [new RunFinding("helpdesk", "it has no class: nothing of it is forgotten", "Name a class in the source, and describe it under `classes:`.")],
        sites);

    private static GcOutcome Collected() => new()
    {
        Condemned = new ObjectSum(124, 1_887_436_800),
        Rewritten = new ObjectSum(12, 201_326_592),
        FreedPercent = 12.345,
        Warnings = [],
        Lost = 0,
        Finished = true,
        Sites =
        [
            new GcSite("unna", "Unna", default, new ObjectSum(1, 100), new ObjectSum(124, 1_887_436_800), null, null),
            new GcSite("nuernberg", "Nürnberg", default, default, new ObjectSum(124, 1_887_436_800), null, null),
        ],
    };

    private static LedgerItem Entry(long number, string kind) => new()
    {
        Sequence = number,
        Hash = Id($"entry {number}"),
        Time = Night,
        Kind = kind,
        Term = 1,
        Epoch = 2,
        Snapshots = [],
        ObjectsAdded = 0,
        ObjectsCondemned = 0,
        ObjectsDeleted = 0,
        DomainsErased = 0,
        Facts = [],
        Sites = ["unna", "nuernberg"],
    };
}
