using System.Text.Json;
using Backup.EndToEnd.Tests.Harness;
using Backup.EndToEnd.Tests.Kills;

namespace Backup.EndToEnd.Tests.Erasure;

/// <summary>
/// An attacker kept every byte that any site and the state directory ever held, except the site secrets of past epochs, and has the recovery key, the
/// passphrase and today's sites: of the erased person nothing opens. With those secrets all would: so the attack can find.
/// </summary>
public sealed class AttackTests(PeopleStory story) : IClassFixture<PeopleStory>
{
    private static readonly string[] BeforeTheKeysGo = ["erasure-requested", "epoch-put", "epoch-opened"];

    private static readonly string[] Afterwards = ["epoch-destroyed", "erasure-condemned"];

    [Fact]
    public void Attack_BeforeTheErasure_OpensEverybody()
    {
        using var world = story.Start();

        MustOpen(world, [], world.Domains(PeopleStory.Subject));
        MustOpen(world, [], world.Domains(PeopleStory.Other));
    }

    /// <summary>At level 2 the objects stand at every site; at level 3 he has them from before.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Attack_AfterLevel_OpensNothingOfThePersonAndAllOfOthers(int level)
    {
        using var world = story.Start();
        var (gone, others) = (world.Domains(PeopleStory.Subject), world.Domains(PeopleStory.Other));
        var kept = new Kept(world);
        foreach (var moment in BeforeTheKeysGo)
        {
            kept.Copy();
            world.Machine.MustDie(moment, ErasureSteps.Run);
        }

        foreach (var moment in Afterwards)
        {
            kept.Copy();
            world.Machine.MustDie(moment, "erase", "resume");
        }

        kept.Copy();
        if (level == 3)
        {
            world.Machine.Run("erase", "resume").MustExit(0);
            kept.Copy();
            world.Machine.Run("backup").MustExit(0);
            kept.Copy();
            world.Machine.Run("sync").MustExit(0);
            kept.Copy();
        }

        Assert.Equal(level, Assert.Single(world.Machine.Json("erase", "status").MustExit(level == 3 ? 0 : 22).Items).Number("level"));
        MustOpen(world, ["--kept", kept.Folder], gone);

        kept.ForgetPastSecrets();

        var result = Attack(world, 0, ["--kept", kept.Folder, .. ErasureSteps.Each("--domain", gone)]);
        Assert.False(result.GetProperty("guesses").Flag("capped"));
        foreach (var domain in gone)
        {
            Assert.NotEqual(0, Domain(result, domain).Number("members_found"));
        }

        MustOpen(world, ["--kept", kept.Folder], others);
    }

    private static void MustOpen(World world, IEnumerable<string> kept, IEnumerable<string> domains)
    {
        var asked = domains.ToList();
        var result = Attack(world, 0, [.. kept, "--expect-open", .. ErasureSteps.Each("--domain", asked)]);
        Assert.All(asked, domain => Assert.NotEqual(0, Domain(result, domain).Number("members_found")));
    }

    private static JsonElement Domain(JsonElement result, string id) => Assert.Single(result.List("domains"), domain => domain.Text("domain") == id);

    private static JsonElement Attack(World world, int code, IEnumerable<string> arguments)
    {
        var said = ErasureSteps.Reader(["attack", "--json", .. arguments, .. world.SitesAndKeys()]).MustExit(code);
        return JsonDocument.Parse(said.Text).RootElement;
    }

    /// <summary>Every byte, moment after moment.</summary>
    private sealed class Kept(World world)
    {
        private int _copies;

        public string Folder { get; } = Directory.CreateDirectory(Path.Combine(world.Folder, "kept")).FullName;

        public void Copy()
        {
            var to = Directory.CreateDirectory(Path.Combine(Folder, $"{_copies++}")).FullName;
            Shell.Run("cp", "-a", Path.Combine(world.Folder, "sites"), world.Machine.State, to);
        }

        /// <summary>Deletes the <c>s</c> of every epoch but today's.</summary>
        public void ForgetPastSecrets()
        {
            var today = Path.GetFileName(Assert.Single(Directory.EnumerateDirectories(Path.Combine(world.SitePath("a"), "epochs"))));
            var past = Directory.EnumerateFiles(Folder, "s", SearchOption.AllDirectories)
                .Where(static file => Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(file))) == "epochs")
                .Where(file => Path.GetFileName(Path.GetDirectoryName(file)) != today).ToList();
            Assert.NotEmpty(past);
            past.ForEach(File.Delete);
        }
    }
}
