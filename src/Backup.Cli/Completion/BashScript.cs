namespace Backup.Cli.Completion;

/// <summary>Completion for bash 4 or newer, without the bash-completion package.</summary>
internal static class BashScript
{
    public static IEnumerable<string> Lines(IReadOnlyList<CompletionWords> commands)
    {
        yield return "# bash completion for backupctl. To use it: source <(backupctl completion bash)";
        yield return "_backupctl() {";
        yield return "  local word path='' next='' words='' i";
        yield return "  local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"";
        yield return "  COMPREPLY=()";
        foreach (var line in ValueCases(commands))
        {
            yield return line;
        }

        yield return "  for (( i = 1; i < COMP_CWORD; i++ )); do";
        yield return "    word=\"${COMP_WORDS[i]}\"";
        yield return "    next=\"${path:+$path }$word\"";
        yield return "    case \"$next\" in";
        yield return $"      {string.Join('|', commands.Where(command => command.Path.Length > 0).Select(command => $"'{command.Path}'"))}) path=\"$next\" ;;";
        yield return "    esac";
        yield return "  done";
        yield return "  case \"$path\" in";
        foreach (var command in commands)
        {
            var words = command.Subcommands.Select(child => child.Name).Concat(command.Words).Concat(command.Options.SelectMany(option => option.Names));
            yield return $"    '{command.Path}') words='{string.Join(' ', words)}' ;;";
        }

        yield return "  esac";
        yield return "  if [[ $current != -* ]]; then words=\" $words\"; words=\"${words// -+([^ ])/}\"; fi";
        yield return "  COMPREPLY=( $(compgen -W \"$words\" -- \"$current\") )";
        yield return "}";
        yield return "complete -o bashdefault -F _backupctl backupctl";
    }

    /// <summary>What follows an option that takes a value, whatever the command: no option has two meanings.</summary>
    private static IEnumerable<string> ValueCases(IReadOnlyList<CompletionWords> commands)
    {
        var options = commands.SelectMany(command => command.Options).Where(option => option.Value != CompletionValue.None);
        yield return "  case \"$previous\" in";
        foreach (var group in options.GroupBy(option => (option.Value, Words: string.Join(' ', option.Words))))
        {
            var names = string.Join('|', group.SelectMany(option => option.Names).Distinct(StringComparer.Ordinal));
            var reply = group.Key.Value switch
            {
                CompletionValue.File => "compopt -o filenames; COMPREPLY=( $(compgen -f -- \"$current\") )",
                CompletionValue.Directory => "compopt -o filenames; COMPREPLY=( $(compgen -d -- \"$current\") )",
                CompletionValue.Words => $"COMPREPLY=( $(compgen -W '{group.Key.Words}' -- \"$current\") )",
                _ => ":",
            };
            yield return $"    {names}) {reply}; return ;;";
        }

        yield return "  esac";
    }
}
