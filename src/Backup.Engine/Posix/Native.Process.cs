using System.Runtime.InteropServices;

namespace Backup.Engine.Posix;

/// <content>Processes.</content>
internal static partial class Native
{
    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int process, int signal);
}
