using System.Globalization;
using System.Runtime.InteropServices;

namespace Backup.Stores.Tests.Services;

/// <summary>
/// A server as a process that can be stopped and killed, with all processes that it has started: sshd has one or two for each session.
/// </summary>
/// <param name="pidFile">Holds the number of the process; a new one after a new start.</param>
public sealed partial class ServerProcess(string pidFile)
{
    private const int SigKill = 9;
    private const int SigContinue = 18;
    private const int SigStop = 19;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public int Id => int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);

    /// <summary>When this returns, it accepts connections and answers nothing.</summary>
    public void Stop() => Signal(SigStop, "TtZX");

    public void Continue() => Signal(SigContinue, "RSDI");

    /// <summary>As a power cut. When this returns, its port refuses connections, until <see cref="TestServices.StartAgain"/>.</summary>
    public void Kill() => Signal(SigKill, "ZX");

    /// <param name="signal">What is sent.</param>
    /// <param name="until">The states of proc(5) of which it must reach one: a signal is delivered some time after it was sent.</param>
    private void Signal(int signal, string until)
    {
        // Parents first: what is stopped or dead starts nothing more. The family is read before, for the dead have no children.
        var family = Family(Id).ToArray();
        foreach (var process in family)
        {
            if (SendSignal(process, signal) != 0 && process == family[0])
            {
                throw new InvalidOperationException($"Process {process} of {pidFile} is gone, or somebody else's.");
            }
        }

        if (!SpinWait.SpinUntil(() => family.All(process => StateOf(process) is not { } state || until.Contains(state)), Patience))
        {
            throw new InvalidOperationException($"Process {family[0]} of {pidFile} did not heed signal {signal}.");
        }
    }

    /// <returns>Null if there is no such process.</returns>
    private static char? StateOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Split(") ")[^1][0];
        }
        catch (IOException) // gone, before or while it was read
        {
            return null;
        }
    }

    private static IEnumerable<int> Family(int process) => Children(process).SelectMany(Family).Prepend(process);

    private static IEnumerable<int> Children(int process)
    {
        var file = $"/proc/{process}/task/{process}/children";
        try
        {
            var ids = File.ReadAllText(file).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return [.. ids.Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
        }
        catch (IOException) // a session may end at any time
        {
            return [];
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
