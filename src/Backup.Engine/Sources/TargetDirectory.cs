using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>A directory below a target, made or found by it. Holds no descriptor of its own: thousands can be kept.</summary>
public sealed class TargetDirectory
{
    internal TargetDirectory(FileTarget target, CachedDescriptor node, bool existed)
    {
        Target = target;
        Node = node;
        Existed = existed;
    }

    /// <summary>True if it was there before.</summary>
    public bool Existed { get; }

    /// <summary>Absolute.</summary>
    public byte[] Path => Target.PathOf(Node);

    internal FileTarget Target { get; }

    internal CachedDescriptor Node { get; }

    /// <summary>What is made inside inherits an ACL, which then must be taken from it again.</summary>
    internal bool HasDefaultAcl { get; set; }

    internal byte[] PathOf(byte[] name) => Target.PathOf(Node, name);
}

/// <summary>A name that now stands in the target: further names can be linked to it.</summary>
public sealed class TargetName
{
    internal TargetName(TargetDirectory directory, byte[] name, InodeId? identity)
    {
        Directory = directory;
        Name = name;
        Identity = identity;
    }

    public TargetDirectory Directory { get; }

    public byte[] Name { get; }

    /// <summary>Known for what had several names.</summary>
    internal InodeId? Identity { get; }
}
