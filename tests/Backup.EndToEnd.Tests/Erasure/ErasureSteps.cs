using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Erasure;

/// <summary>What the tests of an erasure do again and again.</summary>
internal static class ErasureSteps
{
    /// <summary>The command line that erases the person of <see cref="PeopleStory"/>.</summary>
    public static readonly string[] Run = ["erase", "run", "--subject", PeopleStory.Subject, "--reason", "request", "--yes"];

    /// <summary>Erases the person, wholly.</summary>
    public static CliResult Erase(this World world)
    {
        var said = world.Machine.Json(Run).MustExit(0);
        Assert.Equal(3, said.Summary.Number("level"));
        return said;
    }

    /// <summary>The domains of somebody.</summary>
    public static IReadOnlyList<string> Domains(this World world, string subject)
    {
        var domains = world.Machine.Json("subject", "find", subject).MustExit(0).Items.Texts("domain").Distinct(StringComparer.Ordinal).ToList();
        Assert.NotEmpty(domains);
        return domains;
    }

    /// <summary>The one erasure stands at level 3, at every site.</summary>
    public static void MustBeErasedEverywhere(this World world)
    {
        var status = Assert.Single(world.Machine.Json("erase", "status").MustExit(0).Items);
        Assert.Equal(3, status.Number("level"));
        Assert.All(status.List("sites"), static site => Assert.True(site.Flag("keys_destroyed") && site.Flag("objects_deleted") && site.Flag("verified")));
        Assert.Equal(world.SiteIds, status.List("sites").Texts("id"), StringComparer.Ordinal);
        Assert.Empty(status.List("not_reached"));
        foreach (var site in world.SiteIds)
        {
            Assert.Single(Directory.EnumerateDirectories(Path.Combine(world.SitePath(site), "epochs")));
        }
    }

    /// <summary>The independent reader, with the recovery key.</summary>
    public static CliResult Reader(params IEnumerable<string> arguments) =>
        Shell.Try(File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3", [Path.Combine(Published.Root, "tests", "reader"), .. arguments]);

    /// <summary>An option and its value, for each.</summary>
    public static IEnumerable<string> Each(string option, IEnumerable<string> values) => values.SelectMany(value => new[] { option, value });

    /// <summary>Keys of the owner and the sites of today, as the reader wants them.</summary>
    public static IEnumerable<string> SitesAndKeys(this World world) =>
        [.. Each("--site", world.SiteIds.Select(world.SitePath)), "--recovery-key-file", world.RecoveryKey, "--passphrase-file", world.Passphrase];
}
