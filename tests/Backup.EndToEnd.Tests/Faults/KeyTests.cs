using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Faults;

/// <summary>Wrong, malformed, replaced and removed keys.</summary>
public sealed class KeyTests
{
    private const string NewPassphrase = "a new and better passphrase";

    [Theory]
    [InlineData("not the passphrase")]
    [InlineData("")]
    public void Passphrase_Wrong_Exits12(string text)
    {
        using var world = World.WithData();
        World.WriteSecret(world.Passphrase, text);

        world.Machine.Run("backup").MustExit(12);
        world.SecondMachine().Run("snapshots").MustExit(12);
    }

    [Fact]
    public void Passphrase_OneTrailingNewline_IsNoPartOfIt()
    {
        using var world = World.WithData();
        File.WriteAllText(world.Passphrase, File.ReadAllText(world.Passphrase).TrimEnd('\n'));

        world.Machine.Run("backup").MustExit(0);
        File.AppendAllText(world.Passphrase, "\n\n");
        world.Machine.Run("backup").MustExit(12);
    }

    [Fact]
    public void Passphrase_FromACommand_Opens()
    {
        using var world = World.WithData();
        world.Backup();
        var machine = world.Machine.With("BACKUP_PASSPHRASE_COMMAND", $"cat '{world.Passphrase}'");

        Assert.Single(machine.Json("snapshots").MustExit(0).Items);
    }

    /// <summary>The policy names a file that is not there, so that it is the other place that opens.</summary>
    [Fact]
    public void Passphrase_FromAVariableACredentialAndADescriptor_Opens()
    {
        using var world = World.WithData();
        var credentials = Directory.CreateDirectory(Path.Combine(world.Folder, "credentials")).FullName;
        var elsewhere = Path.Combine(credentials, "backup");
        File.Move(world.Passphrase, elsewhere);
        (string Keys, Func<CliResult> Backup)[] places =
        [
            ("passphrase_file: nowhere", () => world.Machine.With("BACKUP_PASSPHRASE_FILE", elsewhere).Run("backup")),
            ("passphrase_credential: backup", () => world.Machine.With("CREDENTIALS_DIRECTORY", credentials).Run("backup")),
            ("passphrase_fd: 77", () => WithDescriptor(elsewhere, 77, world.Machine, "backup")),
        ];
        foreach (var (keys, backup) in places)
        {
            world.Keys = keys;
            world.WritePolicy();
            World.WriteSecret(elsewhere, "correct horse battery staple");
            backup().MustExit(0);
            World.WriteSecret(elsewhere, "another one");
            backup().MustExit(12);
            world.Machine.Run("backup").MustExit(2);
        }
    }

