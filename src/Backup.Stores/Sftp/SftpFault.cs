using Backup.Engine.Stores;
using Renci.SshNet.Common;
using Renci.SshNet.Sftp;

namespace Backup.Stores.Sftp;

/// <summary>What a call does to the store: the same answer means different things.</summary>
internal enum SftpAccess
{
    /// <summary>The bytes of an object.</summary>
    Read,

    /// <summary>Which objects there are.</summary>
    Look,

    Write,
}

/// <summary>What a failure of the library means for a store.</summary>
internal static class SftpFault
{
    public static StoreFault Of(Exception failure, SftpAccess access) => (failure, access) switch
    {
        (SftpPathNotFoundException, _) => StoreFault.NotFound,
        (SftpPermissionDeniedException, SftpAccess.Write) => StoreFault.ReadOnly,
        (SftpPermissionDeniedException or SshAuthenticationException, _) => StoreFault.Denied,
        (SftpException { StatusCode: StatusCode.OperationUnsupported }, SftpAccess.Write) => StoreFault.ReadOnly,

        // Version 3 has one word for all else. Of a file that could be opened it means: its bytes cannot be read.
        (SftpException { StatusCode: StatusCode.Failure }, SftpAccess.Read) => StoreFault.Damaged,

        // The connection, or a server in trouble: nothing is known about any object.
        _ => StoreFault.Unreachable,
    };

    /// <summary>Whether the server itself answered: then the connection goes on being good.</summary>
    public static bool IsAnswer(Exception failure) => failure is SftpException or StoreException;
}
