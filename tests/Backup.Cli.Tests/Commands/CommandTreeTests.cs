using System.CommandLine;
using Backup.Cli.Commands;

namespace Backup.Cli.Tests.Commands;

public sealed class CommandTreeTests
{
    private static readonly string[] Changing =
    [
        "backup", "erase approve", "erase cancel", "erase resume", "erase run", "forget", "gc", "hold add", "hold release", "init", "key add", "key recovery",
        "key remove", "key rotate", "pin", "restore", "site add", "site retire", "subject release", "subject restrict", "subject tie", "sync", "takeover",
        "undelete", "unpin", "verify",
    ];

    [Fact]
    public void Tree_EverythingInIt_IsDescribed() => Assert.All(All(), command =>
    {
        Assert.NotEmpty(command.Command.Description!);
        Assert.All(command.Command.Options, option => Assert.NotEmpty(option.Description!));
        Assert.All(command.Command.Arguments, argument => Assert.NotEmpty(argument.Description!));
    });

    [Fact]
    public void Tree_WhatChangesSomething_HasADryRun()
    {
        var having = All().Where(command => command.Command.Options.Any(option => option.Name == "--dry-run"));
        Assert.Equal(Changing, having.Select(command => command.Path).Order(StringComparer.Ordinal).ToArray());
    }

    [Fact]
    public void Tree_OneSpelling_TakesAValueEverywhereOrNowhere() => Assert.All(
        All().SelectMany(command => command.Command.Options).GroupBy(option => option.Name, StringComparer.Ordinal),
        same => Assert.Single(same.Select(option => option.Arity.MaximumNumberOfValues == 0).Distinct()));

    [Fact]
    public void Flag_BeforeAnArgument_DoesNotSwallowIt()
    {
        var parse = new CommandTree().Parse(["backup", "-n", "true"]);
        Assert.Empty(parse.Errors);
        Assert.Equal("true", parse.GetValue<string[]>("SOURCE")!.Single());
    }

    [Fact]
    public void Read_FlagAndVariable_TheFlagWins()
    {
        var tree = new CommandTree();
        var settings = tree.Read(tree.Parse(["status", "--policy", "flag.yaml"]), name => name + "!");
        Assert.Equal("flag.yaml", settings.Policy);
        Assert.Equal("BACKUP_TENANT!", settings.Tenant);
        Assert.Equal("BACKUP_STATE!", settings.State);
    }

    [Fact]
    public void Parse_AtSign_IsNoFileOfArguments()
    {
        var parse = new CommandTree().Parse(["find", "@x"]);
        Assert.Empty(parse.Errors);
        Assert.Equal("@x", parse.GetValue<string>("PATTERN"));
    }

    private static IEnumerable<(string Path, Command Command)> All() => Below(new CommandTree().Root, "");

    private static IEnumerable<(string Path, Command Command)> Below(Command command, string path) =>
        command.Subcommands.SelectMany(child =>
        {
            var below = $"{path} {child.Name}".Trim();
            return Below(child, below).Prepend((below, child));
        });
}
