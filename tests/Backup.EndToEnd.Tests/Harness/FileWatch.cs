using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Backup.EndToEnd.Tests.Harness;

/// <summary>Waits until somebody opens a file: the moment a run begins to read it.</summary>
internal sealed partial class FileWatch : IDisposable
{
    private const uint Opened = 0x20;
    private readonly int _descriptor;

    public FileWatch(string file)
    {
        _descriptor = Initialize(0);
        if (_descriptor < 0 || AddWatch(_descriptor, file, Opened) < 0)
        {
            throw new Win32Exception();
        }
    }

    /// <summary>Returns true as soon as the file is opened, or was since the watch began; false after the time.</summary>
    public bool Wait(TimeSpan time)
    {
        var waiting = new Poll { Descriptor = _descriptor, Events = 1 };
        return PollOne(ref waiting, 1, (int)time.TotalMilliseconds) > 0;
    }

    public void Dispose() => _ = Close(_descriptor);

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int Initialize(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddWatch(int descriptor, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int PollOne(ref Poll waiting, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct Poll
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
