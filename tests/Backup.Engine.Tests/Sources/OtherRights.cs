using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Backup.Engine.Tests.Sources;

/// <summary>Runs a part of a test with other rights, on a thread of its own, as Linux keeps them per thread. Needs root.</summary>
internal static partial class OtherRights
{
    public const uint Nobody = 65534;

    private const int NewMounts = 0x20000;

    private const ulong PrivateAndBelow = (1 << 18) | (1 << 14);

    private const ulong BindFlag = 1 << 12;

    /// <summary>As a user to whom nothing belongs.</summary>
    public static void AsNobody(Action action) => OnThread(() =>
    {
        _ = setfsgid(Nobody);
        _ = setfsuid(Nobody);
        action();
    });

    /// <summary>With mounts that nobody else sees and that end with the action.</summary>
    public static void WithOwnMounts(Action action) => OnThread(() =>
    {
        Check(unshare(NewMounts));
        Check(mount("none", "/", null, PrivateAndBelow, null));
        action();
    });

    public static void MountMemory(string directory, string options = "size=64m") => Check(mount("tmpfs", directory, "tmpfs", 0, options));

    public static void Bind(string from, string to) => Check(mount(from, to, null, BindFlag, null));

    private static void OnThread(Action action)
    {
        ExceptionDispatchInfo? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception exception)
            {
                fault = ExceptionDispatchInfo.Capture(exception);
            }
        });
        thread.Start();
        thread.Join();
        fault?.Throw();
    }

    private static void Check(int result)
    {
        if (result != 0) throw new InvalidOperationException(Marshal.GetLastPInvokeErrorMessage());
    }

    [LibraryImport("libc")]
    private static partial int setfsuid(uint user);

    [LibraryImport("libc")]
    private static partial int setfsgid(uint group);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unshare(int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mount(string source, string target, string? type, ulong flags, string? data);
}
