namespace Backup.Cli.Completion;

/// <summary>Completion for zsh.</summary>
internal static class ZshScript
{
    public static IEnumerable<string> Lines(IReadOnlyList<CompletionWords> commands)
    {
        yield return "#compdef backupctl";
        yield return "# zsh completion for backupctl. To use it: source <(backupctl completion zsh), or save it as _backupctl in a directory of $fpath";
        yield return "_backupctl() {";
        yield return "  local word place='' next='' i";
        yield return "  local -a words_here options_here";
        yield return "  case \"${words[CURRENT-1]}\" in";
        foreach (var option in ValueOptions(commands))
        {
            yield return $"    {string.Join('|', option.Names)}) {Reply(option)}; return ;;";
        }

        yield return "  esac";
        yield return "  for (( i = 2; i < CURRENT; i++ )); do";
        yield return "    next=\"${place:+$place }${words[i]}\"";
        yield return "    case \"$next\" in";
        yield return $"      {string.Join('|', commands.Where(command => command.Path.Length > 0).Select(command => Quote(command.Path)))}) place=\"$next\" ;;";
        yield return "    esac";
        yield return "  done";
        yield return "  case \"$place\" in";
        foreach (var command in commands)
        {
            var words = command.Subcommands.Select(child => Described(child.Name, child.Description)).Concat(command.Words.Select(Quote));
            var options = command.Options.SelectMany(option => option.Names.Select(name => Described(name, option.Description)));
            yield return $"    {Quote(command.Path)})";
            yield return $"      words_here=({string.Join(' ', words)})";
            yield return $"      options_here=({string.Join(' ', options)}) ;;";
        }

        yield return "  esac";
        yield return "  (( $#words_here )) && _describe -t commands 'command' words_here";
        yield return "  [[ \"$PREFIX\" == -* ]] && _describe -t options 'option' options_here";
        yield return "  return 0";
        yield return "}";
        yield return "compdef _backupctl backupctl";
    }

    private static IEnumerable<CompletionOption> ValueOptions(IReadOnlyList<CompletionWords> commands) =>
        commands.SelectMany(command => command.Options).Where(option => option.Value != CompletionValue.None).DistinctBy(option => string.Join('|', option.Names), StringComparer.Ordinal);

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