    [Theory]
    [InlineData("BKR1-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAA")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void RecoveryKey_Malformed_Exits12(string text)
    {
        using var world = World.Initialized();
        World.WriteSecret(world.RecoveryKey, text);

        world.Rescue("a").Run("snapshots").MustExit(12);
    }

    [Fact]
    public void RecoveryKey_OfAnotherRepository_Exits12()
    {
        using var world = World.Initialized();
        using var other = World.Blank();
        other.Machine.Run("init", "--recovery-out", other.RecoveryKey).MustExit(0);
        File.Copy(other.RecoveryKey, world.RecoveryKey, overwrite: true);

        world.Rescue("a").Run("snapshots").MustExit(12);
    }

    [Fact]
    public void RecoveryKey_OneLetterWrong_IsRefusedByItsCheckValue()
    {
        using var world = World.Initialized();
        var key = File.ReadAllText(world.RecoveryKey).ToCharArray();
        key[20] = key[20] == 'A' ? 'B' : 'A';
        World.WriteSecret(world.RecoveryKey, new string(key).Trim());

        world.Rescue("a").Run("snapshots").MustExit(12);
    }

    [Fact]
    public void RecoveryKey_LowerCaseWithBlanks_IsRead()
    {
        using var world = World.Initialized();
        World.WriteSecret(world.RecoveryKey, File.ReadAllText(world.RecoveryKey).Trim().Replace('-', ' ').ToLowerInvariant());

        world.Rescue("a").Run("snapshots").MustExit(0);
    }

    [Fact]
    public void KeyAddAndRemove_OldPassphrase_IsRefusedAfterwards()
    {
        using var world = World.WithData();
        var manifest = world.Backup();
        var old = SlotOf(world, "passphrase");
        var added = Path.Combine(world.Folder, "new-passphrase");
        World.WriteSecret(added, NewPassphrase);

        world.Machine.Run("key", "add", "--new-passphrase-file", added, "--label", "second").MustExit(0);
        Assert.Equal(3, world.Machine.Json("key", "list").MustExit(0).Items.Count);
        world.MustRestore(world.SecondMachine("old"), "latest", manifest, "the old passphrase still opens");
        world.Machine.Run("key", "remove", old).MustExit(0);

        world.SecondMachine("after").Run("snapshots").MustExit(12);
        File.Copy(added, world.Passphrase, overwrite: true);
        world.MustRestore(world.SecondMachine("new"), "latest", manifest, "the new passphrase");
        world.MustRestore("latest", manifest, world.SiteIds);
        world.Machine.Run("backup").MustExit(0);
        world.SitesMustBeEqual();
    }

    [Fact]
    public void KeyRotate_SameKeys_StillOpenFromEachCity()
    {
        using var world = World.WithData();
        var manifest = world.Backup();
        var before = Epochs(world);

        world.Machine.Run("key", "rotate").MustExit(0);

        Assert.NotEqual(before, Epochs(world), StringComparer.Ordinal);
        Assert.Single(Epochs(world).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        world.MustRestore("latest", manifest, world.SiteIds);
        world.MustRestore(world.SecondMachine(), "latest", manifest, "the passphrase after a rotation");
        SampleData.Change(world.Data);
        manifest = world.Backup();
        world.MustRestore("latest", manifest, "c");
        world.SitesMustBeEqual();
    }

    [Fact]
    public void KeyRotate_BesideABackupOfNewPersons_LosesNobodysKey()
    {
        using var world = World.Initialized();
        world.SourceKeys = $"    subjects: [ {{ match: \"{world.Data}/{{person}}/**\", id: \"customer:{{person}}\" }} ]";
        world.WritePolicy();
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 400; i++)
            {
                SampleData.Random(Path.Combine(world.Data, $"person{round}-{i:000}", "file"), 2_000);
            }

            using var backup = world.Machine.Start([], "backup");
            for (var rotations = 0; rotations < 5 && !backup.HasExited; rotations++)
            {
                world.Machine.Run("key", "rotate").MustExit(0, 11);
            }

            backup.Finish().MustExit(0);
        }

        var manifest = Manifest.Of(world.Data);
        world.MustRestore("latest", manifest, "a", "b", "c");
        world.Machine.Run("verify", "--read-data", "all").MustExit(0);
    }

    [Fact]
    public void KeyRecovery_NewKey_OpensAndTheOldIsRefused()
    {
        using var world = World.WithData();
        var manifest = world.Backup();
        var old = Path.Combine(world.Folder, "old-recovery");
        File.Move(world.RecoveryKey, old);

        world.Machine.Run("key", "recovery", "--recovery-out", world.RecoveryKey).MustExit(0);

        Assert.NotEqual(File.ReadAllText(old), File.ReadAllText(world.RecoveryKey), StringComparer.Ordinal);
        world.MustRestore("latest", manifest, world.SiteIds);
        File.Copy(old, world.RecoveryKey, overwrite: true);
        foreach (var site in world.SiteIds)
        {
            world.Rescue(site).Run("snapshots").MustExit(12);
        }
    }

    [Fact]
    public void KeyRemove_TheLastThatOpens_IsRefused()
    {
        using var world = World.Initialized();

        world.Machine.Run("key", "remove", "ffffffff").MustExit(1, 2);
        Assert.Equal(2, world.Machine.Json("key", "list").MustExit(0).Items.Count);
    }

    [Fact]
    public void KeyChange_SiteAway_IsDestroyedThereWhenItReturns()
    {
        using var world = World.WithData();
        var manifest = world.Backup();
        world.TakeAway("c");
        var stale = Shell.Run("ls", world.SitePath("c") + ".away/epochs");

        world.Machine.Run("key", "rotate").MustExit(0, 20);
        world.BringBack("c");
        world.Machine.Run("sync").MustExit(0);

        Assert.DoesNotContain(stale.Trim(), Shell.Run("ls", world.SitePath("c") + "/epochs"), StringComparison.Ordinal);
        world.SitesMustBeEqual();
        world.MustRestore("latest", manifest, "c");
    }

    /// <summary>Runs the program with a file open under this number.</summary>
    private static CliResult WithDescriptor(string file, int number, Machine machine, string command) => Shell.Try(
        "bash", "-c", $"exec {number}<\"$1\" && shift && exec \"$@\"", "sh", file, Published.Backupctl, "--policy", machine.Policy, "--state", machine.State, command);

    private static string SlotOf(World world, string kind) =>
        Assert.Single(world.Machine.Json("key", "list").MustExit(0).Items, item => item.Text("kind") == kind).Text("id");

    private static string Epochs(World world) => Shell.Run("ls", world.SitePath("a") + "/epochs");
}
