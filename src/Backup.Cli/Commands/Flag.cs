using System.CommandLine;

namespace Backup.Cli.Commands;

/// <summary>An option that is there or not. (The library's own would take <c>--json true</c>, and so swallow an argument that happens to read "true".)</summary>
internal sealed class Flag : Option<string>
{
    public Flag(string name, params string[] aliases)
        : base(name, aliases) => Arity = ArgumentArity.Zero;

    public bool IsSet(ParseResult parse) => parse.GetResult(this) is { Implicit: false };
}
