using System.Text;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Erasure;

/// <summary>Who must agree, what a duty keeps, what is refused, and the papers that come of it.</summary>
public sealed class DutyTests(PeopleStory story) : IClassFixture<PeopleStory>
{
    private const string SecondPassphrase = "another horse, another battery";

    [Fact]
    public void Approvals_TwoAreAsked_WaitsFor25AndGoesOnWithTheSecondKey()
    {
        using var world = story.Start();
        world.Quick = false;
        world.Sections += "\nerasure: { approvers: 2 }";
        world.WritePolicy();
        var second = AddSlot(world);

        var asked = world.Machine.Json(ErasureSteps.Run).MustExit(25).Summary;
        var id = asked.Text("request");
        Assert.Equal((0, 1), (asked.Number("level"), asked.Number("approvals_missing")));
        world.Machine.Run("erase", "status").MustExit(25);
        world.Machine.Run("erase", "approve", id[..8]).MustExit(25).MustSay("key of their own");
        story.MustRestoreEverybody(world, "a");

        var done = world.Machine.With("BACKUP_PASSPHRASE_FILE", second).Json("erase", "approve", id[..8]).MustExit(0).Summary;
        Assert.Equal(3, done.Number("level"));
        world.MustBeErasedEverywhere();
        story.MustRestoreTheOthers(world, "a");
    }

    [Fact]
    public void Hold_OnEverythingOfThePerson_Refuses25UntilItIsReleased()
    {
        using var world = story.Start();
        var hold = world.Machine.Json("hold", "add", "--subject", PeopleStory.Subject, "--until", "2099-12-31", "--reason", "a court asks").MustExit(0).Summary.Text("id");

        world.Machine.Run(ErasureSteps.Run).MustExit(25).MustSay("a court asks");
        story.MustRestoreEverybody(world, "a");

        world.Machine.Run("hold", "release", hold[..8]).MustExit(0);
        world.Erase();
        story.MustRestoreTheOthers(world, "a");
    }

    [Fact]
    public void Hold_OnAClass_KeepsItRestrictedAndSaysSo()
    {
        using var world = World.Initialized(quick: true);
        world.SourceKeys = $$"""
                class: letters
                subjects:
                  - { match: "{{world.Data}}/{person}/**", id: "customer:{person}" }
                  - { match: "{{world.Data}}/{person}/vouchers/{year}/**", id: "customer:{person}", class: voucher }
            """;
        world.Sections = "classes:\n  letters: { keep: { last: 5 } }\n  voucher: { keep: { last: 5 } }";
        world.WritePolicy();
        SampleData.Random(Path.Combine(world.Data, PeopleStory.Person, "letter"), 1000);
        SampleData.Random(Path.Combine(world.Data, PeopleStory.Person, "vouchers", "2025", "voucher"), 1000);
        world.Backup();
        world.Machine.Run("hold", "add", "--class", "voucher", "--until", "2099-12-31", "--reason", "an audit").MustExit(0);

        var said = world.Erase().Summary;

        var held = Assert.Single(said.List("holds"));
        Assert.Equal(("voucher", "an audit"), (held.Text("class"), held.Text("reason")));
        Assert.StartsWith("2100-01-01T00:00:00", held.Text("until"), StringComparison.Ordinal);
        var left = Assert.Single(world.Machine.Json("subject", "find", PeopleStory.Subject).MustExit(0).Items);
        Assert.Equal(("voucher", "restricted"), (left.Text("class"), left.Text("state")));
        Assert.True(left.Flag("held"));
        world.Machine.Run("restore", "latest", "--target", Path.Combine(world.Folder, "t")).MustExit(0, 3);
        Assert.False(File.Exists(Path.Combine(world.Folder, "t") + world.Data + $"/{PeopleStory.Person}/letter"));
        Assert.False(File.Exists(Path.Combine(world.Folder, "t") + world.Data + $"/{PeopleStory.Person}/vouchers/2025/voucher"));
    }

    [Fact]
    public void SiteIsDown_EndsWith22AndTheNextBackupFinishes()
    {
        using var world = story.Start();
        world.TakeAway("c");

        var said = world.Machine.Json(ErasureSteps.Run).MustExit(22).Summary;
        var gap = Assert.Single(said.List("not_reached"));
        gap.HasFields("site", "since", "reason");
        Assert.Equal("c", gap.Text("site"));
        world.Machine.Run("erase", "status").MustExit(22);
        story.MustRestoreTheOthers(world, "a", "b");
        Assert.Equal(said.Text("request"), world.Machine.Json(ErasureSteps.Run).MustExit(22).Summary.Text("request"));

        world.BringBack("c");
        world.Machine.Run("backup").MustExit(0);
        world.MustBeErasedEverywhere();
    }

