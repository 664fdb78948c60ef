namespace Backup.Engine.Sources;

/// <summary>What a file source reads. Paths are absolute and bytes.</summary>
public sealed record FileSourceOptions
{
    /// <summary>
    /// At least one; directories or files, without a symbolic link in their path. They may lie in one another: nothing is read twice, and a
    /// root in a part that would be left out is read all the same. No exclusion applies to a root itself.
    /// </summary>
    public required IReadOnlyList<byte[]> Roots { get; init; }

    /// <summary>Default: nothing.</summary>
    public ExcludePatterns Exclude { get; init; } = ExcludePatterns.None;

    /// <summary>Keeps mount points below a root as empty directories. Default: false.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>Of a directory with a valid CACHEDIR.TAG (bford.info/cachedir) only the tag is kept. Default: false.</summary>
    public bool ExcludeCaches { get; init; }

    /// <summary>A directory that has one of these names in it is kept empty. Default: none.</summary>
    public IReadOnlyList<byte[]> ExcludeIfPresent { get; init; } = [];

    /// <summary>Files of more bytes are left out. Default: null, none.</summary>
    public long? ExcludeLargerThan { get; init; }

    /// <summary>What belongs to the backup itself and is never entered or read. Default: none.</summary>
    public IReadOnlyList<ProtectedPlace> Protected { get; init; } = [];
}

/// <summary>A file or directory that belongs to the backup itself.</summary>
/// <param name="Path">Absolute; links are followed. Need not exist.</param>
/// <param name="What">For the reader: "the local site unna", "the state".</param>
public sealed record ProtectedPlace(byte[] Path, string What);
