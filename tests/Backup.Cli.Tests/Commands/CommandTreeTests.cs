using System.CommandLine;
using Backup.Cli.Commands;

namespace Backup.Cli.Tests.Commands;

public sealed class CommandTreeTests
{
    private static readonly string[] Changing = ["init", "backup", "restore", "verify", "sync", "takeover", "site add", "site retire", "key add", "key remove", "key rotate", "key recovery"];

    [Fact]
    public void Tree_EverythingInIt_IsDescribed() => Assert.All(All(), command =>
    {
        Assert.False(string.IsNullOrEmpty(command.Command.Description), command.Path);
        Assert.All(command.Command.Options, option => Assert.False(string.IsNullOrEmpty(option.Description), command.Path + " " + option.Name));
        Assert.All(command.Command.Arguments, argument => Assert.False(string.IsNullOrEmpty(argument.Description), command.Path + " " + argument.Name));
    });

    [Fact]
    public void Tree_WhatChangesSomething_HasADryRun() => Assert.Equal(
        Changing.Order(StringComparer.Ordinal),
        All().Where(command => command.Command.Options.Any(option => option.Name == "--dry-run" && option.Aliases.Contains("-n"))).Select(command => command.Path).Order(StringComparer.Ordinal));

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
        command.Subcommands.SelectMany(child => Below(child, (path + " " + child.Name).Trim()).Prepend(((path + " " + child.Name).Trim(), child)));
}
