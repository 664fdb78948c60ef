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
    public void Flag_BesideTheEnvironment_Wins()
    {
        using var world = World.WithData();
        world.Backup();
        var machine = world.Machine.With("BACKUP_POLICY", "/nowhere/policy.yaml").With("BACKUP_STATE", "/nowhere/state");

        Assert.Single(machine.Json("snapshots").MustExit(0).Items);
    }

    [Fact]
    public void State_OfANormalUserWithoutFlag_IsUnderXdgStateHome()
    {
        using var world = World.Blank();
        Shell.Run("chown", "-R", "65534:65534", world.Folder);
        string[] asNobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--", "env", "-u", "BACKUP_STATE", $"XDG_STATE_HOME={world.Folder}/xdg"];

        Shell.Try("setpriv", [.. asNobody, Published.ForEveryone, "--policy", world.Machine.Policy, "init", "--recovery-out", world.RecoveryKey]).MustExit(0);

        Assert.True(Directory.Exists(Path.Combine(world.Folder, "xdg", "backup", World.Tenant)), "The state lies elsewhere.");
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.Combine(world.Folder, "xdg", "backup", World.Tenant)));
    }

    [Fact]
    public void Message_NameWithControlCharacters_IsEscaped()
    {
        using var world = World.WithData();
        world.SourceKeys = "    exclude_larger_than: 1KiB";
        world.WritePolicy();
        SampleData.Random(Path.Combine(world.Data, "evil\n\u001b[2Jname"), 5000);
        world.Machine.Run("backup", "-v").MustExit(0);

        var result = world.Machine.Run("restore", $"latest:{world.Data}/evil\n\u001b[2Jname", "--target", Path.Combine(world.Folder, "t")).MustExit(1, 2);

        Assert.DoesNotContain('\u001b', result.Everything);
    }

    [Fact]
    public void Output_Messages_GoToStandardError()
    {
        using var world = World.WithData();

        var result = world.Machine.Json("backup").MustExit(0);

        Assert.All(result.Lines, line => line.HasFields("message_type"));
    }
}
