using System.Buffers;
using Backup.Engine.Format;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Engine.Snapshots;

/// <summary>An entry that was compared with the parent snapshot.</summary>
/// <param name="Entry">As it was listed; with <paramref name="Content"/> as it was read.</param>
/// <param name="Assignment">Where the rules put it.</param>
/// <param name="Known">The same entry in the parent snapshot, and its domain there.</param>
/// <param name="Content">Of a small file that was read ahead, whole and unchanged meanwhile; null: who needs it reads it.</param>
internal readonly record struct PlannedEntry(Entry Entry, DomainAssignment Assignment, (Entry Entry, DomainRecord Domain)? Known, ReadOnlyMemory<byte>? Content = null);

/// <summary>Some entries of a directory: a directory comes in one piece or several, in order.</summary>
internal sealed class PlannedEntries : IDisposable
{
    /// <summary>Entries of one piece.</summary>
    public const int Most = 64;

    private const int MostBytes = 1 << 20;

    private byte[]? _buffer;

    /// <summary>Disposed by whoever takes the last piece, or with the first if nobody takes that.</summary>
    public required SourceDirectory Directory { get; init; }

    /// <summary>How the rules stand in the directory.</summary>
    public required RuleState Rules { get; init; }

    /// <summary>The directory in the parent snapshot.</summary>
    public required ParentDirectory? Parent { get; init; }

    public required bool IsFirst { get; init; }

    public required bool IsLast { get; init; }

    public required PlannedEntry[] Entries { get; init; }

    /// <summary>The memory that it holds.</summary>
    public int Length => _buffer?.Length ?? 0;

    /// <summary>Reads small files. What does not go smoothly is left to the one that saves them, who knows how to try again and what to report.</summary>
    /// <param name="isNeeded">Which to read.</param>
    /// <param name="longest">In bytes: one blob, whatever the chunker says.</param>
    public void Read(Predicate<PlannedEntry> isNeeded, int longest)
    {
        var needed = 0L;
        foreach (var planned in Entries)
        {
            needed += IsSmall(planned.Entry, longest) && isNeeded(planned) ? planned.Entry.Size : 0;
        }

        if (needed == 0)
        {
            return;
        }

        _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(needed, MostBytes));
        var free = _buffer.AsMemory();
        for (var i = 0; i < Entries.Length; i++)
        {
            var planned = Entries[i];
            if (IsSmall(planned.Entry, longest) && isNeeded(planned) && Read(planned.Entry, free) is var (read, content))
            {
                Entries[i] = planned with { Entry = read, Content = content };
                free = free[content.Length..];
            }
        }
    }

    /// <summary>Gives the memory of the contents back.</summary>
    public void Release()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        if (IsFirst)
        {
            Directory.Dispose();
        }
    }

    /// <summary>A file with several names may be saved already under another.</summary>
    private static bool IsSmall(Entry entry, int longest) => entry is { Kind: EntryKind.File, Links: <= 1 } && entry.Size <= longest;

    private (Entry Entry, ReadOnlyMemory<byte> Content)? Read(Entry listed, Memory<byte> free)
    {
        try
        {
            if (listed.Size > free.Length)
            {
                return null;
            }

            using var file = Directory.OpenFile(listed);
            if (file.Current.Size > listed.Size)
            {
                return null;
            }

            var (length, read) = (0, 0);
            while ((read = file.Read(free.Span[length..])) > 0)
            {
                length += read;
            }

            return file.Unchanged() ? (file.Current, free[..length]) : null;
        }
        catch (SourceReadException)
        {
            return null;
        }
    }
}
