using Backup.Cli.Output;

namespace Backup.Cli;

/// <summary>The arguments as they were typed. The runtime decodes them as UTF-8 and loses every other byte; a name in a snapshot may have such bytes.</summary>
internal static class Arguments
{
    private const string CommandLine = "/proc/self/cmdline";

    /// <summary>The arguments with bytes that are no UTF-8 kept as <see cref="NameText"/> does.</summary>
    public static string[] Exact(string[] args)
    {
        if (!Array.Exists(args, static arg => arg.Contains('\ufffd')))
        {
            return args;
        }

        try
        {
            return Exact(args, File.ReadAllBytes(CommandLine));
        }
        catch (IOException)
        {
            return args; // no /proc: then such a name cannot be typed
        }
    }

    /// <summary>The last arguments of a command line whose arguments each end in NUL.</summary>
    internal static string[] Exact(string[] args, ReadOnlySpan<byte> commandLine)
    {
        var exact = new string[args.Length];
        for (var i = args.Length - 1; i >= 0; i--)
        {
            if (commandLine.IsEmpty)
            {
                return args;
            }

            commandLine = commandLine[..^1];
            var start = commandLine.LastIndexOf((byte)0) + 1;
            exact[i] = NameText.FromBytes(commandLine[start..]);
            commandLine = commandLine[..start];
        }

        return exact;
    }
}
