using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

/// <summary>Two tenants of one policy: each has a repository, keys and a state of its own.</summary>
public sealed class TenantTests
{
    private static readonly string[] Tenants = ["one", "two"];

    [Fact]
    public void Tenants_Two_ShareNothing()
    {
        using var world = World.Blank();
        var machine = Write(world, "one", "two");
        foreach (var tenant in Tenants)
        {
            machine.Run("--tenant", tenant, "init", "--recovery-out", Path.Combine(world.Folder, tenant + ".key")).MustExit(0);
        }

        var summaries = machine.Json("backup").MustExit(0).OfType("summary");

        Assert.Equal(2, summaries.Count);
        Assert.Equal(2, summaries.Texts("snapshot").Distinct(StringComparer.Ordinal).Count());
        Assert.All(Tenants, tenant => Assert.True(Directory.Exists(Path.Combine(machine.State, tenant)), $"No state of {tenant}."));
        machine.Run("snapshots").MustExit(2).MustSay("one", "two");
        Assert.Single(machine.Json("--tenant", "one", "snapshots").MustExit(0).Items);
        Assert.Equal("first", machine.With("BACKUP_TENANT", "one").Run("dump", $"latest:{world.Data}/one/file").MustExit(0).Text);
        machine.Run("--tenant", "one", "dump", $"latest:{world.Data}/two/file").MustExit(1);
        machine.Run("status").MustExit(0);
        machine.Run("--tenant", "nobody", "status").MustExit(2).MustSay("one", "two");

        // The worst code counts, and the other tenant is served.
        Directory.Move(Path.Combine(world.Folder, "sites", "one"), Path.Combine(world.Folder, "sites", "gone"));
        Assert.Single(machine.Json("backup").MustExit(10).OfType("summary"));
    }

    [Fact]
    public void Tenants_SourceAboveEverything_HoldsNothingOfTheOther()
    {
        using var world = World.Blank();
        var machine = Write(world, "one", "two");
        foreach (var tenant in Tenants)
        {
            machine.Run("--tenant", tenant, "init", "--recovery-out", Path.Combine(world.Folder, tenant + ".key")).MustExit(0);
        }

        File.WriteAllText(machine.Policy, File.ReadAllText(machine.Policy).Replace($"[{world.Data}/one]", $"[{world.Folder}]", StringComparison.Ordinal));
        var other = Path.Combine(world.Folder, "the same passphrase elsewhere");
        World.WriteSecret(other, File.ReadAllText(world.Passphrase).TrimEnd());
        machine.With("BACKUP_PASSPHRASE_FILE", other).Run("--tenant", "one", "backup").MustExit(0);

        var paths = machine.Json("--tenant", "one", "ls", "latest", "-R").MustExit(0).Items.Texts("path").ToList();
        Assert.Contains(Path.Combine(world.Data, "two", "file"), paths, StringComparer.Ordinal);
        Assert.DoesNotContain(paths, path => path.Contains("/epochs", StringComparison.Ordinal) || path.Contains("/ledger", StringComparison.Ordinal));
        Assert.DoesNotContain(paths, path => path.StartsWith(machine.State + "/", StringComparison.Ordinal) && path.Length > machine.State.Length + 4);
        Assert.DoesNotContain(other, paths, StringComparer.Ordinal);
    }

    [Fact]
    public void Tenants_InOnePlace_AreAFault()
    {
        using var world = World.Blank();
        var machine = Write(world, "same", "same");

        machine.Run("policy", "validate").MustExit(2).MustSay("policy.yaml:", "one");
    }

    private static Machine Write(World world, string first, string second)
    {
        foreach (var (tenant, text) in new[] { ("one", "first"), ("two", "second") })
        {
            var folder = Directory.CreateDirectory(Path.Combine(world.Data, tenant)).FullName;
            File.WriteAllText(Path.Combine(folder, "file"), text);
        }

        File.WriteAllText(
            world.Machine.Policy,
            $$"""
            version: 1
            tenants:
              one:
                keys: { passphrase_file: passphrase }
                sites: [ { id: a, kind: local, path: sites/{{first}}, city: Unna, country: DE } ]
                placement: { cities: 1 }
                limits: { wait: 0min }
                sources: [ { id: data, kind: files, roots: [{{world.Data}}/one] } ]
              two:
                keys: { passphrase_file: passphrase }
                sites: [ { id: a, kind: local, path: sites/{{second}}, city: Unna, country: DE } ]
                placement: { cities: 1 }
                limits: { wait: 0min }
                sources: [ { id: data, kind: files, roots: [{{world.Data}}/two] } ]

            """);
        return world.Machine;
    }
}
