using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>Which signs for leaving out a directory's content were met in it.</summary>
[Flags]
internal enum CacheMarks
{
    None = 0,

    /// <summary>A file with the name of a cache tag; its content decides.</summary>
    Tag = 1,

    /// <summary>A name of <see cref="FileSourceOptions.ExcludeIfPresent"/>.</summary>
    Marker = 2,
}

/// <summary>
/// Directories that say of themselves that their content need not be saved: CACHEDIR.TAG (bford.info/cachedir) and markers of the policy.
/// </summary>
internal sealed class CacheTag(FileSourceOptions options)
{
    private static ReadOnlySpan<byte> TagName => "CACHEDIR.TAG"u8;

    private static ReadOnlySpan<byte> Signature => "Signature: 8a477f597d28d172789f06886806bc55"u8;

    /// <summary>What a name says.</summary>
    public CacheMarks Look(ReadOnlySpan<byte> name, EntryKind kind)
    {
        var marks = options.ExcludeCaches && kind is EntryKind.File && name.SequenceEqual(TagName) ? CacheMarks.Tag : CacheMarks.None;
        foreach (var marker in options.ExcludeIfPresent)
        {
            if (name.SequenceEqual(marker)) marks |= CacheMarks.Marker;
        }

        return marks;
    }

    /// <summary>Leaves out what the marks say; what leads to a root stays.</summary>
    /// <returns>Whether anything was to be left out.</returns>
    public static bool Leave(int directory, CacheMarks marks, List<Found> found)
    {
        var marked = marks.HasFlag(CacheMarks.Marker);
        if (!marked && !IsValid(directory)) return false;
        found.RemoveAll(one => one.Roots is null && (marked || !one.Entry.Name.AsSpan().SequenceEqual(TagName)));
        for (var i = 0; i < found.Count; i++)
        {
            found[i] = found[i] with { Whole = found[i].Roots is { IsRoot: true } };
        }

        return true;
    }

    private static bool IsValid(int directory)
    {
        var tag = FileSystemCalls.OpenAt(directory, TagName, FileSystemCalls.Flags.NonBlocking | FileSystemCalls.Flags.NoFollow);
        if (tag < 0) return false;
        Span<byte> start = stackalloc byte[64];
        var count = FileSystemCalls.Read(tag, start[..Signature.Length], 0);
        FileSystemCalls.Close(tag);
        return count == Signature.Length && start[..count].SequenceEqual(Signature);
    }
}
