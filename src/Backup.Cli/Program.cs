using System.Globalization;
using System.Runtime.CompilerServices;
using Backup.Cli.Commands;
using Backup.Cli.Output;

[assembly: DisableRuntimeMarshalling] // lets the ahead-of-time compiler prepare the few calls into libc

namespace Backup.Cli;

internal static class Program
{
    public static int Main(string[] args)
    {
        var output = new StandardStream(1);
        if (VersionCommand.IsAsked(args))
        {
            new TextOutput(output).Say(VersionCommand.Text);
            return 0;
        }

        // One way of writing figures and dates, whatever the machine's language; and the language's tables need not be loaded.
        CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
        CultureInfo.CurrentUICulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
        var error = new StandardStream(2);
        var surroundings = new Surroundings
        {
            Output = output,
            Error = error,
            OutputIsTerminal = output.IsTerminal,
            ErrorIsTerminal = error.IsTerminal,
            Width = error.Width ?? 80,
            Variable = static name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
            IsRoot = Environment.IsPrivilegedProcess,
            Directory = Environment.CurrentDirectory,
            Clock = TimeProvider.System,
        };
        using var interrupts = new Interrupts();
        return new Application(surroundings, new Composition()).RunAsync(Arguments.Exact(args), interrupts.Cancellation).GetAwaiter().GetResult();
    }
}
