using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary>Options that mean the same at every command that has them.</summary>
internal static class CommonOptions
{
    public static Flag DryRun() => new("--dry-run", "-n") { Description = "only say what would be done" };

    public static Option<string> Site(string description) => new("--site") { Description = description, HelpName = "ID" };

    public static Argument<SnapshotSelector> Snapshot(string name, bool withPath) => new(name)
    {
        Description = withPath
            ? "latest, latest~N, SOURCE@latest or an id's first digits, and a place in it after a colon: latest:/etc"
            : "latest, latest~N, SOURCE@latest or an id's first digits",
        CustomParser = result => ParseSnapshot(result, withPath),
    };

    /// <summary>An option that takes one of a few words.</summary>
    public static Option<string> OneOf(string name, string description, string helpName, params string[] words)
    {
        var option = new Option<string>(name) { Description = description, HelpName = helpName };
        option.CompletionSources.Add(_ => words);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value, StringComparer.Ordinal))
            {
                result.AddError($"{name} takes {Choice(words)}, not '{token.Value}'.");
            }
        });
        return option;
    }

    /// <summary>An argument that is one of a few words.</summary>
    public static Argument<string> OneOfWords(string name, string description, params string[] words)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.CompletionSources.Add(_ => words);
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !words.Contains(token.Value, StringComparer.Ordinal))
            {
                result.AddError($"{name} is {Choice(words)}, not '{token.Value}'.");
            }
        });
        return argument;
    }

    private static string Choice(string[] words) => $"{string.Join(", ", words[..^1])} or {words[^1]}";

    private static SnapshotSelector? ParseSnapshot(ArgumentResult result, bool withPath)
    {
        if (!Selectors.TryParse(result.Tokens[0].Value, out var selector, out var fault))
        {
            result.AddError(fault);
        }
        else if (selector.Path is not null && !withPath)
        {
            result.AddError($"'{result.Tokens[0].Value}' names a place, not a whole snapshot: leave out what stands from the colon on.");
        }

        return selector;
    }
}

/// <summary><c>--site</c>, <c>--expect-head</c> and <c>--accept-fork</c> of the commands that read.</summary>
internal sealed class ReadingOptions
{
    private readonly Option<string> _site = CommonOptions.Site("open no other site than this");
    private readonly Flag _acceptFork = new("--accept-fork")
    {
        Description = "read although the ledger has forked from what this machine has seen",
    };

    private readonly Option<string> _expectHead = new("--expect-head")
    {
        Description = "demand that the ledger contains this head",
        HelpName = "H",
    };

    public ReadingOptions() => _expectHead.Validators.Add(static result =>
    {
        if (result.Tokens is [var token] && ParseHead(token.Value) is null)
        {
            result.AddError($"--expect-head takes a ledger head as the recovery sheet shows it, or its 64 hexadecimal digits, not '{token.Value}'.");
        }
    });

    public void AddTo(Command command)
    {
        command.Add(_site);
        command.Add(_expectHead);
        command.Add(_acceptFork);
    }

    public Needs Needs(Invocation invocation) => Cli.Needs.Of(invocation.Value(_site));

    public ReadOptions Read(Invocation invocation) => new(
        invocation.Value(_site),
        invocation.IsSet(_acceptFork),
        invocation.Value(_expectHead) is { } head ? ParseHead(head) : null);

    /// <summary>The hash of an entry, or its whole name: <c>ledger/0000000002-…</c>.</summary>
    private static Hash? ParseHead(string text) =>
        Hash.TryParse(text, out var hash) ? hash
        : ObjectNames.TryParse(text, out var name) && name.Kind == ObjectKind.Ledger ? name.Hash
        : null;
}

/// <summary>A share of the data: <c>all</c>, <c>none</c> or <c>N%</c>.</summary>
internal static class ShareOption
{
    public static Option<string> Create(string name, string description)
    {
        var option = new Option<string>(name) { Description = description, HelpName = "all|N%" };
        option.CompletionSources.Add(static _ => ["all", "none", "10%"]);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Parse(token.Value) is null)
            {
                result.AddError($"{name} takes 'all', 'none' or a share like 5%, not '{token.Value}'.");
            }
        });
        return option;
    }

    public static Share Read(Invocation invocation, Option<string> option, Share otherwise) =>
        invocation.Value(option) is { } text && Parse(text) is { } share ? share : otherwise;

    internal static Share? Parse(string text) => text switch
    {
        "all" => Share.All,
        "none" => Share.None,
        [.. var number, '%'] when Number(number) is { } percent and >= 0 and <= 100 => new Share(percent),
        _ => null,
    };

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? number : null;
}
