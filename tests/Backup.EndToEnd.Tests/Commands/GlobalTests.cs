using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

public sealed class GlobalTests
{
    private static readonly string[] Promised =
    [
        "init", "backup", "snapshots", "ls", "find", "diff", "restore", "dump", "verify", "drill", "status", "sync",
        "site", "key", "policy", "takeover", "completion", "version",
    ];

    [Fact]
    public void Help_Commands_AreThoseOfTheContract() => Assert.Empty(Promised.Except(HelpText.Commands(), StringComparer.Ordinal));

    [Fact]
    public void Version_WithoutPolicy_Prints()
    {
        using var world = World.Blank();
        var machine = new Machine(Path.Combine(world.Folder, "no-such-policy.yaml"), world.Machine.State);

        Assert.Matches("[0-9]+\\.[0-9]+", machine.Run("version").MustExit(0).Text);
        Assert.NotEmpty(machine.Run("policy", "schema").MustExit(0).Text);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Completion_Shell_PrintsAScript(string shell) =>
        Assert.Contains("backupctl", Shell.Run(Published.Backupctl, "completion", shell), StringComparison.Ordinal);

    [Fact]
    public void Completion_Bash_IsAcceptedByBash()
    {
        using var world = World.Blank();
        var script = Path.Combine(world.Folder, "completion.bash");
        File.WriteAllText(script, Shell.Run(Published.Backupctl, "completion", "bash"));

        Shell.Run("bash", "-n", script);
    }

    [Fact]
    public void NoPolicy_AnyCommand_SaysWhereItLooked()
    {
        using var world = World.Blank();
        var empty = Directory.CreateDirectory(Path.Combine(world.Folder, "empty")).FullName;

        var result = Shell.Try("env", "-u", "BACKUP_POLICY", "-C", empty, Published.Backupctl, "status");

        result.MustExit(2).MustSay("backup.yaml", "/etc/backup/backup.yaml");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("backup --nonsense")]
    [InlineData("restore latest")]
    [InlineData("restore latest --target x --overwrite sometimes")]
    [InlineData("verify --hashes many")]
    [InlineData("verify --hashes 101%")]
    public void Usage_Wrong_Exits2(string line)
    {
        using var world = World.Initialized();

        world.Machine.Run(line.Split(' ')).MustExit(2);
    }

    [Fact]
    public void Json_Failure_EndsWithAnExitError()
    {
        using var world = World.Initialized();

        var result = world.Machine.Json("restore", "latest", "--target", Path.Combine(world.Folder, "t"));

        Assert.NotEqual(0, result.ExitCode);
        var error = Assert.Single(result.OfType("exit_error"));
        Assert.Equal(result.ExitCode, error.Number("code"));
    }

    [Fact]
    public void PolicyValidate_Good_Exits0()
    {
        using var world = World.Blank();

        world.Machine.Run("policy", "validate").MustExit(0);
        world.Machine.Run("policy", "show").MustExit(0).MustSay("Unna", "data");
    }

    [Fact]
    public void Environment_NamesPolicyAndState_LikeTheFlags()
    {
        using var world = World.WithData();
        world.Backup();

        var (policy, state) = ($"BACKUP_POLICY={world.Machine.Policy}", $"BACKUP_STATE={world.Machine.State}");

        var result = Shell.Try("env", policy, state, Published.Backupctl, "--json", "snapshots");

        Assert.Single(result.MustExit(0).Items);
    }

    [Fact]
    public void Output_Messages_GoToStandardError()
    {
        using var world = World.WithData();

        var result = world.Machine.Json("backup").MustExit(0);

        Assert.All(result.Lines, line => line.HasFields("message_type"));
    }
}
