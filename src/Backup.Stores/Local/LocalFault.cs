using Backup.Engine.Posix;
using Backup.Engine.Stores;

namespace Backup.Stores.Local;

/// <summary>What a call does to the store: the same error number means different things.</summary>
internal enum Access
{
    /// <summary>The bytes of an object.</summary>
    Read,

    /// <summary>Which objects there are.</summary>
    Look,

    Write,
}

/// <summary>What an error number of the kernel means for a store.</summary>
internal static class LocalFault
{
    public static StoreFault Of(Errno errno, Access access) => (errno, access) switch
    {
        (Errno.ENOSPC or Errno.EDQUOT, _) => StoreFault.Full,
        (Errno.EFBIG, Access.Write) => StoreFault.Full,
        (Errno.EROFS or Errno.EOPNOTSUPP, Access.Write) => StoreFault.ReadOnly,
        (Errno.EACCES or Errno.EPERM, Access.Write) => StoreFault.ReadOnly,
        (Errno.EACCES or Errno.EPERM, _) => StoreFault.Denied,

        // The bytes of this one object: too long, too short, no regular file, a bad sector.
        (Errno.EFBIG or Errno.ENODATA or Errno.EISDIR or Errno.EINVAL or Errno.ELOOP or Errno.ENXIO, Access.Read) => StoreFault.Damaged,
        (Errno.EIO or Errno.EUCLEAN or Errno.EBADMSG, Access.Read) => StoreFault.Damaged,

        // The disk, the network file system or this process is in trouble; nothing is known about any object.
        _ => StoreFault.Unreachable,
    };
}
