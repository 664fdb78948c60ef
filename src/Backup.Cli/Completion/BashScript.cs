namespace Backup.Cli.Completion;

/// <summary>Completion for bash 4 or newer, without the bash-completion package.</summary>
internal static class BashScript
{
    public static IEnumerable<string> Lines(IReadOnlyList<CompletionWords> commands) =>
    [
        "# bash completion for backupctl. To use it: source <(backupctl completion bash)",
        "_backupctl() {",
        "  local place='' next='' words='' options='' i",
        "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"",
        "  COMPREPLY=()",
        "  case \"$previous\" in",
        .. Values(commands),
        "  esac",
        "  for (( i = 1; i < COMP_CWORD; i++ )); do",
        "    next=\"${place:+$place }${COMP_WORDS[i]}\"",
        "    case \"$next\" in",
        $"      {string.Join('|', commands.Where(command => command.Path.Length > 0).Select(command => $"'{command.Path}'"))}) place=\"$next\" ;;",
        "    esac",
        $"    case \"${{COMP_WORDS[i]}}\" in {string.Join('|', CompletionWords.ValueOptions(commands).SelectMany(option => option.Names))}) (( i++ )) ;; esac",
        "  done",
        "  case \"$place\" in",
        .. commands.Select(Command),
        "  esac",
        "  [[ $current == -* ]] && words=\"$options\"",
        "  COMPREPLY=( $(compgen -W \"$words\" -- \"$current\") )",
        "}",
        "complete -F _backupctl backupctl",
    ];

    private static string Command(CompletionWords command)
    {
        var words = command.Subcommands.Select(child => child.Name).Concat(command.Words);
        var options = command.Options.SelectMany(option => option.Names);
        return $"    '{command.Path}') words='{string.Join(' ', words)}' options='{string.Join(' ', options)}' ;;";
    }

    /// <summary>What follows an option that takes a value, whatever the command: no option has two meanings.</summary>
    private static IEnumerable<string> Values(IReadOnlyList<CompletionWords> commands) => CompletionWords.ValueOptions(commands)
        .GroupBy(Reply, StringComparer.Ordinal)
        .Select(group => $"    {string.Join('|', group.SelectMany(option => option.Names))}) {group.Key}; return ;;");

    private static string Reply(CompletionOption option) => option.Value switch
    {
        CompletionValue.File => "compopt -o filenames; COMPREPLY=( $(compgen -f -- \"$current\") )",
        CompletionValue.Directory => "compopt -o filenames; COMPREPLY=( $(compgen -d -- \"$current\") )",
        CompletionValue.Words => $"COMPREPLY=( $(compgen -W '{string.Join(' ', option.Words)}' -- \"$current\") )",
        _ => ":",
    };
}
