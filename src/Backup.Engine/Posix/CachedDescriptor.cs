namespace Backup.Engine.Posix;

/// <summary>
/// A directory or file of a tree, known by its parent and its name, that is open only as long as there is room: see <see
/// cref="DescriptorCache"/>. Holds no path, so that a tree of any depth costs each level its own name only.
/// </summary>
internal sealed class CachedDescriptor(CachedDescriptor? parent, byte[] name, int flags)
{
    /// <summary>Null for the top of a tree.</summary>
    public CachedDescriptor? Parent { get; } = parent;

    public byte[] Name { get; set; } = name;

    /// <summary>Of open(2); no link is followed in any case.</summary>
    public int Flags { get; } = flags;

    /// <summary>
    /// What was behind the name when it was first seen; anything else that is found there later is refused. Null: not seen yet.
    /// </summary>
    public InodeId? Identity { get; set; }

    /// <summary>An error that the system kept back until the descriptor was closed to make room.</summary>
    public int CloseError { get; set; }

    // The rest belongs to the cache and its lock.
    internal int Number { get; set; } = -1;

    internal int Pins { get; set; }

    internal CachedDescriptor? Newer { get; set; }

    internal CachedDescriptor? Older { get; set; }

    /// <summary>The path below the top: <paramref name="top"/>, the names of all parents, this one.</summary>
    /// <param name="top">Path of the top; "/" stands for the root of the file system.</param>
    /// <param name="child">A last component, if not empty.</param>
    public byte[] PathBelow(ReadOnlySpan<byte> top, ReadOnlySpan<byte> child = default)
    {
        if (top is [(byte)'/']) top = [];
        var length = top.Length + (child.IsEmpty ? 0 : child.Length + 1);
        for (var node = this; node.Parent is not null; node = node.Parent)
        {
            length += node.Name.Length + 1;
        }

        if (length == 0) return "/"u8.ToArray();
        var path = new byte[length];
        top.CopyTo(path);
        var end = length;
        if (!child.IsEmpty) Prepend(path, child, ref end);
        for (var node = this; node.Parent is not null; node = node.Parent)
        {
            Prepend(path, node.Name, ref end);
        }

        return path;
    }

    private static void Prepend(byte[] path, ReadOnlySpan<byte> name, ref int end)
    {
        end -= name.Length;
        name.CopyTo(path.AsSpan(end));
        path[--end] = (byte)'/';
    }
}
