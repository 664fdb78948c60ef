using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>
/// Walks the trees of a snapshot and writes what it finds: directories and nodes at once, files through the content restorer in batches, further names of
/// a file after the first, and the metadata of a directory when everything in it is finished.
/// </summary>
internal sealed class RestoreWalk(SnapshotView view, FileTarget target, ContentRestorer content, RestoreReport report, RunContext context)
{
    private readonly Stack<Level> _levels = new();
    private readonly Dictionary<(ulong Device, ulong Inode), Original> _originals = [];
    private Batch _gathered = new();
    private Batch? _running;

    /// <summary>Restores an entry: a directory's content into the target itself, anything else under its name.</summary>
    public void Run(ViewEntry start, RestoreRequest request, CancellationToken cancellation)
    {
        var filter = new RestoreFilter(request);
        if (start.Entry.Kind == EntryKind.Directory)
        {
            _levels.Push(Open(start, null, filter.Top(), request.Delete, target.Root));
        }
        else
        {
            _levels.Push(new Level(start, [start], filter.Top(), null, target.Root));
        }

        while (_levels.TryPeek(out var level))
        {
            cancellation.ThrowIfCancellationRequested();
            if (level.Next < level.Entries.Count)
            {
                Visit(level, level.Entries[level.Next++], request.Delete);
            }
            else
            {
                Leave(_levels.Pop());
            }

            if (content.IsFull)
            {
                NextBatch();
            }
        }

        NextBatch();
        Finish(_running!);
    }

