using System.Runtime.Versioning;
using System.Text.Json;

namespace Backup.Cli.Tests.Commands;

/// <summary>Command lines whose answer depends on the policy alone, from end to end.</summary>
[SupportedOSPlatform("linux")]
public sealed class PolicyCommandTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("backup-cli-").FullName;

    public PolicyCommandTests() => Write("passphrase", "secret\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Validate_SoundPolicy_SaysWhatIsInIt()
    {
        Write("backup.yaml", Policy());
        using var desk = Here();
        Assert.Equal(0, await desk.RunWholeAsync("policy", "validate"));
        var expected = $"  test: 3 sites in 3 cities (3 demanded), 1 source, state {_directory}/state/test\n";
        Assert.Contains(expected, desk.Output, StringComparison.Ordinal);
        Assert.Contains("The policy holds.\n", desk.Output, StringComparison.Ordinal);
        Assert.Empty(desk.Error);
    }

    [Fact]
    public async Task Validate_FaultyPolicy_SaysAllFaultsWithTheirPlaces()
    {
        Write("backup.yaml", FaultyPolicy());
        using var desk = Here();
        Assert.Equal(2, await desk.RunWholeAsync("policy", "validate"));
        Assert.Matches(@"error: \./backup\.yaml:\d+:\d+: .*citties", desk.Error);
        Assert.Matches(@"error: \./backup\.yaml:\d+:\d+: .*fils", desk.Error);
        Assert.True(desk.Error.Split("  to do: ").Length > 2);
        Assert.Empty(desk.Output);
    }

    [Fact]
    public async Task Validate_FaultyPolicyInJson_IsALinePerFaultAndExitError()
    {
        Write("backup.yaml", FaultyPolicy());
        using var desk = Here();
        Assert.Equal(2, await desk.RunWholeAsync("--json", "policy", "validate"));
        var lines = desk.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.True(lines.Length >= 3);
        Assert.All(lines[..^1], line =>
        {
            Assert.Equal("error", line.GetProperty("message_type").GetString());
            Assert.True(line.GetProperty("line").GetInt32() > 0);
            Assert.True(line.GetProperty("column").GetInt32() > 0);
            Assert.NotEmpty(line.GetProperty("remedy").GetString()!);
        });
        Assert.Equal(2, lines[^1].GetProperty("code").GetInt32());
    }

    [Theory]
    [InlineData("exclude: [a, \"[\"]", 57, "The exclude pattern \"[\" is not valid")]
    [InlineData("exclude: [a/../b]", 54, "'.' and '..' have no meaning here")]
    [InlineData("exclude_if_present: [..]", 65, "names '..'")]
    public async Task Validate_WhatBackupWouldRefuse_IsAFaultWithItsPlace(string keys, int column, string message)
    {
        Write("backup.yaml", Policy().Replace("roots: [/etc]", "roots: [/etc], " + keys, StringComparison.Ordinal));
        using var desk = Here();
        Assert.Equal(2, await desk.RunWholeAsync("policy", "validate"));
        Assert.Contains($"./backup.yaml:11:{column}: ", desk.Error, StringComparison.Ordinal);
        Assert.Contains(message, desk.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("passphrase", "is or lies in a file with a secret")]
    [InlineData("other-secret", "is or lies in a file with a secret")]
    [InlineData("bound/x", "leads through a symbolic link")]
    [InlineData("site-b", "lies in the site 'b'")]
    [InlineData("state/test", "lies in the state directory")]
    public async Task Validate_RootThatNoArchiveMayHold_IsAFaultWithItsPlace(string root, string message)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "site-b", "x"));
        Directory.CreateDirectory(Path.Combine(_directory, "state", "test"));
        Directory.CreateSymbolicLink(Path.Combine(_directory, "bound"), "site-b");
        Write("other-secret", "secret");
        Write("backup.yaml", Policy().Replace("[/etc]", $"[/etc, {root}]", StringComparison.Ordinal));
        using var desk = Here();
        desk.Variables["BACKUP_RECOVERY_KEY_FILE"] = "other-secret";
        Assert.Equal(2, await desk.RunWholeAsync("policy", "validate"));
        Assert.Contains("./backup.yaml:11:43: ", desk.Error, StringComparison.Ordinal);
        Assert.Contains(message, desk.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("backup.yaml", desk.Error.Replace("./backup.yaml:11:43: ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_RootThatIsNotThere_Holds()
    {
        Write("backup.yaml", Policy().Replace("[/etc]", "[/nowhere/at/all]", StringComparison.Ordinal));
        using var desk = Here();
        Assert.Equal(0, await desk.RunWholeAsync("policy", "validate"));
    }

    [Fact]
    public async Task Validate_CitiesThatDifferInCaseOnly_CountOnce()
    {
        Write("backup.yaml", Policy().Replace("city: B", "city: a", StringComparison.Ordinal).Replace("cities: 3", "cities: 2", StringComparison.Ordinal));
        using var desk = Here();
        Assert.Equal(0, await desk.RunWholeAsync("policy", "validate"));
        Assert.Contains("3 sites in 2 cities (2 demanded)", desk.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_NoPolicy_NamesThePlaces()
    {
        using var desk = Here();
        Assert.Equal(2, await desk.RunWholeAsync("policy", "validate"));
        Assert.Contains(_directory + "/backup.yaml", desk.Error, StringComparison.Ordinal);
        Assert.Contains("/etc/backup/backup.yaml", desk.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_Connect_SaysWhatStandsAtEachSite()
    {
        Write("backup.yaml", Policy());
        Directory.CreateDirectory(Path.Combine(_directory, "site-b"));
        Directory.CreateDirectory(Path.Combine(_directory, "site-c"));
        Write("site-c/holiday.jpg", "x");
        using var desk = Here();
        Assert.Equal(11, await desk.RunWholeAsync("policy", "validate", "--connect"));
        Assert.Matches("✓  A \\(DE\\)  a  not there yet", desk.Output);
        Assert.Matches("✓  B \\(DE\\)  b  empty\n", desk.Output);
        Assert.Matches("✗  C \\(DE\\)  c  holds something else\n", desk.Output);
        Assert.False(Directory.Exists(Path.Combine(_directory, "site-a")));
    }

    [Fact]
    public async Task Show_SoundPolicy_IsAPolicyAgain()
    {
        Write("backup.yaml", Policy());
        using var desk = Here();
        Assert.Equal(0, await desk.RunWholeAsync("policy", "show"));
        Write("again.yaml", desk.Output);
        using var again = Here();
        Assert.Equal(0, await again.RunWholeAsync("--policy", "again.yaml", "policy", "show"));
        Assert.Equal(desk.Output, again.Output);
    }

    [Fact]
    public async Task Schema_WithoutPolicy_IsJson()
    {
        using var desk = Here();
        Assert.Equal(0, await desk.RunWholeAsync("policy", "schema"));
        using var schema = JsonDocument.Parse(desk.Output);
        Assert.Contains("json-schema.org", schema.RootElement.GetProperty("$schema").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_SeveralTenants_AsksForOne()
    {
        Write("backup.yaml", "version: 1\nstate: state\nplacement: { cities: 1 }\ntenants:\n  one:" + Tenant("x") + "  two:" + Tenant("y"));
        using var desk = Here();
        Assert.Equal(2, await desk.RunWholeAsync("snapshots"));
        Assert.Contains("--tenant one|two", desk.Error, StringComparison.Ordinal);
        using var other = Here();
        Assert.Equal(2, await other.RunWholeAsync("snapshots", "--tenant", "three"));
        Assert.Contains("'three'", other.Error.Replace('"', '\''), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_SecretOthersMayRead_IsRefused()
    {
        Write("backup.yaml", Policy());
        File.SetUnixFileMode(Path.Combine(_directory, "passphrase"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        using var desk = Here();
        Assert.Equal(2, await desk.RunWholeAsync("snapshots"));
        Assert.Contains("chmod 600", desk.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_UnknownSite_NamesTheNearest()
    {
        Write("backup.yaml", Policy().Replace("id: a,", "id: unna,", StringComparison.Ordinal));
        using var desk = Here();
        Assert.Equal(2, await desk.RunWholeAsync("snapshots", "--site", "una"));
        Assert.Contains("Did you mean unna?", desk.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reading_NothingUnlocks_SaysHow()
    {
        Write("backup.yaml", Policy().Replace("keys: { passphrase_file: passphrase }\n", "", StringComparison.Ordinal));
        using var desk = Here();
        Assert.Equal(2, await desk.RunWholeAsync("snapshots"));
        Assert.Contains("BACKUP_PASSPHRASE_FILE", desk.Error, StringComparison.Ordinal);
    }

    private static string Tenant(string name) => $$"""

            keys: { passphrase_file: passphrase }
            sites: [ { id: a, kind: local, path: site-{{name}}, city: A, country: DE } ]

        """;

    private static string FaultyPolicy() => Policy()
        .Replace("cities: 3", "citties: 3", StringComparison.Ordinal)
        .Replace("kind: files", "kind: fils", StringComparison.Ordinal);

    private static string Policy() => """
        version: 1
        tenant: test
        state: state
        keys: { passphrase_file: passphrase }
        sites:
          - { id: a, kind: local, path: site-a, city: A, country: DE }
          - { id: b, kind: local, path: site-b, city: B, country: DE }
          - { id: c, kind: local, path: site-c, city: C, country: DE }
        placement: { cities: 3 }
        sources:
          - { id: etc, kind: files, roots: [/etc] }

        """;

    private Desk Here() => new(directory: _directory);

    private void Write(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
    }
}
