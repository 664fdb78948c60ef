using System.Globalization;
using System.Text.RegularExpressions;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

public sealed class PolicyTests
{
    [Fact]
    public void Policy_ManyFaults_AllAtOnceWithLineAndColumn()
    {
        using var world = World.Blank();
        var readable = Path.Combine(world.Folder, "readable");
        World.WriteSecret(readable, "everybody reads this");
        File.SetUnixFileMode(readable, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        File.WriteAllText(
            world.Machine.Policy,
            $$"""
            version: 1
            tenant: test
            keys: { passphrase_file: {{readable}} }
            sites:
              - { id: a, kind: local, path: sites/a, city: Unna, country: DE }
              - { id: b, kind: local, path: sites/b, city: Unna, country: DE }
            placement: { cities: 2 }
            plcement: { cities: 2 }
            limits: { memory: lots }
            sources:
              - id: data
                kind: files
                roots: [{{world.Data}}]
                subjects:
                  - { match: "{{world.Data}}/{user}/**", id: "customer:{user}" }
                  - { match: "{{world.Data}}/{name}/**", id: "email:{name}@example.org" }
              - { id: data, kind: files, roots: [{{world.SitePath("a")}}] }
            """);

        var result = world.Machine.Run("policy", "validate").MustExit(2);

        Assert.Superset(new HashSet<int> { 3, 7, 8, 9, 16, 17 }, FaultyLines(result.Everything));
        result.MustSay("placement", "lots", "readable");
    }

    [Theory]
    [InlineData("plcement: { cities: 3 }", "placement")]
    [InlineData("limits: { memry: 1GiB }", "memory")]
    [InlineData("placement: { cities: three }", "three")]
    [InlineData("version: 2", "version")]
    [InlineData("limits: { wait: 30parsecs }", "30parsecs")]
    [InlineData("limits: [ 1", "policy.yaml")]
    public void Policy_OneFault_IsNamedWithItsPlace(string line, string expected)
    {
        using var world = World.Blank();
        var key = line[..line.IndexOf(':', StringComparison.Ordinal)];
        var others = File.ReadAllLines(world.Machine.Policy).Where(other => !other.StartsWith(key + ":", StringComparison.Ordinal));
        File.WriteAllLines(world.Machine.Policy, [.. others, line]);

        foreach (var command in new[] { "policy validate", "backup" })
        {
            var result = world.Machine.Run(command.Split(' ')).MustExit(2).MustSay(expected);
            Assert.Matches("policy\\.yaml:[0-9]+:[0-9]+", result.Everything);
        }
    }

    [Fact]
    public void Secret_Missing_Exits2AndNamesTheFile()
    {
        using var world = World.Blank();
        File.Delete(world.Passphrase);

        world.Machine.Run("init", "--recovery-out", world.RecoveryKey).MustExit(2).MustSay("passphrase");
    }

    [Fact]
    public void Secret_ReadableByOthers_IsRefused()
    {
        using var world = World.WithData();
        File.SetUnixFileMode(world.Passphrase, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

        world.Machine.Run("backup").MustExit(2).MustSay(world.Passphrase);
        File.SetUnixFileMode(world.Passphrase, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(world.RecoveryKey, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        world.Rescue("a").Run("snapshots").MustExit(2).MustSay("recovery.key");
    }

    [Fact]
    public void Placement_MoreCitiesThanSites_IsAFault()
    {
        using var world = World.Blank();
        world.Cities = 4;
        world.WritePolicy();

        world.Machine.Run("policy", "validate").MustExit(2).MustSay("cities");
    }

    [Fact]
    public void Source_IsASiteItself_IsAFault()
    {
        using var world = World.Blank();
        Directory.CreateDirectory(world.SitePath("a"));
        world.SourceKeys = $"  - {{ id: loop, kind: files, roots: [{world.SitePath("a")}] }}";
        world.WritePolicy();

        world.Machine.Run("policy", "validate").MustExit(2).MustSay(world.SitePath("a"));
    }

    [Fact]
    public void Source_ContainsSitesStateAndSecrets_LeavesThemOutAndSaysSo()
    {
        using var outer = World.Initialized();
        var machine = outer.Machine;
        var policy = File.ReadAllText(machine.Policy).Replace($"roots: [{outer.Data}]", $"roots: [{outer.Folder}]", StringComparison.Ordinal);
        File.WriteAllText(machine.Policy, policy);
        File.WriteAllText(Path.Combine(outer.Data, "wanted.txt"), "wanted");

        machine.Run("backup").MustExit(0).MustSay("sites", "state");

        var paths = machine.Json("ls", "latest", "-R").MustExit(0).Items.Texts("path").ToList();
        Assert.Contains(Path.Combine(outer.Data, "wanted.txt"), paths, StringComparer.Ordinal);
        Assert.DoesNotContain(paths, path => path.StartsWith(outer.SitePath("a") + "/", StringComparison.Ordinal));
        Assert.DoesNotContain(paths, path => path.StartsWith(machine.State + "/", StringComparison.Ordinal));
        Assert.DoesNotContain(outer.Passphrase, paths, StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("BACKUP_PASSPHRASE_FILE")]
    [InlineData("CREDENTIALS_DIRECTORY")]
    public void Variable_Empty_CountsAsNotSet(string variable)
    {
        using var world = World.WithData();

        world.Machine.With(variable, "").Run("backup").MustExit(0);

        world.MustRestore("latest", Manifest.Of(world.Data), "a");
    }

    [Fact]
    public void Policy_NotReadable_Exits2()
    {
        using var world = World.Blank();
        var machine = new Machine(world.Folder, world.Machine.State);

        machine.Run("status").MustExit(2);
    }

    private static HashSet<int> FaultyLines(string text) =>
        [.. Regex.Matches(text, "policy\\.yaml:(?<line>[0-9]+):[0-9]+", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Select(match => int.Parse(match.Groups["line"].ValueSpan, CultureInfo.InvariantCulture))];
}