    /// <summary>Counts what would be restored.</summary>
    public static void Count(SnapshotView view, ViewEntry start, RestoreRequest request, RestoreReport report, CancellationToken cancellation)
    {
        var filter = new RestoreFilter(request);
        var open = new Stack<(ViewEntry Entry, FilterState State, byte[] Path)>([(start, filter.Top(), Encoding.UTF8.GetBytes(request.Target))]);
        while (open.TryPop(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            switch (next.Entry.Entry.Kind)
            {
                case EntryKind.Directory:
                    report.Directories++;
                    var listing = view.List(next.Entry);
                    report.CountHidden(listing.Hidden);
                    if (request.Delete && RestoreRemoval.Concerns(next.Entry, listing, next.State))
                    {
                        new RestoreRemoval(listing, next.State).Tell(next.Path, report);
                    }

                    foreach (var entry in listing.Entries)
                    {
                        if (next.State.Decide(entry.Entry) is { } state)
                        {
                            open.Push((entry, state, FileSaver.Join(next.Path, entry.Entry.Name)));
                        }
                    }

                    break;
                case EntryKind.File when next.State.Included:
                    report.CountFile(next.Entry.Entry.Size);
                    break;
                case not EntryKind.File when next.State.Included:
                    report.Links++;
                    break;
            }
        }
    }

    private Level Open(ViewEntry directory, Level? above, FilterState filter, bool delete, TargetDirectory? made)
    {
        var listing = view.List(directory);
        report.CountHidden(listing.Hidden);
        var level = new Level(directory, listing.Entries, filter, above, made);
        if (delete && RestoreRemoval.Concerns(directory, listing, filter) && Make(level) is { Existed: true } existing)
        {
            var removal = new RestoreRemoval(listing, filter);
            target.RemoveOthers(existing, name => !removal.Takes(name));
        }

        return level;
    }

    private void Visit(Level level, ViewEntry entry, bool delete)
    {
        if (level.Filter.Decide(entry.Entry) is not { } filter)
        {
            return;
        }

        if (entry.Entry.Kind == EntryKind.Directory)
        {
            var below = Open(entry, level, filter, delete, made: null);
            if (filter.Included)
            {
                Make(below);
            }

            _levels.Push(below);
        }
        else if (filter.Included && Make(level) is { } directory)
        {
            Restore(level, directory, entry);
        }
    }

    /// <summary>The directory in the target, made with those above it when the first thing in it is restored.</summary>
    private TargetDirectory? Make(Level level)
    {
        if (level.Made is null && !level.Refused)
        {
            var above = level.Above is { } up ? Make(up) : null;
            level.Made = above is null ? null : target.MakeDirectory(above, level.Directory.Entry);
            level.Refused = level.Made is null;
            report.Directories += level.Refused ? 0 : 1;
            if (level.Made is { } made)
            {
                target.RemoveLeftovers(made);
            }
        }

        return level.Made;
    }

    private void Restore(Level level, TargetDirectory directory, ViewEntry entry)
    {
        if (entry.Entry.Links > 1)
        {
            var key = (entry.Entry.Device, entry.Entry.Inode);
            if (_originals.TryGetValue(key, out var original))
            {
                _gathered.FurtherNames.Add((level, entry, original));
                return;
            }

            _originals.Add(key, original = new Original());
            RestoreFirst(directory, entry, original);
            return;
        }

        RestoreFirst(directory, entry, null);
    }

    private void RestoreFirst(TargetDirectory directory, ViewEntry entry, Original? original)
    {
        if (entry.Entry.Kind != EntryKind.File)
        {
            var name = target.MakeNode(directory, entry.Entry);
            report.Links += name is null ? 0 : 1;
            original?.Name = name;
            return;
        }

        if (entry.Entry.Incomplete)
        {
            report.Failed(FileSaver.Join(directory.Path, entry.Entry.Name), "the backup could not read all of it; what was read is restored");
        }

        var blobs = entry.Entry.Content is { } stored ? view.Trees.Content(entry.Domain, stored).ToList() : [];
        var job = new FileJob(target, directory, entry.Entry, blobs.Count);
        original?.Job = job;
        if (blobs.Count == 0)
        {
            job.Finish();
            report.Finished(job);
        }
        else
        {
            content.Add(job, entry.Domain, blobs);
        }
    }

    private void Leave(Level level)
    {
        if (level.Made is { } made && (made != target.Root || !made.Existed))
        {
            _gathered.Left.Add((made, level.Directory.Entry));
        }
    }

    /// <summary>Hands over what was gathered, then finishes the batch before it: so one is gathered while another is written.</summary>
    private void NextBatch()
    {
        var (batch, before) = (_gathered, _running);
        batch.Content = content.Begin();
        (_running, _gathered) = (batch, new Batch());
        if (before is not null)
        {
            Finish(before);
        }
    }

    private void Finish(Batch batch)
    {
        content.Wait(batch.Content!);
        foreach (var (level, entry, original) in batch.FurtherNames)
        {
            if (original.StandingName is { } standing)
            {
                if (target.MakeLink(level.Made!, entry.Entry, standing) is not null)
                {
                    report.CountFile(0);
                }
            }
            else
            {
                // The first name was left as it was or failed: this one is restored as a file of its own.
                RestoreFirst(level.Made!, entry, original);
                content.Wait(content.Begin());
            }
        }

        foreach (var (directory, entry) in batch.Left)
        {
            if (directory != target.Root || entry.Kind == EntryKind.Directory)
            {
                target.FinishDirectory(directory, entry);
            }
        }

        context.Progress.Phase("restoring");
    }

    /// <summary>What is restored together, and what can only be done after it.</summary>
    private sealed class Batch
    {
        public List<(Level Level, ViewEntry Entry, Original Original)> FurtherNames { get; } = [];

        public List<(TargetDirectory Directory, Entry Entry)> Left { get; } = [];

        public ContentBatch? Content { get; set; }
    }

    private sealed class Level(ViewEntry directory, IReadOnlyList<ViewEntry> entries, FilterState filter, Level? above, TargetDirectory? made)
    {
        public ViewEntry Directory { get; } = directory;

        public IReadOnlyList<ViewEntry> Entries { get; } = entries;

        public FilterState Filter { get; } = filter;

        public Level? Above { get; } = above;

        public TargetDirectory? Made { get; set; } = made;

        public bool Refused { get; set; }

        public int Next { get; set; }
    }

    /// <summary>The first restored name of a file with several.</summary>
    private sealed class Original
    {
        public TargetName? Name { get; set; }

        public FileJob? Job { get; set; }

        public TargetName? StandingName => Name ?? Job?.Name;
    }
}
