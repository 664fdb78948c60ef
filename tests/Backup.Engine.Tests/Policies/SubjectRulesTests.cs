using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Policies;
using CsCheck;

namespace Backup.Engine.Tests.Policies;

public sealed class SubjectRulesTests
{
    private const string Mail = "{ match: \"/var/vmail/{domain}/{user}/**\", id: \"email:{user}@{domain}\" }";
    private const string Customer = "{ match: \"/srv/docs/{customer}/**\", id: \"customer:{customer}\" }";
    private const string Vouchers = "{ match: \"/srv/docs/{customer}/{year}/**\", id: \"customer:{customer}\", class: voucher }";

    private static readonly DateTimeOffset Seen = new(2026, 11, 23, 2, 15, 0, TimeSpan.Zero);
    private static readonly Timestamp Modified = new(new DateTimeOffset(2026, 3, 5, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds(), 0);

    [Theory]
    [InlineData("/", RulePlace.OnTheWay)]
    [InlineData("/var", RulePlace.OnTheWay)]
    [InlineData("/var/vmail", RulePlace.OnTheWay)]
    [InlineData("/var/vmail/example.de", RulePlace.OnTheWay)]
    [InlineData("/var/vmail/example.de/max", RulePlace.Inside)]
    [InlineData("/var/vmail/example.de/max/cur/1", RulePlace.Inside)]
    [InlineData("/var/vmai", RulePlace.Outside)]
    [InlineData("/var/vmail2/example.de/max", RulePlace.Outside)]
    [InlineData("/srv", RulePlace.Outside)]
    public void Find_MailRule_TellsThePlace(string path, RulePlace place) => Assert.Equal(place, Find(PolicyTexts.Rules(Mail), path).Place);

    [Fact]
    public void Find_MailRule_GivesThePersonNormalizedAndTheCutAboveTheFolder()
    {
        var inside = Find(PolicyTexts.Rules(Mail), "/var/vmail/Müller.DE/Max/cur/1").Assignment;
        Assert.Equal(new DomainAssignment("email:max@xn--mller-kva.de", "everyday", PeriodSource.None, 3, false, null), inside);
    }

    [Fact]
    public void Find_NameThatIsNoDirectoryInThePersonsPlace_IsThePersons() =>
        Assert.Equal("email:max@example.de", Find(PolicyTexts.Rules(Mail), "/var/vmail/example.de/max", directory: false).Assignment.Subject);

    [Fact]
    public void Find_Elsewhere_IsTheBulkDomainOfTheClass()
    {
        var rules = PolicyTexts.Rules(Mail);
        Assert.Equal(new DomainAssignment(null, "everyday", PeriodSource.None, -1, false, null), Find(rules, "/etc/passwd").Assignment);
        Assert.True(Find(rules, "/var/vmail/example.de").Assignment.IsBulk);
    }

    [Fact]
    public void Find_GraftAt_HidesTheParentsNameToo()
    {
        var rules = PolicyTexts.Rules("{ match: \"/var/vmail/{domain}/users/{user}/**\", id: \"email:{user}@{domain}\", graft_at: /var/vmail }");
        Assert.Equal(RulePlace.OnTheWay, Find(rules, "/var/vmail").Place);
        var hidden = new DomainAssignment("raw:" + Hex("max.de"), "everyday", PeriodSource.None, 2, false, null);
        Assert.Equal(hidden, Find(rules, "/var/vmail/max.de").Assignment);
        Assert.Equal(hidden, Find(rules, "/var/vmail/max.de/users").Assignment);
        Assert.Equal(hidden, Find(rules, "/var/vmail/max.de/other/file").Assignment);
        Assert.Equal(("email:info@max.de", 2), Subject(rules, "/var/vmail/max.de/users/info/cur"));
    }

    [Fact]
    public void Find_TwoRulesBelowOneHiddenParent_EachGivesItsPerson()
    {
        var rules = PolicyTexts.Rules(
            "{ match: \"/srv/{domain}/users/{user}/**\", id: \"email:{user}@{domain}\", graft_at: /srv }",
            "{ match: \"/srv/{domain}/lists/{list}/**\", id: \"email:{list}@lists.{domain}\", graft_at: /srv }");
        Assert.Equal(("email:a@d.de", 1), Subject(rules, "/srv/d.de/users/a"));
        Assert.Equal(("email:a@lists.d.de", 1), Subject(rules, "/srv/d.de/lists/a"));
        Assert.Equal(("raw:" + Hex("d.de"), 1), Subject(rules, "/srv/d.de/lists"));
    }

    [Fact]
    public void Find_PersonsFolder_IsThePersonsWhateverTheRestOfThePatternSays()
    {
        var rules = PolicyTexts.Rules("{ match: \"/srv/docs/{customer}/invoices/{year}/**\", id: \"customer:{customer}\", class: voucher }");
        Assert.Equal(new DomainAssignment("customer:K 7", "everyday", PeriodSource.None, 2, false, null), Find(rules, "/srv/docs/K 7/letters/a").Assignment);
        Assert.Equal(("customer:K 7", 2), Subject(rules, "/srv/docs/K 7"));
        Assert.Equal(new DomainAssignment("customer:K 7", "voucher", PeriodSource.Fixed("2024"), 2, false, null), Find(rules, "/srv/docs/K 7/invoices/2024/a.pdf").Assignment);
        Assert.Equal("everyday", Find(rules, "/srv/docs/K 7/invoices/2024", directory: false).Assignment.Class);
    }

    [Theory]
    [InlineData(Customer, Vouchers)]
    [InlineData(Vouchers, Customer)]
    public void Find_MoreSpecificRuleOfOneFolder_Wins(string first, string second)
    {
        var rules = PolicyTexts.Rules(first, second);
        Assert.Equal(("everyday", true), Class(rules, "/srv/docs/k"));
        Assert.Equal(("everyday", true), Class(rules, "/srv/docs/k/note.txt"));
        Assert.Equal(("voucher", false), Class(rules, "/srv/docs/k/2025/deep/note.txt"));
        Assert.Equal("2025", Find(rules, "/srv/docs/k/2025/note.txt").Assignment.Period.Of(Modified, Seen));
        Assert.Equal(2, Find(rules, "/srv/docs/k/2025/note.txt").Assignment.CutDepth);
    }

    [Fact]
    public void Find_ThreeRulesInAChain_TheInnermostWins()
    {
        var rules = PolicyTexts.Rules(
            "{ match: \"/s/{c}/a/**/x*\", id: \"customer:{c}\", class: log }",
            "{ match: \"/s/{c}/**\", id: \"customer:{c}\", class: everyday }",
            "{ match: \"/s/{c}/a/**\", id: \"customer:{c}\", class: inquiry }");
        Assert.Equal("everyday", Class(rules, "/s/k/b/x1").Class);
        Assert.Equal("inquiry", Class(rules, "/s/k/a/y/z").Class);
        Assert.Equal("log", Class(rules, "/s/k/a/x1").Class);
        Assert.Equal("log", Class(rules, "/s/k/a/y/z/x1").Class);
        Assert.Equal("log", Class(rules, "/s/k/a/y/x/z").Class);
    }

    [Fact]
    public void Find_PeriodTextThatIsNoDate_TakesTheMtimeAndSaysSo()
    {
        var assignment = Find(PolicyTexts.Rules(Vouchers), "/srv/docs/k/misc/a").Assignment;
        Assert.Equal("2026", assignment.Period.Of(Modified, Seen));
        Assert.Contains("gives no date", assignment.Problem, StringComparison.Ordinal);
        Assert.Null(Find(PolicyTexts.Rules(Vouchers), "/srv/docs/k/misc", directory: false).Assignment.Problem);
    }

    [Theory]
    [InlineData(new byte[] { 0xff, 0xfe }, "not UTF-8")]
    [InlineData(new byte[] { (byte)'a', 7 }, "control character")]
    [InlineData(new byte[] { (byte)' ' }, "is empty")]
    public void Find_NameThatGivesNoIdentifier_HasARawDomainOfItsOwn(byte[] name, string problem)
    {
        var assignment = PolicyTexts.Rules(Customer).Find([.. "/srv/docs/"u8, .. name, .. "/a"u8], directory: true).Assignment;
        Assert.Equal("raw:" + Hex("customer:") + Convert.ToHexStringLower(name), assignment.Subject);
        Assert.Equal(2, assignment.CutDepth);
        Assert.Contains(problem, assignment.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_DatedSourceWithoutRules_GivesNobodysPeriod()
    {
        var text = PolicyTexts.WithRules(Mail).Replace("class: everyday\n", "class: log\n", StringComparison.Ordinal);
        var rules = ((FilesSourceConfig)PolicyTexts.Read(text).Tenants[0].Sources[0]).Rules;
        var assignment = Find(rules, "/var/log/x").Assignment;
        Assert.Equal((null, "log", -1), (assignment.Subject, assignment.Class, assignment.CutDepth));
        Assert.Equal("2026-03-05", assignment.Period.Of(Modified, Seen));
        Assert.False(assignment.IsBulk);
    }

    [Fact]
    public void Find_MixedFiles_HaveADomainForEachFamilyAndMonth()
    {
        var rules = PolicyTexts.Rules("{ match: \"/var/log/mail/{family}.log*\", mixed: true }");
        var today = Find(rules, "/var/log/mail/in.log", directory: false).Assignment;
        var rotated = Find(rules, "/var/log/mail/in.log.1.gz", directory: false).Assignment;
        Assert.Equal(today, rotated);
        Assert.Equal(("mixed:/var/log/mail/in.log*", true, 3), (today.Subject, today.Mixed, today.CutDepth));
        Assert.Equal("2026-03", today.Period.Of(Modified, Seen));
        Assert.False(today.Subject == Find(rules, "/var/log/mail/out.log", directory: false).Assignment.Subject);
        Assert.Null(Find(rules, "/var/log/mail/in.txt", directory: false).Assignment.Subject);
    }

    [Fact]
    public void Find_MixedFileOfAPerson_IsThePersonsByMonth()
    {
        var rules = PolicyTexts.Rules("{ match: \"/home/{user}/**\", id: \"customer:{user}\" }", "{ match: \"/home/{user}/mbox\", id: \"customer:{user}\", mixed: true }");
        var mbox = Find(rules, "/home/max/mbox", directory: false).Assignment;
        Assert.Equal(("customer:max", true, "2026-03"), (mbox.Subject, mbox.Mixed, mbox.Period.Of(Modified, Seen)));
        Assert.False(Find(rules, "/home/max/mbox2", directory: false).Assignment.Mixed);
    }

    [Theory]
    [InlineData("class: log", "2026-03-05")]
    [InlineData("class: inquiry", "2026-03")]
    [InlineData("class: log, period: year", "2026")]
    [InlineData("period: month", "2026-03")]
    [InlineData("starts: mtime", "2026")]
    [InlineData("period: \"{d}\"", "2025-07-01")]
    [InlineData("period: \"{d}\", class: log", "2025-07-01")]
    [InlineData("starts: \"{d}\", class: inquiry", "2025-07")]
    [InlineData("starts: \"{d}\", period: year", "2025")]
    [InlineData("starts: mtime, class: voucher", "2026")]
    [InlineData("mixed: true, class: log", "2026-03-05")]
    public void Find_RuleWithStartOrPeriod_GivesThePeriod(string keys, string expected)
    {
        var rules = PolicyTexts.Rules($"{{ match: \"/d/{{c}}/{{d}}/**\", id: \"customer:{{c}}\", {keys} }}");
        var period = keys.Contains("{d}", StringComparison.Ordinal)
            ? Find(rules, "/d/k/2025-07-01/a").Assignment.Period
            : Find(rules, "/d/k/any/a").Assignment.Period;
        Assert.Equal(expected, period.Of(Modified, Seen));
    }

    [Fact]
    public void Find_DoubleStarInTheMiddle_FindsTheFolderAtAnyDepth()
    {
        var rules = PolicyTexts.Rules("{ match: \"/srv/**/customers/{c}/**\", id: \"customer:{c}\" }");
        Assert.Equal(("customer:a", 2), Subject(rules, "/srv/customers/a/x"));
        Assert.Equal(("customer:a", 4), Subject(rules, "/srv/p/q/customers/a/customers/b"));
        Assert.Equal(RulePlace.OnTheWay, Find(rules, "/srv/p/q/r").Place);
        Assert.Equal(RulePlace.Outside, Find(rules, "/home").Place);
        Assert.Equal(("customer:customers", 2), Subject(rules, "/srv/customers/customers/a"));
    }

    [Fact]
    public void Enter_WhereNoRuleMatches_GivesTheSameObject()
    {
        var rules = PolicyTexts.Rules(Mail, Customer, Vouchers);
        var outside = rules.Root.Enter("usr"u8, directory: true);
        Assert.Same(outside, outside.Enter("share"u8, directory: true).Enter("doc"u8, directory: true));
        Assert.Same(outside, rules.Root.Enter("srv"u8, directory: true).Enter("www"u8, directory: true));
        var person = Find(rules, "/var/vmail/example.de/max");
        Assert.Same(person, person.Enter("cur"u8, directory: true).Enter("1"u8, directory: false));
        var customer = Find(rules, "/srv/docs/k");
        Assert.Same(customer.Assignment, customer.Enter("a"u8, directory: false).Assignment);
        Assert.Same(SubjectRules.None.Root, SubjectRules.None.Root.Enter("a"u8, directory: true));
    }

    [Fact]
    public void Enter_FilesWithoutRules_AllocatesNothing()
    {
        var rules = PolicyTexts.Rules(Mail, Customer);
        var state = rules.Root.Enter("var"u8, directory: true);
        _ = state.Enter("log"u8, directory: true);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            _ = state.Enter("log"u8, directory: true).Enter("syslog"u8, directory: false);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Hash_EqualRulesInAnotherOrder_IsTheSame()
    {
        var hash = PolicyTexts.Rules(Mail, Customer).Hash;
        Assert.Equal(hash, PolicyTexts.Rules(Customer, Mail).Hash);
        Assert.NotEqual(hash, PolicyTexts.Rules(Mail).Hash);
        Assert.NotEqual(hash, PolicyTexts.Rules(Mail, Customer.Replace("docs", "doc", StringComparison.Ordinal)).Hash);
        Assert.NotEqual(hash, PolicyTexts.Rules(Mail, Customer.Replace(" }", ", class: log }", StringComparison.Ordinal)).Hash);
        Assert.NotEqual(hash, PolicyTexts.Rules(Mail, Customer.Replace(" }", ", starts: mtime }", StringComparison.Ordinal)).Hash);
        Assert.NotEqual(hash, PolicyTexts.Rules(Mail, Customer.Replace(" }", ", mixed: true }", StringComparison.Ordinal)).Hash);
        Assert.NotEqual(hash, PolicyTexts.Rules(Mail, Customer.Replace(" }", ", graft_at: /srv }", StringComparison.Ordinal)).Hash);
        Assert.NotEqual(hash, SubjectRules.None.Hash);
    }

    [Fact]
    public void Find_AnyPath_AgreesWithAnOracleThatMatchesWholePaths()
    {
        var rules = PolicyTexts.Rules(
            "{ match: \"/a/{x}/b*/{y}/**\", id: \"customer:{x}-{y}\" }",
            "{ match: \"/b/**/c/{x}-{y}\", id: \"customer:{y}\" }",
            "{ match: \"/c/{x}/**\", id: \"customer:{x}\" }");
        string[] names = ["a", "b", "c", "bb", "a-b", "a-b-c", "-", "c-"];
        Gen.Int[0, names.Length - 1].List[1, 7].Select(list => list.Select(i => names[i]).ToArray()).Sample(
            path => Oracle(path) == (Subject(rules, "/" + string.Join('/', path)) is ({ } subject, var cut) ? (subject, cut) : (null, -1)),
            iter: 20_000);
    }

    /// <summary>Tries each beginning of the path, the shortest first, by hand-written conditions.</summary>
    private static (string? Subject, int Cut) Oracle(string[] path)
    {
        for (var depth = 1; depth <= path.Length; depth++)
        {
            var last = path[depth - 1];
            var dash = last.Length > 1 ? last.IndexOf('-', 1) : -1;
            if (path[0] == "a" && depth == 4 && path[2].StartsWith('b'))
            {
                return ($"customer:{path[1]}-{path[3]}", 3);
            }

            if (path[0] == "b" && depth >= 3 && path[depth - 2] == "c" && dash > 0 && dash < last.Length - 1)
            {
                return ($"customer:{last[(dash + 1)..]}", depth - 1);
            }

            if (path[0] == "c" && depth == 2)
            {
                return ($"customer:{path[1]}", 1);
            }
        }

        return (null, -1);
    }

    private static RuleState Find(SubjectRules rules, string path, bool directory = true) => rules.Find(Encoding.UTF8.GetBytes(path), directory);

    private static (string? Subject, int Cut) Subject(SubjectRules rules, string path)
    {
        var assignment = Find(rules, path).Assignment;
        return (assignment.Subject, assignment.CutDepth);
    }

    private static (string? Class, bool Undated) Class(SubjectRules rules, string path)
    {
        var assignment = Find(rules, path, directory: !path.EndsWith(".txt", StringComparison.Ordinal)).Assignment;
        return (assignment.Class, assignment.Period.IsNone);
    }

    private static string Hex(string text) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text));
}
