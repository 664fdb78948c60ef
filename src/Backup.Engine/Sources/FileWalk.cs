using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>
/// What all directories of one walk share. It closes its descriptors when the walker and the last directory are done with it.
/// </summary>
internal sealed class FileWalk(DescriptorCache cache)
{
    private readonly Accounts _accounts = new();
    private int _users = 1;

    public DescriptorCache Cache { get; } = cache;

    public void Join() => Interlocked.Increment(ref _users);

    public void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0) Cache.Dispose();
    }

    /// <summary>The entry that a status describes; its kind must be known.</summary>
    public Entry Describe(byte[] name, in FileStatus status, byte[]? linkTarget = null) => new()
    {
        Name = name,
        Kind = status.Kind!.Value,
        Mode = status.Permissions,
        UserId = status.UserId,
        GroupId = status.GroupId,
        User = _accounts.UserName(status.UserId),
        Group = _accounts.GroupName(status.GroupId),
        Modified = status.Modified,
        Changed = status.Changed,
        Inode = status.Inode,
        Device = status.Device,
        Links = status.Links,
        Size = status.Kind is EntryKind.File ? status.Size : 0,
        LinkTarget = linkTarget,
        DeviceNumber = status.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice ? status.Node : default,
    };
}

/// <summary>A directory that the walker and its reader hold open, each until it is done with it.</summary>
internal sealed class FileDirectoryHold(FileWalk walk, CachedDescriptor node)
{
    private int _holders = 2;

    public CachedDescriptor Node { get; } = node;

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0) walk.Cache.Forget(Node);
    }
}
