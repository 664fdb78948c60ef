using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Snapshots;

/// <summary>A file that is being restored. It is made when its first blob comes, and committed when the last has.</summary>
internal sealed class FileJob(FileTarget target, TargetDirectory parent, Entry entry, int blobs)
{
    private readonly Lock _gate = new();
    private TargetFile? _file;
    private int _missing = blobs;
    private bool _refused;
    private string? _failure;

    public Entry Entry { get; } = entry;

    public TargetDirectory Parent { get; } = parent;

    /// <summary>The name that stands now; null if the file was not restored or not yet.</summary>
    public TargetName? Name { get; private set; }

    /// <summary>Why the file could not be restored whole.</summary>
    public string? Failure => _failure;

    /// <summary>True when nothing was to be done, because what exists stays.</summary>
    public bool Refused => _refused;

    /// <summary>Writes the bytes of one blob at their place among the content bytes.</summary>
    /// <returns>True when the file is finished by it.</returns>
    public bool Write(long contentOffset, ReadOnlySpan<byte> bytes)
    {
        if (Open() is { NeedsContent: true } file)
        {
            try
            {
                WriteContent(file, contentOffset, bytes);
            }
            catch (TargetException failure) when (!failure.EndsRun)
            {
                _failure = failure.Message;
            }
        }

        return Done();
    }

    /// <summary>Says that a blob cannot be had.</summary>
    /// <returns>True when no other blob is awaited.</returns>
    public bool Lose(string why)
    {
        _failure = why;
        return Done();
    }

    /// <summary>Restores a file that has no content.</summary>
    public void Finish()
    {
        Open();
        Complete();
    }

    /// <summary>Removes what was begun of a file that is not finished. To be called when nobody writes any more.</summary>
    public void Abandon() => _file?.Dispose();

    private TargetFile? Open()
    {
        lock (_gate)
        {
            if (_file is null && !_refused)
            {
                _file = target.CreateFile(Parent, Entry);
                _refused = _file is null;
            }

            return _file;
        }
    }

    private bool Done()
    {
        if (Interlocked.Decrement(ref _missing) > 0)
        {
            return false;
        }

        Complete();
        return true;
    }

    private void Complete()
    {
        using var file = _file;
        if (file is null || _failure is not null)
        {
            return;
        }

        try
        {
            Name = file.Commit();
        }
        catch (TargetException failure) when (!failure.EndsRun)
        {
            _failure = failure.Message;
        }
    }

    private void WriteContent(TargetFile file, long contentOffset, ReadOnlySpan<byte> bytes)
    {
        if (Entry.Extents is not { } extents)
        {
            file.Write(contentOffset, bytes);
            return;
        }

        foreach (var extent in extents)
        {
            if (contentOffset < extent.Length)
            {
                var part = (int)Math.Min(bytes.Length, extent.Length - contentOffset);
                file.Write(extent.Offset + contentOffset, bytes[..part]);
                bytes = bytes[part..];
                contentOffset = extent.Length;
            }

            if (bytes.IsEmpty)
            {
                return;
            }

            contentOffset -= extent.Length;
        }
    }
}
