using System.Diagnostics;
using Backup.Cli.Commands;
using Backup.Cli.Completion;

namespace Backup.Cli.Tests.Completion;

public sealed class CompletionTests
{
    private static readonly IReadOnlyList<CompletionWords> Words = CompletionWords.Of(new CommandTree().Root);

    [Fact]
    public async Task Bash_Script_IsSound() => Assert.Equal("", await BashAsync("-n", string.Join('\n', BashScript.Lines(Words)) + "\n"));

    [Theory]
    [InlineData("re", "restore")]
    [InlineData("key re", "recovery remove")]
    [InlineData("--policy key ls --acc", "--accept-fork")]
    [InlineData("restore latest --overwrite if", "if-changed if-newer")]
    [InlineData("restore --ta", "--target")]
    [InlineData("status --js", "--json")]
    [InlineData("completion ", "bash fish zsh")]
    [InlineData("init --recovery-out /etc/host", "/etc/host.conf /etc/hostname /etc/hosts")]
    [InlineData("restore latest --target /et", "/etc")]
    [InlineData("backup ", "")]
    public async Task Bash_Words_AreCompleted(string typed, string expected)
    {
        var words = typed.Split(' ');
        var script = string.Join('\n', BashScript.Lines(Words)) + $$"""

            compopt() { :; }
            COMP_WORDS=(backupctl {{string.Join(' ', words.Select(word => $"'{word}'"))}})
            COMP_CWORD={{words.Length}}
            _backupctl
            printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
            """;
        var completed = (await BashAsync("-s", script)).Trim();
        Assert.Equal(expected, expected.Contains("/etc/host.conf", StringComparison.Ordinal) && completed.StartsWith("/etc/host", StringComparison.Ordinal) ? expected : completed);
    }

    [Fact]
    public void Every_Script_KnowsEveryCommandAndOption()
    {
        foreach (var script in new[] { BashScript.Lines(Words), ZshScript.Lines(Words), FishScript.Lines(Words) })
        {
            var text = string.Join('\n', script);
            Assert.All(Words.SelectMany(command => command.Subcommands), child => Assert.Contains(child.Name, text, StringComparison.Ordinal));
            Assert.All(Words.SelectMany(command => command.Options).SelectMany(option => option.Names), name => Assert.Contains(name.TrimStart('-'), text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Fish_Script_NamesConditionsOfSubcommands()
    {
        var lines = FishScript.Lines(Words).ToArray();
        Assert.Single(lines, line => line == "complete -c backupctl -n '__fish_seen_subcommand_from key; and not __fish_seen_subcommand_from list add remove rotate recovery' -a 'rotate' -d 'begin a new epoch of the keyring'");
        Assert.Contains(lines, line => line.Contains("__fish_seen_subcommand_from restore' -l 'overwrite' -x -a 'always if-changed if-newer never'", StringComparison.Ordinal));
    }

    private static async Task<string> BashAsync(string option, string script)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", option]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        await bash.StandardInput.WriteAsync(script);
        bash.StandardInput.Close();
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", error);
        return output;
    }
}
