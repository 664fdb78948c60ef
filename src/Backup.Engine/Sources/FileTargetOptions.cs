namespace Backup.Engine.Sources;

/// <summary>
/// What happens to a file, link or node that exists where one is restored. A directory that exists is merged in every mode.
/// </summary>
public enum OverwriteMode
{
    /// <summary>What exists is left as it is, the metadata of directories too, and reported as skipped.</summary>
    Never,

    /// <summary>Replaced, whatever is there: only here a directory gives way to a file, or a file to a directory.</summary>
    Always,

    /// <summary>
    /// Replaced if kind, size, mtime, link target or device number differ; otherwise only owner, mode, times and attributes are set.
    /// </summary>
    IfChanged,

    /// <summary>Replaced if mtime is older than the entry's; skipped if it is newer; otherwise as <see cref="IfChanged"/>.</summary>
    IfNewer,
}

/// <summary>Where and how a tree is written.</summary>
public sealed record FileTargetOptions
{
    /// <summary>
    /// The directory that stands for <c>/</c>; absolute. It may be reached through links; below it none is followed. Made if it is not
    /// there.
    /// </summary>
    public required byte[] Path { get; init; }

    /// <summary>Default: never.</summary>
    public OverwriteMode Overwrite { get; init; } = OverwriteMode.Never;

    /// <summary>Owner and group by number alone. Default: false, by name if the name exists here, else by number.</summary>
    public bool NumericIds { get; init; }

    /// <summary>What belongs to the backup itself and is never written to, replaced or removed. Default: none.</summary>
    public IReadOnlyList<ProtectedPlace> Protected { get; init; } = [];
}
