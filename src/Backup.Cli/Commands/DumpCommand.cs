using System.CommandLine;
using Backup.Engine.Runs;

namespace Backup.Cli.Commands;

/// <summary><c>dump</c>: a file's bytes, or a directory as tar, on standard output. Everything else goes to standard error.</summary>
internal static class DumpCommand
{
    public static Command Create()
    {
        var place = CommonOptions.Snapshot("SNAPSHOT:/path", withPath: true);
        var tar = new Flag("--tar") { Description = "write a directory as a tar archive" };
        var reading = new ReadingOptions();
        var command = new CliCommand("dump", "write a file's bytes, or a directory as tar, to standard output", invocation => invocation.InTenantAsync(reading.Needs(invocation), async context =>
        {
            await DumpRun.WriteAsync(
                context, invocation.Value(place)!, invocation.Surroundings.Output, invocation.IsSet(tar), reading.Read(invocation), invocation.Cancellation);
            return invocation.Conclude(context);
        })) { place, tar };
        command.OutputIsData = true;
        reading.AddTo(command);
        return command;
    }
}