    [Fact]
    public void Requests_ThatAreWrong_ChangeNothing()
    {
        using var world = story.Start();
        var before = world.Objects("a");

        Erase("customer:nobody", "--yes").MustExit(1);
        Erase("customer:adelheid*", "--yes").MustExit(2);
        Erase("adelheid", "--yes").MustExit(2);
        Erase(PeopleStory.Subject).MustExit(2).MustSay("--yes");
        Erase(PeopleStory.Subject, "--dry-run").MustExit(0);
        world.Machine.Run("erase", "plan", "--subject", PeopleStory.Subject).MustExit(0);

        Assert.Equal(before, world.Objects("a"), StringComparer.Ordinal);
        story.MustRestoreEverybody(world, "a");

        CliResult Erase(string subject, params IEnumerable<string> more) => world.Machine.Run(["erase", "run", "--subject", subject, "--reason", "request", .. more]);
    }

    [Fact]
    public void CertificateAndLetter_NameNobodyAndAreCheckedWithoutAPolicy()
    {
        using var world = story.Start();
        var id = world.Erase().Summary.Text("request");
        var certificate = Path.Combine(world.Folder, "certificate.json");
        File.WriteAllBytes(certificate, world.Machine.Run("erase", "certificate", id[..8]).MustExit(0).Output);
        var changed = Path.Combine(world.Folder, "changed.json");
        var text = File.ReadAllText(certificate);
        File.WriteAllText(changed, text.Replace("\"level\":3", "\"level\":2", StringComparison.Ordinal));
        Assert.NotEqual(text, File.ReadAllText(changed), StringComparer.Ordinal);

        var valid = Shell.Try(Published.Backupctl, "--json", "erase", "verify", "--certificate", certificate).MustExit(0).Summary;
        Assert.True(valid.Flag("valid"));
        Assert.Equal((id, 3), (valid.Text("request"), valid.Number("level")));
        Shell.Try(Published.Backupctl, "erase", "verify", "--certificate", changed).MustExit(1);
        Assert.All(PeopleStory.Texts, personal => Assert.DoesNotContain(personal, text, StringComparison.OrdinalIgnoreCase));

        foreach (var (language, word) in new[] { ("de", "Löschung"), ("en", "Erasure") })
        {
            var letter = Encoding.UTF8.GetString(world.Machine.Run("erase", "letter", id[..8], "--lang", language).MustExit(0).Output);
            Assert.StartsWith("<!DOCTYPE html>", letter, StringComparison.Ordinal);
            Assert.Contains(word, letter, StringComparison.Ordinal);
            Assert.Contains(id, letter, StringComparison.Ordinal);
            Assert.All(PeopleStory.Texts, personal => Assert.DoesNotContain(personal, letter, StringComparison.OrdinalIgnoreCase));
        }
    }

    /// <summary>Each slot that is left opens all that is left, from each city alone, on an empty machine; the removed one opens nothing.</summary>
    [Fact]
    public void Slots_AfterAnErasureAndARemoval_EachOpenEverythingThatIsLeft()
    {
        using var world = story.Start();
        world.Quick = false;
        var second = AddSlot(world);
        var first = Assert.Single(world.Machine.Json("key", "list").MustExit(0).Items, static item => item.Text("kind") == "passphrase" && item.Text("label") != "second").Text("id");
        var policyAndSecond = world.Machine.With("BACKUP_PASSPHRASE_FILE", second);
        policyAndSecond.Run(ErasureSteps.Run).MustExit(0);
        policyAndSecond.Run("key", "remove", first).MustExit(0);

        world.SecondMachine("first").Run("snapshots").MustExit(12);
        foreach (var site in world.SiteIds)
        {
            var machine = world.Rescue(site).With("BACKUP_RECOVERY_KEY_FILE", "").With("BACKUP_PASSPHRASE_FILE", second);
            story.MustRestoreTheOthers(world, machine, $"from {site} alone with the second passphrase");
        }

        story.MustRestoreTheOthers(world, world.SiteIds);
        Assert.Equal(3, Assert.Single(policyAndSecond.Json("erase", "status").MustExit(0).Items).Number("level"));
    }

    private static string AddSlot(World world)
    {
        var second = Path.Combine(world.Folder, "second-passphrase");
        World.WriteSecret(second, SecondPassphrase);
        world.Machine.Run("key", "add", "--new-passphrase-file", second, "--label", "second").MustExit(0);
        return second;
    }
}
