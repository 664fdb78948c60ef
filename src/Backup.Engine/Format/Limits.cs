namespace Backup.Engine.Format;

/// <summary>The bounds of FORMAT.md, section 1. They are checked before memory is taken.</summary>
public static class Limits
{
    /// <summary>Bytes of any object.</summary>
    public const int Object = 256 << 20;

    /// <summary>Bytes of a pack.</summary>
    public const int Pack = 64 << 20;

    /// <summary>Bytes of a blob.</summary>
    public const int Blob = 4 << 20;

    /// <summary>Bytes of a segment before compression.</summary>
    public const int Segment = 4 << 20;

    /// <summary>Bytes of a page of a tree.</summary>
    public const int Page = 4 << 20;

    /// <summary>Bytes of a name in a directory.</summary>
    public const int Name = 255;

    public const int Slots = 64;

    public const int ShardBits = 12;

    /// <summary>Sites, and predecessors, of a ledger entry.</summary>
    public const int Sites = 1024;

    /// <summary>Nesting of inner pages and of content lists.</summary>
    public const int Levels = 8;
}
