using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Fidelity;

/// <summary>Owners on a machine that numbers its users otherwise.</summary>
public sealed class OwnerTests
{
    [Fact]
    public void Restore_NameHasAnotherNumberHere_GoesByTheName()
    {
        using var world = World.Initialized();
        var (named, unnamed) = (Path.Combine(world.Data, "named"), Path.Combine(world.Data, "unnamed"));
        File.WriteAllText(named, "x");
        File.WriteAllText(unnamed, "x");
        Shell.Run("chown", "7001:7002", named);
        Shell.Run("chown", "7003:7003", unnamed);
        var there = Accounts(world, "there", 7001, 7002);
        var here = Accounts(world, "here", 8001, 8002);

        On(there, world.Machine, "backup").MustExit(0);
        On(here, world.Machine, "restore", "latest", "--target", Path.Combine(world.Folder, "t")).MustExit(0);

        Assert.Equal("8001:8002", Owner(Path.Combine(world.Folder, "t") + named));
        Assert.Equal("7003:7003", Owner(Path.Combine(world.Folder, "t") + unnamed));
    }

    private static string Owner(string file) => Shell.Run("stat", "-c", "%u:%g", file).Trim();

    private static string Accounts(World world, string name, int user, int group)
    {
        var folder = Directory.CreateDirectory(Path.Combine(world.Folder, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "passwd"), File.ReadAllText("/etc/passwd") + $"mallory:x:{user}:{group}::/:/bin/false\n");
        File.WriteAllText(Path.Combine(folder, "group"), File.ReadAllText("/etc/group") + $"mallorys:x:{group}:\n");
        return folder;
    }

    /// <summary>Runs the program where these accounts are the machine's.</summary>
    private static CliResult On(string accounts, Machine machine, params IEnumerable<string> arguments) => Shell.Try(
        "unshare",
        [
            "--mount", "sh", "-c", "mount --bind \"$1/passwd\" /etc/passwd && mount --bind \"$1/group\" /etc/group && shift && exec \"$@\"", "sh", accounts,
            Published.Backupctl, "--policy", machine.Policy, "--state", machine.State, .. arguments,
        ]);
}
