using System.Diagnostics;
using System.IO.Pipes;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

public sealed class PolicyLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("policy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_FlagThenVariableThenWorkingDirectory_TheFirstCounts()
    {
        File.WriteAllText(Path.Combine(_folder, "flag.yaml"), PolicyTexts.With("tenant: example", "tenant: flag"));
        File.WriteAllText(Path.Combine(_folder, "variable.yaml"), PolicyTexts.With("tenant: example", "tenant: variable"));
        File.WriteAllText(Path.Combine(_folder, "backup.yaml"), PolicyTexts.With("tenant: example", "tenant: default"));
        Assert.Equal("flag", PolicyLoader.Load("flag.yaml", null, Surroundings(("BACKUP_POLICY", "variable.yaml"))).Tenants[0].Id);
        Assert.Equal("variable", PolicyLoader.Load(null, null, Surroundings(("BACKUP_POLICY", "variable.yaml"))).Tenants[0].Id);
        Assert.Equal("default", PolicyLoader.Load(null, null, Surroundings()).Tenants[0].Id);
        Assert.Equal("default", PolicyLoader.Load(null, null, Surroundings(("BACKUP_POLICY", ""))).Tenants[0].Id);
        Assert.Equal("./backup.yaml", PolicyLoader.Load(null, null, Surroundings()).File);
    }

    [Fact]
    public void Load_RelativePaths_BeginAtThePolicy()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        File.WriteAllText(Path.Combine(_folder, "sub", "p.yaml"), PolicyTexts.With("path: /mnt/a", "path: ../a"));
        var policy = PolicyLoader.Load("sub/p.yaml", null, Surroundings());
        Assert.Equal(Path.Combine(_folder, "a"), ((LocalSiteConfig)policy.Tenants[0].Sites[0]).Path);
        Assert.Equal(Path.Combine(_folder, "sub", "passphrase"), policy.Tenants[0].Keys!.PassphraseFile);
    }

    [Fact]
    public void Load_NoPolicyAnywhere_NamesThePlaces()
    {
        var exception = Assert.Throws<BackupException>(() => PolicyLoader.Load(null, null, Surroundings()));
        Assert.Equal(FailureKind.Usage, exception.Kind);
        Assert.Contains(Path.Combine(_folder, "backup.yaml"), exception.Message, StringComparison.Ordinal);
        Assert.Contains("/etc/backup/backup.yaml", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(exception.Remedy);
    }

    [Fact]
    public void Load_FileThatCannotBeRead_SaysWhy()
    {
        File.WriteAllText(Path.Combine(_folder, "long.yaml"), new string(' ', PolicyLoader.LongestBytes + 1));
        Assert.Contains("does not exist", Load("missing.yaml").Message, StringComparison.Ordinal);
        Assert.Contains("does not exist", Load("missing/p.yaml").Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", Load(".").Message, StringComparison.Ordinal);
        Assert.Contains("longer than 1MiB", Load("long.yaml").Message, StringComparison.Ordinal);

        PolicyException Load(string file) => Assert.Throws<PolicyException>(() => PolicyLoader.Load(file, null, Surroundings(("BACKUP_POLICY", "x"))));
    }

    [Fact]
    public void Load_NoRegularFile_IsRefusedAtOnce()
    {
        Assert.True(Run("mkfifo", Path.Combine(_folder, "fifo.yaml")));
        File.CreateSymbolicLink(Path.Combine(_folder, "link.yaml"), "fifo.yaml");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "socket.yaml")));
        Assert.Contains("The policy is not a regular file but a FIFO.", Load("fifo.yaml").Message, StringComparison.Ordinal);
        Assert.Contains("The policy is not a regular file but a FIFO.", Load("link.yaml").Message, StringComparison.Ordinal);
        Assert.Contains("The policy is not a regular file but a device.", Load("/dev/zero").Message, StringComparison.Ordinal);
        Assert.Contains("The policy is not a regular file but a socket.", Load("socket.yaml").Message, StringComparison.Ordinal);

        PolicyException Load(string file) => Assert.Throws<PolicyException>(() => PolicyLoader.Load(file, null, Surroundings()));
    }

    [Fact]
    public async Task Load_PipeThatIsOpen_IsReadToItsEnd()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        var path = $"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}";
        await pipe.WriteAsync(System.Text.Encoding.UTF8.GetBytes(PolicyTexts.Sound), TestContext.Current.CancellationToken);
        pipe.SafePipeHandle.Dispose();
        Assert.Equal("example", PolicyLoader.Load(path, null, Surroundings()).Tenants[0].Id);
    }

    [Fact]
    public void Load_PolicyOfTheLargestSize_IsRead()
    {
        File.WriteAllText(Path.Combine(_folder, "p.yaml"), PolicyTexts.Sound + "#" + new string('x', PolicyLoader.LongestBytes - System.Text.Encoding.UTF8.GetByteCount(PolicyTexts.Sound) - 1));
        Assert.NotNull(PolicyLoader.Load("p.yaml", null, Surroundings()));
    }

    [Fact]
    public void StateRoot_FlagVariablePolicyDefault_TheFirstCounts()
    {
        (string, string)[] all = [("BACKUP_STATE", "variable"), ("XDG_STATE_HOME", "/xdg")];
        Assert.Equal(Path.Combine(_folder, "flag"), PolicyLoader.StateRoot("flag/", "/policy", Surroundings(all)));
        Assert.Equal(Path.Combine(_folder, "variable"), PolicyLoader.StateRoot(null, "/policy", Surroundings(all)));
        Assert.Equal("/policy", PolicyLoader.StateRoot(null, "/policy", Surroundings(all[1..])));
        Assert.Equal("/var/lib/backup", PolicyLoader.StateRoot(null, null, Surroundings(all[1..]) with { IsRoot = true }));
        Assert.Equal("/xdg/backup", PolicyLoader.StateRoot(null, null, Surroundings(all[1..])));
        Assert.Equal("/home/u/.local/state/backup", PolicyLoader.StateRoot(null, null, Surroundings(("XDG_STATE_HOME", "relative"))));
        Assert.Equal(FailureKind.Usage, Assert.Throws<BackupException>(() => PolicyLoader.StateRoot(null, null, Surroundings() with { Home = "" })).Kind);
    }

    [Fact]
    public void Load_StateFlag_CountsForTheChecksToo()
    {
        File.WriteAllText(Path.Combine(_folder, "p.yaml"), PolicyTexts.Sound);
        Assert.Equal("/other", PolicyLoader.Load("p.yaml", "/other", Surroundings()).State);
        var exception = Assert.Throws<PolicyException>(() => PolicyLoader.Load("p.yaml", "/mnt/a/state", Surroundings()));
        Assert.Contains(exception.Faults, fault => fault.Message.Contains("lie in each other", StringComparison.Ordinal));
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public void CheckFiles_MissingOpenAndFolder_AreAllTold()
    {
        File.WriteAllText(Path.Combine(_folder, "open"), "secret");
        File.WriteAllText(Path.Combine(_folder, "closed"), "secret");
        File.SetUnixFileMode(Path.Combine(_folder, "open"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        File.SetUnixFileMode(Path.Combine(_folder, "closed"), UnixFileMode.UserRead);
        File.WriteAllText(Path.Combine(_folder, "p.yaml"), """
            version: 1
            tenant: t
            keys: { passphrase_file: closed }
            sites:
              - { id: a, kind: s3, endpoint: https://s3.example.net, bucket: backup, credentials_file: open, city: Unna, country: DE }
              - { id: b, kind: sftp, host: h, user: u, path: p, key_file: ".", known_hosts: missing, city: Bonn, country: DE }
            sources:
              - { id: d, kind: mariadb, database: d, connection_file: gone }
            """);
        var policy = PolicyLoader.Load("p.yaml", "/state", Surroundings());
        var faults = Assert.Throws<PolicyException>(() => policy.CheckFiles()).Faults;
        Assert.Equal([5, 6, 6, 8], faults.Select(fault => fault.Line).ToArray());
        Assert.Contains("which others than its owner may read", faults[0].Message, StringComparison.Ordinal);
        Assert.Equal($"chmod 600 {Path.Combine(_folder, "open")}", faults[0].Remedy);
        Assert.Contains("is a folder", faults[1].Message, StringComparison.Ordinal);
        Assert.Contains("known_hosts names", faults[2].Message, StringComparison.Ordinal);
        Assert.Contains("missing", faults[3].Message, StringComparison.Ordinal);
        policy.CheckFiles(file => file.Part == PolicyPart.Keys);
        Assert.Single(Assert.Throws<PolicyException>(() => policy.CheckFiles(file => file is { Part: PolicyPart.Site, Id: "a" })).Faults);
    }

    [Theory]
    [InlineData("keys: { passphrase_file: fifo }", "passphrase_file")]
    [InlineData("subjects_file: fifo", "subjects_file")]
    public void CheckFiles_NoRegularFile_IsRefused(string line, string key)
    {
        Assert.True(Run("mkfifo", "-m", "600", Path.Combine(_folder, "fifo")));
        File.WriteAllText(Path.Combine(_folder, "p.yaml"), PolicyTexts.With("keys: { passphrase_file: passphrase }", line));
        var policy = PolicyLoader.Load("p.yaml", null, Surroundings());
        var fault = Assert.Single(Assert.Throws<PolicyException>(() => policy.CheckFiles()).Faults);
        Assert.Equal((3, $"{key} names {_folder}/fifo, which is not a regular file but a FIFO."), (fault.Line, fault.Message));
    }

    [Fact]
    public void CheckAll_JudgeRefuses_ItIsAFaultWhereItStands()
    {
        File.WriteAllText(Path.Combine(_folder, "passphrase"), "secret");
        File.WriteAllText(Path.Combine(_folder, "p.yaml"), PolicyTexts.With("roots: [/srv]", "roots: [/srv, /opt], exclude: [a, b]"));
        var policy = PolicyLoader.Load("p.yaml", null, Surroundings(), Judge);
        var faults = Assert.Throws<PolicyException>(() => policy.CheckAll(Judge)).Faults;
        Assert.Equal([(9, 44, "/opt"), (9, 64, "b")], faults.Where(fault => fault.Line == 9).Select(fault => (fault.Line, fault.Column, fault.Message)));
    }

    [Fact]
    public void Load_FaultsElsewhere_TheJudgeIsHeardToo()
    {
        File.WriteAllText(Path.Combine(_folder, "p.yaml"), PolicyTexts.With("roots: [/srv]", "roots: [/opt, /mnt/b], exclude: [b], x: 1"));
        var faults = Assert.Throws<PolicyException>(() => PolicyLoader.Load("p.yaml", null, Surroundings(), Judge)).Faults;
        Assert.Equal(["/opt", "The root /mnt/b", "b", "Unknown key 'x'"], faults.Where(fault => fault.Line == 9).Select(fault => fault.Message.Split([" lies in the", " in a source"], StringSplitOptions.None)[0]), StringComparer.Ordinal);
    }

    [Fact]
    public void TenantsFor_Id_IsThatTenantOrAll()
    {
        var policy = PolicyTexts.Read(PolicyTexts.Sound);
        Assert.Same(policy.Tenants, policy.TenantsFor(null));
        Assert.Equal("example", Assert.Single(policy.TenantsFor("example")).Id);
        Assert.Contains("example", Assert.Throws<BackupException>(() => policy.TenantsFor("exmple")).Remedy, StringComparison.Ordinal);
    }

    /// <summary>Refuses /opt, /mnt/b and b; /srv only is not there.</summary>
    private static void Judge(Policy policy, PolicyTerm term)
    {
        if (term.Text is "/opt" or "/mnt/b" or "b" or "/srv")
        {
            throw new BackupException(term.Text == "/srv" ? FailureKind.Failed : FailureKind.Usage, term.Text, "Write another.");
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        return process.WaitForExit(10_000) && process.ExitCode == 0;
    }

    private PolicyEnvironment Surroundings(params (string Name, string Value)[] variables) => new()
    {
        Variable = name => variables.FirstOrDefault(each => each.Name == name).Value,
        WorkingDirectory = _folder,
        Home = "/home/u",
    };
}
