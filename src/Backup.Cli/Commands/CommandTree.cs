using System.CommandLine;
using System.CommandLine.Parsing;
using System.CommandLine.Help;

namespace Backup.Cli.Commands;

/// <summary>All commands, and the options that stand before or after any of them.</summary>
internal sealed class CommandTree
{
    private readonly Option<string> _policy =
        Global("--policy", "the policy (default ./backup.yaml, then /etc/backup/backup.yaml)", "FILE");

    private readonly Option<string> _tenant = Global("--tenant", "the tenant, if the policy has several", "ID");
    private readonly Option<string> _state = Global("--state", "the state directory", "DIR");
    private readonly Flag _json = new("--json") { Description = "print JSON Lines", Recursive = true };
    private readonly Flag _quiet = new("--quiet", "-q") { Description = "no progress, and no result when all is well", Recursive = true };
    private readonly Flag _verbose = new("--verbose", "-v") { Description = "say more", Recursive = true };

    public CommandTree()
    {
        Root = new RootCommand("backupctl takes encrypted backups into several cities and brings them back.")
        {
            _policy, _tenant, _state, _json, _quiet, _verbose,
            InitCommand.Create(), BackupCommand.Create(), SnapshotsCommand.Create(), LsCommand.Create(), FindCommand.Create(),
            DiffCommand.Create(), RestoreCommand.Create(), DumpCommand.Create(), VerifyCommand.Create(), DrillCommand.Create(),
            SyncCommand.Create(), ForgetCommand.Create(), PinCommand.Create(), PinCommand.CreateUnpin(), UndeleteCommand.Create(), GcCommand.Create(),
            SubjectCommand.Create(), HoldCommand.Create(), EraseCommand.Create(),
            LedgerCommand.Create(), StatusCommand.Create(), SiteCommand.Create(), KeyCommand.Create(), TakeoverCommand.Create(),
            PolicyCommand.Create(), CompletionCommand.Create(), VersionCommand.Create(), TestStopsCommand.Create(),
        };
        Root.HelpName = "backupctl";
        Root.Directives.Clear();
        Root.Options.Remove(Root.Options.First(option => option is VersionOption));
        Root.Options.First(option => option is HelpOption).Description = "show what a command does and takes";
    }

    public RootCommand Root { get; }

    /// <summary>Parses; a word that begins with @ is a word, not a file to read arguments from.</summary>
    public ParseResult Parse(string[] args) => Root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>The global options: the flag, else the environment.</summary>
    public Settings Read(ParseResult parse, Func<string, string?> variable) => new()
    {
        Policy = Typed(parse, _policy) ?? variable("BACKUP_POLICY"),
        Tenant = Typed(parse, _tenant) ?? variable("BACKUP_TENANT"),
        State = Typed(parse, _state) ?? variable("BACKUP_STATE"),
        Json = _json.IsSet(parse),
        Quiet = _quiet.IsSet(parse),
        Verbose = _verbose.IsSet(parse),
    };

    /// <summary>What is wrong beyond what the parser finds.</summary>
    public IEnumerable<string> Check(ParseResult parse)
    {
        var own = parse.CommandResult.Command is CliCommand command ? command.Checks.Select(check => check(parse)).OfType<string>() : [];
        var all = own.Concat(Empty(parse));
        return _quiet.IsSet(parse) && _verbose.IsSet(parse) ? all.Append("--quiet and --verbose exclude each other.") : all;
    }

    /// <summary>An empty value is a variable of a script that was not set: as a path it would mean the current folder.</summary>
    private static IEnumerable<string> Empty(ParseResult parse)
    {
        for (SymbolResult? at = parse.CommandResult; at is CommandResult command; at = at.Parent)
        {
            foreach (var option in command.Children.OfType<OptionResult>().Where(static option => option.Tokens.Any(static token => token.Value.Length == 0)))
            {
                yield return $"{option.Option.Name} is empty: give it a value, or leave it out.";
            }
        }
    }

    /// <summary>
    /// The value as far as there is one: settings are read even from a faulty command line, to say its faults in the form that was
    /// asked for.
    /// </summary>
    private static string? Typed(ParseResult parse, Option<string> option) =>
        parse.GetResult(option)?.Tokens is [var token] ? token.Value : null;

    private static Option<string> Global(string name, string description, string helpName) =>
        new(name) { Description = description, HelpName = helpName, Recursive = true };
}
