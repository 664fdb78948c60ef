namespace Backup.Cli.Completion;

/// <summary>Completion for zsh.</summary>
internal static class ZshScript
{
    public static IEnumerable<string> Lines(IReadOnlyList<CompletionWords> commands) =>
    [
        "#compdef backupctl",
        "# zsh completion for backupctl. To use it: source <(backupctl completion zsh), or save it as _backupctl in a directory of $fpath",
        "_backupctl() {",
        "  local place='' next='' i",
        "  local -a commands options",
        "  case \"${words[CURRENT-1]}\" in",
        .. CompletionWords.ValueOptions(commands).Select(option => $"    {string.Join('|', option.Names)}) {Reply(option)}; return ;;"),
        "  esac",
        "  for (( i = 2; i < CURRENT; i++ )); do",
        "    next=\"${place:+$place }${words[i]}\"",
        "    case \"$next\" in",
        $"      {string.Join('|', commands.Where(command => command.Path.Length > 0).Select(command => Quote(command.Path)))}) place=\"$next\" ;;",
        "    esac",
        $"    case \"${{words[i]}}\" in {string.Join('|', CompletionWords.ValueOptions(commands).SelectMany(option => option.Names))}) (( i++ )) ;; esac",
        "  done",
        "  case \"$place\" in",
        .. commands.SelectMany(Command),
        "  esac",
        "  (( $#commands )) && _describe -t commands 'command' commands",
        "  [[ \"$PREFIX\" == -* ]] && _describe -t options 'option' options",
        "  return 0",
        "}",
        "compdef _backupctl backupctl",
    ];

    private static IEnumerable<string> Command(CompletionWords command)
    {
        var words = command.Subcommands.Select(child => Described(child.Name, child.Description)).Concat(command.Words.Select(Quote));
        var options = command.Options.SelectMany(option => option.Names.Select(name => Described(name, option.Description)));
        yield return $"    {Quote(command.Path)})";
        yield return $"      commands=({string.Join(' ', words)})";
        yield return $"      options=({string.Join(' ', options)}) ;;";
    }

    private static string Reply(CompletionOption option) => option.Value switch
    {
        CompletionValue.File => "_files",
        CompletionValue.Directory => "_files -/",
        CompletionValue.Words => "compadd -- " + string.Join(' ', option.Words.Select(Quote)),
        _ => ":",
    };

    private static string Described(string name, string description) => Quote($"{name}:{description}");

    private static string Quote(string text) => "'" + text.Replace("'", @"'\''", StringComparison.Ordinal) + "'";
}
