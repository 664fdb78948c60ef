using System.Text;
using Backup.Cli.Output;
using Backup.Cli.Reports;
using Backup.Engine.Format;
using Backup.Engine.Runs;
using static Backup.Cli.Tests.Samples;

namespace Backup.Cli.Tests.Reports;

/// <summary>What each command tells, as text, as JSON and as exit code.</summary>
public sealed class TranscriptTests
{
    [Fact]
    public void Backup_AllCitiesComplete_EndsWith0() =>
        Transcript.Check("backup-complete", printer => BackupReport.Print(printer, BackedUp(Unna, Nuernberg, Falkenstein), dryRun: false));

    [Fact]
    public void Backup_ACityDown_NamesItAndEndsWith20() => Transcript.Check("backup-degraded", printer => BackupReport.Print(
        printer,
        BackedUp(Unna, Pending(Nuernberg, "12 objects to copy"), Failed(Falkenstein, "no answer from s3.example.net within 30 s")),
        dryRun: false));

    [Fact]
    public void Backup_UnreadableEntries_ListsThemAndEndsWith3() => Transcript.Check("backup-unreadable", printer => BackupReport.Print(
        printer,
        BackedUp(Unna, Nuernberg, Falkenstein) with
        {
            Errors =
            [
                new RunFinding("/var/vmail/a\nb", "permission denied", "run it as root"),
                new RunFinding("/var/vmail/ba\udcffd", "permission denied", "run it as root"),
                new RunFinding("/var/vmail/c", "changed while it was read"),
            ],
            Warnings = [new RunFinding("/srv/backup", "left out: it is the site unna")],
        },
        dryRun: false));

    [Fact]
    public void Backup_NoSite_EndsWith10() => Transcript.Check("backup-no-site", printer => BackupReport.Print(
        printer,
        BackedUp(Failed(Unna, "read-only file system"), Failed(Nuernberg, "connection refused")) with { Snapshot = null },
        dryRun: false));

    [Fact]
    public void Backup_DryRun_SaysSo() => Transcript.Check("backup-dry-run", printer =>
        BackupReport.Print(printer, BackedUp() with { Snapshot = null }, dryRun: true));

    [Fact]
    public void Init_WithoutFile_PrintsTheSheetButNeverInJson() => Transcript.Check("init-sheet", printer => InitReport.Print(
        printer, new InitOutcome(Id("repository"), [Unna, Nuernberg, Falkenstein], Sheet()), new InitRequest(null, DryRun: false)));

    [Fact]
    public void Init_WithFile_PrintsNothingSecret() => Transcript.Check("init-file", printer => InitReport.Print(
        printer,
        new InitOutcome(Id("repository"), [Unna, Nuernberg, Failed(Falkenstein, "no answer")], null),
        new InitRequest("/root/recovery.key", DryRun: false)));

    [Fact]
    public void Snapshots_SeveralStates_NamesCities() => Transcript.Check("snapshots", printer =>
    {
        SnapshotsReport.Print(printer,
        [
            new SnapshotItem(
                Id("1"), Night.AddDays(-1), "mail", "srv1", ["weekly", "before update"], 78_231, 12_884_901_888, 125_829_120, 0,
                [new("unna", "Unna", true, Read: true), new("nuernberg", "Nürnberg", true), new("falkenstein", "Falkenstein", false)]),
            new SnapshotItem(Id("2"), Night, "helpdesk", "srv1", [], 3, 4711, 0, 2, []),
        ]);
        return Verdict.Done;
    });

