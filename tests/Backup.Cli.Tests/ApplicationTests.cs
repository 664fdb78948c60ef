using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Policies;
using Backup.Engine.Runs;
using Backup.Engine.Sources;
using Backup.Engine.Stores;

namespace Backup.Cli.Tests;

public sealed class ApplicationTests
{
    private const string Head = "00000000000000000000000000000000000000000000000000000000000000ff";

    [Fact]
    public async Task Run_FaultyCommandLines_SayAllFaultsAndWhatWasMeant()
    {
        await Transcript.CheckAsync("usage-command", "bakup");
        await Transcript.CheckAsync("usage-options", "restore", "latest", "--taget", "x", "--overwrite", "sometimes");
        await Transcript.CheckAsync("usage-selector", "ls", "latst");
        await Transcript.CheckAsync("usage-values", "verify", "--hashes", "101%", "--read-data", "some");
        await Transcript.CheckAsync("usage-group", "key");
        await Transcript.CheckAsync("usage-missing", "restore", "--json");
        await Transcript.CheckAsync("usage-rebuild", "sync", "--rebuild", "-q", "-v");
    }

    [Fact]
    public async Task Run_Help_NeedsNothing()
    {
        await Transcript.CheckAsync("help", "--help");
        await Transcript.CheckAsync("help-restore", "restore", "--help");
    }

    [Theory]
    [InlineData("init", "--recovery-out", "f", "-n")]
    [InlineData("backup", "mail", "ldap", "--tag", "a", "--tag", "b", "--dry-run")]
    [InlineData("snapshots", "--source", "mail", "--tag", "a", "--site", "unna")]
    [InlineData("ls", "latest:/etc", "-lR")]
    [InlineData("find", "*.pst")]
    [InlineData("diff", "3fa0", "mail@latest")]
    [InlineData("restore", "latest~2:/a:b", "--target", "d", "--include", "*.c", "--include", "*.h", "--exclude", "x", "--site", "unna")]
    [InlineData("restore", "latest", "--target", "d", "--overwrite", "if-newer", "--delete", "--verify", "-n")]
    [InlineData("restore", "latest", "--in-place", "--accept-fork", "--expect-head", Head)]
    [InlineData("dump", "latest:/etc", "--tar")]
    [InlineData("verify", "--site", "unna", "--hashes", "5%", "--read-data", "all", "--heal", "-n")]
    [InlineData("drill", "mail", "--site", "unna", "--files", "all")]
    [InlineData("sync", "--from", "a", "--to", "b", "--rebuild", "-n")]
    [InlineData("status", "--json")]
    [InlineData("site", "list")]
    [InlineData("site", "add", "unna")]
    [InlineData("site", "retire", "unna", "-n")]
    [InlineData("takeover", "-n")]
    [InlineData("key", "list")]
    [InlineData("key", "add", "--new-passphrase-file", "f", "--label", "x")]
    [InlineData("key", "remove", "3fa0")]
    [InlineData("key", "rotate")]
    [InlineData("key", "recovery")]
    [InlineData("forget", "-n")]
    [InlineData("pin", "latest")]
    [InlineData("unpin", "mail@latest~2")]
    [InlineData("undelete", "3fa0")]
    [InlineData("gc", "--max-time", "30min", "--max-delete", "40%", "-n")]
    [InlineData("ledger", "show", "-n", "5")]
    [InlineData("ledger", "verify")]
    [InlineData("--policy", "f", "--tenant", "t", "--state", "d", "--json", "status")]
    public async Task Run_CommandOfTheContract_IsUnderstood(params string[] args)
    {
        using var desk = new Desk();
        Assert.Equal((int)ExitCode.NoRepository, await desk.RunAsync(args));
    }

    [Theory]
    [InlineData("hold")]
    [InlineData("erase")]
    [InlineData("serve")]
    public async Task Run_CommandOfLater_IsUnknown(string command)
    {
        using var desk = new Desk();
        Assert.Equal((int)ExitCode.Usage, await desk.RunAsync(command));
    }

    [Fact]
    public async Task Run_Json_EndsAnErrorWithExitError()
    {
        using var desk = new Desk();
        await desk.RunAsync("status", "--json");
        using var line = JsonDocument.Parse(Assert.Single(desk.Output.TrimEnd('\n').Split('\n')));
        Assert.Equal("exit_error", line.RootElement.EnumerateObject().First().Value.GetString());
        Assert.Equal(10, line.RootElement.GetProperty("code").GetInt32());
        Assert.Equal("The command was understood.", line.RootElement.GetProperty("message").GetString());
        Assert.Equal("Nothing: this is a test.", line.RootElement.GetProperty("remedy").GetString());
        Assert.Empty(desk.Error);
    }

    [Fact]
    public async Task Run_DumpInJson_LeavesStandardOutputToTheData()
    {
        using var desk = new Desk();
        await desk.RunAsync("dump", "latest:/x", "--json");
        Assert.Empty(desk.Output);
        Assert.Contains("exit_error", desk.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_RecoveryCheckWithoutKey_NamesTheVariable()
    {
        using var desk = new Desk();
        Assert.Equal((int)ExitCode.Usage, await desk.RunAsync("key", "recovery", "--check"));
        Assert.Contains("BACKUP_RECOVERY_KEY_FILE", desk.Error, StringComparison.Ordinal);
        desk.Variables["BACKUP_RECOVERY_KEY_FILE"] = "/root/key";
        Assert.Equal((int)ExitCode.NoRepository, await desk.RunAsync("key", "recovery", "--check"));
    }

    [Fact]
    public async Task Run_Version_SaysTheNumber()
    {
        using var desk = new Desk();
        Assert.Equal(0, await desk.RunAsync("version"));
        Assert.StartsWith("backupctl 0.1.0 ", desk.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Interrupted_EndsWith130()
    {
        using var desk = new Desk();
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var code = await new Application(desk.Surroundings, new CancelledComposition()).RunAsync(["status"], source.Token);
        Assert.Equal(130, code);
        Assert.Contains("nothing half-done is visible", desk.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OutputClosed_EndsWith1Quietly()
    {
        using var desk = new Desk();
        var surroundings = desk.Surroundings with { Output = new ClosedStream() };
        var application = new Application(surroundings, new NoComposition());
        Assert.Equal(1, await application.RunAsync(["version"], TestContext.Current.CancellationToken));
        Assert.Empty(desk.Error);
    }

    [Fact]
    public async Task Run_OutputFull_EndsWith1AndSaysSo()
    {
        using var desk = new Desk();
        var surroundings = desk.Surroundings with { Output = new FullStream() };
        var application = new Application(surroundings, new NoComposition());
        Assert.Equal(1, await application.RunAsync(["version"], TestContext.Current.CancellationToken));
        Assert.Contains("error: No space left.", desk.Error, StringComparison.Ordinal);
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("No space left");
    }

    private sealed class ClosedStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new OutputClosedException();
    }

    private sealed class CancelledComposition : IComposition
    {
        public Policy Policy(Settings settings, Surroundings surroundings) => throw new OperationCanceledException();

        public void Check(Policy policy, Surroundings surroundings) => throw new NotSupportedException();

        public RunContext Open(Policy policy, Tenant tenant, Needs needs, IRunProgress progress, Surroundings surroundings) =>
            throw new NotSupportedException();

        public IObjectStore Store(SiteConfig site, Surroundings surroundings) => throw new NotSupportedException();

        public IExaminable Database(DatabaseSourceConfig source, Tenant tenant, Surroundings surroundings) => throw new NotSupportedException();
    }
}
