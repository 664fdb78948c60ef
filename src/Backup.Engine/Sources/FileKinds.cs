using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>What the system says of a file, in the terms of the format.</summary>
internal static class FileKinds
{
    extension(in FileStatus status)
    {
        /// <summary>Null for what Linux does not know today.</summary>
        public EntryKind? Kind => status.Type switch
        {
            FileType.Regular => EntryKind.File,
            FileType.Directory => EntryKind.Directory,
            FileType.SymbolicLink => EntryKind.SymbolicLink,
            FileType.Fifo => EntryKind.Fifo,
            FileType.Socket => EntryKind.Socket,
            FileType.CharacterDevice => EntryKind.CharacterDevice,
            FileType.BlockDevice => EntryKind.BlockDevice,
            _ => null,
        };

        public Timestamp Modified => new(status.ModifiedAt.Seconds, status.ModifiedAt.Nanoseconds);

        public Timestamp Changed => new(status.ChangedAt.Seconds, status.ChangedAt.Nanoseconds);
    }

    /// <summary>The type of a node that is to be made.</summary>
    public static FileType ToFileType(this EntryKind kind) => kind switch
    {
        EntryKind.Fifo => FileType.Fifo,
        EntryKind.Socket => FileType.Socket,
        EntryKind.CharacterDevice => FileType.CharacterDevice,
        EntryKind.BlockDevice => FileType.BlockDevice,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a node"),
    };
}