    [Fact]
    public void Snapshots_OneCityWrittenTwice_NamesItOnce()
    {
        using var desk = new Desk();
        SnapshotsReport.Print(desk.Printer,
        [
            new SnapshotItem(Id("1"), Night, "mail", "srv1", [], 3, 4711, 0, 0, [new("a", "Unna", false), new("b", "UNNA", true), new("c", "Bonn", true)]),
        ]);
        Assert.Contains("stored: Unna, Bonn", desk.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("NOT complete", desk.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Snapshots_None_SaysSo() => Transcript.Check("snapshots-none", printer =>
    {
        SnapshotsReport.Print(printer, []);
        return Verdict.Done;
    });

    [Fact]
    public void Ls_KindsAndNames_OneLineEach() => Transcript.Check("ls", printer =>
    {
        PrintEntries(printer, detailed: false);
        return Verdict.Done;
    });

    [Fact]
    public void Ls_Detailed_ShowsMetadata() => Transcript.Check("ls-detailed", printer =>
    {
        PrintEntries(printer, detailed: true);
        return Verdict.Done;
    });

    [Fact]
    public void Find_Hits_NameTheSnapshot() => Transcript.Check("find", printer =>
    {
        EntryReport.PrintFound(printer, new ListedEntry("/etc/hosts"u8.ToArray(), File("hosts"), null, Id("1")));
        EntryReport.PrintFound(printer, new ListedEntry("/home/x"u8.ToArray(), null, Night, Id("2")));
        return Verdict.Done;
    });

    [Fact]
    public void Diff_EachDifference_HasItsSign() => Transcript.Check("diff", printer =>
    {
        foreach (var difference in Enum.GetValues<Difference>())
        {
            var path = Encoding.UTF8.GetBytes($"/etc/{difference}");
            var before = difference == Difference.Added ? null : File("old");
            var after = difference == Difference.Removed ? null : File("new");
            EntryReport.PrintDifference(printer, new DifferenceItem(path, difference, before, after));
        }

        return Verdict.Done;
    });

    [Fact]
    public void Restore_Complete_EndsWith0() => Transcript.Check("restore-complete", printer =>
        RestoreReport.Print(printer, Restore(), RestoreRequest()));

    [Fact]
    public void Restore_OnlyErasedPartsMissing_EndsWith0() =>
        Transcript.Check("restore-erased", printer => RestoreReport.Print(printer, Restore() with { Erased = 2 }, RestoreRequest()));

    [Fact]
    public void Restore_EverythingThatCanGoWrong_IsListed() => Transcript.Check("restore-troubled", printer => RestoreReport.Print(
        printer,
        Restore() with
        {
            Skipped = 2,
            Erased = 1,
            Errors =
            [
                new RunFinding("/dev/x", "device nodes need root", "restore as root"),
                new RunFinding("/etc/shadow", "owner not restored", "restore as root"),
            ],
            Damage = [new DamageFinding("unna", "packs/3f/3f0a", "12 bytes short", Healed: false)],
            StaleSince = Night,
        },
        RestoreRequest()));

    [Fact]
    public void Restore_DryRun_SaysSo() => Transcript.Check("restore-dry-run", printer =>
        RestoreReport.Print(printer, Restore() with { SitesUsed = [] }, RestoreRequest() with { DryRun = true }));

    [Fact]
    public void Verify_AllWhole_EndsWith0() => Transcript.Check("verify-whole", printer => VerifyReport.Print(printer, new VerifyOutcome(
        [Verified("unna"), Verified("nuernberg") with { ReadDataPercent = 0 }, Verified("falkenstein")], [], new PlacementOutcome(3, 3))));

    [Fact]
    public void Verify_DryRun_SaysSo() => Transcript.Check("verify-dry-run", printer => VerifyReport.Print(
        printer, new VerifyOutcome([Verified("unna"), Verified("nuernberg"), Verified("falkenstein")], [], new PlacementOutcome(3, 3)), dryRun: true));

    [Fact]
    public void Verify_DamageNotHealed_EndsWith21() => Transcript.Check("verify-damaged", printer => VerifyReport.Print(printer, new(
        [
            Verified("unna") with { Missing = 1, Damaged = 1 },
            Verified("nuernberg"),
            Verified("falkenstein") with { Objects = 0, Bytes = 0, HashesPercent = 0, ReadDataPercent = 0, Message = "no answer" },
        ],
        [
            new DamageFinding("unna", "packs/3f/3f0a", "hash differs", Healed: false),
            new DamageFinding("unna", "index/77aa", "missing", Healed: false),
        ],
        new PlacementOutcome(3, 1))));

    [Fact]
    public void Verify_Healed_EndsWith0() => Transcript.Check("verify-healed", printer => VerifyReport.Print(printer, new VerifyOutcome(
        [Verified("unna") with { Damaged = 1, Healed = 1 }, Verified("nuernberg"), Verified("falkenstein")],
        [new DamageFinding("unna", "packs/3f/3f0a", "hash differs", Healed: true)],
        new PlacementOutcome(3, 3))));

    [Fact]
    public void Verify_SiteWasAway_EndsWith20() => Transcript.Check("verify-pending", printer => VerifyReport.Print(printer, new VerifyOutcome(
        [Verified("unna"), Verified("nuernberg"), Verified("falkenstein") with { Missing = 7, Pending = 7 }], [], new PlacementOutcome(3, 2))));

    [Fact]
    public void Drill_AllCameBack_EndsWith0() => Transcript.Check("drill-done", printer => DrillReport.Print(printer, new DrillOutcome(
        [Drilled("unna"), Drilled("nuernberg"), Drilled("falkenstein")])));

    [Fact]
    public void Drill_MismatchAndLostSite_EndsWith21() => Transcript.Check("drill-troubled", printer => DrillReport.Print(printer, new(
        [
            Drilled("unna") with { Mismatches = 2 },
            Drilled("nuernberg"),
            Drilled("falkenstein") with { Snapshot = null, Files = 0, Bytes = 0, Message = "no answer" },
        ])));

    [Fact]
    public void Sync_AllComplete_EndsWith0() => Transcript.Check("sync-done", printer => SyncReport.Print(printer, new SyncOutcome(
        [new("unna", 0, 0, 0, true, null), new("nuernberg", 12, 125_829_120, 1, true, null)], new PlacementOutcome(2, 2)), dryRun: false));

    [Fact]
    public void Sync_SiteStillBehind_EndsWith20() => Transcript.Check("sync-behind", printer => SyncReport.Print(printer, new SyncOutcome(
        [new("unna", 0, 0, 0, true, null), new("nuernberg", 3, 50_331_648, 0, false, "no space left")],
        new PlacementOutcome(2, 1)), dryRun: false));

    [Fact]
    public void Status_AllWell_EndsWith0() => Transcript.Check("status-well", printer => StatusReport.Print(printer, new StatusOutcome(
        [new("mail", Id("snapshot"), Night, ["Unna", "Nürnberg", "Falkenstein"], true)],
        [Site("unna", "Unna"), Site("nuernberg", "Nürnberg"), Site("falkenstein", "Falkenstein")],
        [new RunFinding("unna", "lies on the same device as the source mail", "put one of them on another disk")])));

    [Fact]
    public void Status_Trouble_SaysWhatToDo() => Transcript.Check("status-troubled", printer => StatusReport.Print(printer, new(
        [new("mail", Id("snapshot"), Night.AddHours(-80), ["Unna"], false), new("helpdesk", null, null, [], false)],
        [
            Site("unna", "Unna") with { DamagedObjects = 1 },
            Site("nuernberg", "Nürnberg") with { Stale = true, BacklogObjects = 12 },
            Site("falkenstein", "Falkenstein") with { Reachable = false, Objects = 0, Bytes = 0, Message = "no answer" },
        ],
        [])));

    [Fact]
    public void Keys_List_OneLineEach() => Transcript.Check("key-list", printer =>
    {
        KeyReport.PrintList(printer, Slots());
        return Verdict.Done;
    });

    [Fact]
    public void Keys_RecoveryDrawn_PrintsTheSheet() => Transcript.Check("key-recovery", printer => KeyReport.PrintChange(
        printer,
        new KeyOutcome(7, Slots(), [Unna, Failed(Nuernberg, "no answer")], Sheet()),
        "The new recovery key is valid.",
        dryRun: false));

    [Fact]
    public void Keys_RecoveryChecked_EndsWith0() => Transcript.Check("key-check", printer => KeyReport.PrintCheck(printer, Slots()[0]));

    [Fact]
    public void Sites_List_OneLineEach() => Transcript.Check("site-list", printer =>
    {
        var sites = Enum.GetValues<SiteMembership>()
            .Select(standing => new SiteItem($"site{(int)standing}", "local", "Unna", "DE", standing, null));
        SiteReport.PrintList(printer, [.. sites]);
        return Verdict.Done;
    });

    [Fact]
    public void Sites_AddedAndRetired_SayWhatIsLeft()
    {
        Transcript.Check("site-add", printer =>
            SiteReport.PrintChange(printer, new(Pending(Unna), new PlacementOutcome(3, 3)), retired: false, dryRun: false));
        Transcript.Check("site-retire", printer =>
            SiteReport.PrintChange(printer, new(Unna, new PlacementOutcome(3, 2)), retired: true, dryRun: false));
    }

    [Fact]
    public void Takeover_ASiteAway_EndsWith20() => Transcript.Check("takeover", printer => SiteReport.PrintTakeover(
        printer, new TakeoverOutcome(2, [Id("a"), Id("b")], [Unna, Failed(Nuernberg, "no answer")]), dryRun: false));

    private static void PrintEntries(Printer printer, bool detailed)
    {
        var hosts = File("hosts");
        Print(printer, detailed, "/etc/hosts"u8, hosts);
        Print(printer, detailed, "/etc/a\u001bb\\c\nd"u8, hosts);
        Print(printer, detailed, [(byte)'/', 0xff, (byte)'x'], hosts);
        Print(printer, detailed, "/link"u8, new Entry
        {
            Name = "link"u8.ToArray(),
            Kind = EntryKind.SymbolicLink,
            Mode = 0x1ff,
            LinkTarget = [(byte)'.', 0x80],
            Modified = new(-1, 5),
        });
        Print(printer, detailed, "/dev/sda"u8, new Entry
        {
            Name = "sda"u8.ToArray(),
            Kind = EntryKind.BlockDevice,
            Mode = 0x1b0,
            DeviceNumber = (8, 0),
            Modified = new(1L << 40, 0),
        });
        Print(printer, detailed, "/bin/su"u8, new Entry
        {
            Name = "su"u8.ToArray(),
            Kind = EntryKind.File,
            Mode = 0x9ed,
            User = "root",
            Group = "root",
            Size = 55,
            Incomplete = true,
        });
        EntryReport.PrintListed(printer, new ListedEntry("/home/x"u8.ToArray(), null, Night, Id("snapshot")), detailed);
    }

    private static void Print(Printer printer, bool detailed, ReadOnlySpan<byte> path, Entry entry) =>
        EntryReport.PrintListed(printer, new ListedEntry(path.ToArray(), entry, null, Id("snapshot")), detailed);

    private static readonly Dictionary<string, string> Cities =
        new(StringComparer.Ordinal) { ["unna"] = "Unna", ["nuernberg"] = "Nürnberg", ["falkenstein"] = "Falkenstein" };

    private static VerifiedSite Verified(string id) => new(id, 1204, 12_884_901_888, 0, 0, 3, 0, 100, 12.5, null) { City = Cities[id] };

    private static DrilledSite Drilled(string id) => new(id, "mail", Id("snapshot"), 200, 4_194_304, 0, TimeSpan.FromSeconds(3.5), null);

    private static SiteStatus Site(string id, string city) => new(id, "local", city, "DE", true, false, 1204, 12_884_901_888, 0, 0, null);

    private static KeyItem[] Slots() =>
    [
        new(Id("slot 1"), "recovery", "the safe", Night.AddDays(-100)),
        new(Id("slot 2"), "passphrase", "nightly run", Night),
    ];

    private static RecoverySheet Sheet() => new(
        "BKR1-ABCDEF-GHIJKL-MNOPQR-STUVWX-YZ2345-67ABCD-EFGHIJ-KLMNOP-QRSTUV-WXYZ",
        Id("repository"),
        "0000000001-" + Id("head"),
        [
            new("unna", "Unna", "DE", "/srv/backup on this machine"),
            new("nuernberg", "Nürnberg", "DE", "sftp://backup@bk1.example.net:22/backup, host key SHA256:abc"),
        ],
        Night);
}
