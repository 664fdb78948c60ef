using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Renci.SshNet;

namespace Backup.Stores.Sftp;

/// <summary>
/// The socket of a connection, to close it. The library has no other way to end a call: what it sends to a server that stands still waits
/// without a deadline, and its own Dispose waits behind that. Bound when the program is compiled, and no reflection.
/// </summary>
internal static class SshSocket
{
    /// <summary>Ends every call of the connection at once. Does nothing if it has none yet.</summary>
    public static void Close(BaseClient client)
    {
        if (SessionOf(client) is { } session)
        {
            SocketOf(session)?.Dispose();
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Session")]
    [return: UnsafeAccessorType("Renci.SshNet.ISession, Renci.SshNet")]
    private static extern object? SessionOf(BaseClient client);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_socket")]
    private static extern ref Socket? SocketOf([UnsafeAccessorType("Renci.SshNet.Session, Renci.SshNet")] object session);
}
