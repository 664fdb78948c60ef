using System.Diagnostics;
using System.Text;
using Backup.Engine;

namespace Backup.Databases.Throwaway;

/// <summary>
/// A server's process and the folder of its data. Both are gone when this is disposed, and also when this program is killed: a shell waits for the end
/// of its own input, ends the server and removes the folder.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Watch =
        """
        trap '' INT TERM HUP
        exec 3<&0
        folder=$1 signal=$2; shift 2
        "$@" < /dev/null 3<&- > /dev/null & server=$!
        { read -r _ <&3; kill -s "$signal" "$server"; } 2> /dev/null &
        wait "$server"
        rm -rf -- "$folder"
        """;

    private const int MostLooks = 600;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly Process _process;
    private readonly StringBuilder _words = new();

    /// <param name="folder">Removed at the end.</param>
    /// <param name="signal">What ends the server at once: KILL, or QUIT for one that has children.</param>
    /// <param name="command">Program and arguments.</param>
    public ServerProcess(string folder, string signal, IReadOnlyList<string> command)
    {
        Folder = folder;
        var start = new ProcessStartInfo("sh", ["-c", Watch, "sh", folder, signal, .. command])
        {
            RedirectStandardInput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/",
        };
        _process = VendorTool.Start(start, new Dictionary<string, string>(StringComparer.Ordinal), "dash");
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_words)
            {
                _words.Append(line.Data is { } text ? text + '\n' : "");
            }
        };
        _process.BeginErrorReadLine();
    }

    public string Folder { get; }

    /// <summary>Waits until the server answers.</summary>
    /// <param name="knock">Connects; throws as long as nobody answers.</param>
    /// <exception cref="BackupException">It ended, or does not answer within a minute.</exception>
    public void Await(Action knock)
    {
        for (var look = 1; ; look++)
        {
            try
            {
                knock();
                return;
            }
            catch (BackupException failure)
            {
                if (_process.WaitForExit(BetweenLooks) || look == MostLooks)
                {
                    throw Failed(failure);
                }
            }
        }
    }

    public void Dispose()
    {
#pragma warning disable RS0030 // a pipe to a process: nothing of it is stored
        _process.StandardInput.Close();
#pragma warning restore RS0030
        _process.WaitForExit();
        _process.Dispose();
    }

    private BackupException Failed(BackupException failure)
    {
        string words;
        lock (_words)
        {
            words = _words.ToString().Trim();
        }

        return new BackupException(
            FailureKind.Failed,
            $"The database server for the drill did not start: {(words.Length == 0 ? failure.Message : words[Math.Max(0, words.Length - 1000)..]).TrimEnd('.')}.",
            "Look whether the folder of the state has room, and whether the server of this machine starts.",
            failure);
    }
}
