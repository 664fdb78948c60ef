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
    [InlineData("restore --tar", "--target")]
    [InlineData("status --js", "--json")]
    [InlineData("completion ", "bash fish zsh")]
    [InlineData("restore latest --target /proc/self/tas", "/proc/self/task")]
    [InlineData("init --recovery-out /proc/self/statu", "/proc/self/status")]
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
        Assert.Equal(expected, (await BashAsync("-s", script)).Trim());
    }

    [Fact]
    public void Every_Script_KnowsEveryCommandAndOption()
    {
        var names = Words.SelectMany(command => command.Subcommands).Select(child => child.Name)
            .Concat(Words.SelectMany(command => command.Options).SelectMany(option => option.Names).Select(name => name.TrimStart('-')))
            .ToArray();
        foreach (var script in new[] { BashScript.Lines(Words), ZshScript.Lines(Words), FishScript.Lines(Words) })
        {
            var text = string.Join('\n', script);
            Assert.All(names, name => Assert.Contains(name, text, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Fish_Script_NamesConditionsOfSubcommands()
    {
        var lines = FishScript.Lines(Words).ToArray();
        Assert.Single(lines, line => line == "complete -c backupctl -n '__fish_seen_subcommand_from key; " +
            "and not __fish_seen_subcommand_from list add remove rotate recovery' -a 'rotate' -d 'begin a new epoch of the keyring'");
        const string Overwrite = "__fish_seen_subcommand_from restore' -l 'overwrite' -x -a 'always if-changed if-newer never'";
        Assert.Single(lines, line => line.Contains(Overwrite, StringComparison.Ordinal));
    }

    private static async Task<string> BashAsync(string option, string script)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["--norc", option])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await bash.StandardInput.WriteAsync(script);
        bash.StandardInput.Close();
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = await bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", error);
        return output;
    }
}
