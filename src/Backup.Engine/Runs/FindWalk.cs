using Backup.Engine.Format;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>
/// Searches snapshots for what patterns match. What several snapshots share is walked once: for each directory, known by its trees and by how far the patterns
/// have come, it keeps what was found below it.
/// </summary>
internal sealed class FindWalk(ExcludePatterns patterns, IRunProgress progress)
{
    /// <summary>Matches that are kept, about 40 MB. A directory with more is walked again for each snapshot.</summary>
    private const int MostMatches = 100_000;

    /// <summary>Directories that are kept, about 60 MB.</summary>
    private const int MostDirectories = 500_000;

    private readonly Dictionary<Hash, Found> _known = [];
    private readonly Stack<Level> _levels = new();
    private int _kept;

    /// <summary>Pages that could not be read so far; each was said.</summary>
    public int Unread { get; private set; }

    /// <summary>Directories that were read so far.</summary>
    public int DirectoriesRead { get; private set; }

    /// <summary>The root of a snapshot; null if it cannot be read.</summary>
    public (SnapshotView View, ViewEntry Entry)? Open(SnapshotView view)
    {
        try
        {
            return (view, view.Root());
        }
        catch (DamagedException damage)
        {
            Lose("/"u8.ToArray(), damage);
            return null;
        }
    }

    /// <summary>What is found at a place and below it.</summary>
    public IEnumerable<(byte[] Path, Entry Entry)> Run(OpenPlace place, CancellationToken cancellation)
    {
        var (state, matched) = Enter(place);
        if (matched)
        {
            yield return (place.Path, place.Entry.Entry);
        }

        if (place.Entry.Entry.Kind != EntryKind.Directory)
        {
            yield break;
        }

        foreach (var found in Below(place.View, place.Entry, place.Path, state, cancellation))
        {
            yield return found;
        }
    }

    /// <summary>How far the patterns are in the place where the search begins, and whether they match the place itself.</summary>
    private (ExcludeState State, bool Matched) Enter(OpenPlace place)
    {
        var (state, matched) = (patterns.Top(), false);
        var left = place.Path.AsSpan();
        foreach (var range in left.Split((byte)'/'))
        {
            if (left[range] is { IsEmpty: false } name)
            {
                var directory = range.End.GetOffset(left.Length) < left.Length || place.Entry.Entry.Kind == EntryKind.Directory;
                matched = patterns.Excludes(state, name, directory);
                state = patterns.Enter(state, name);
            }
        }

        return (state, matched);
    }

    private IEnumerable<(byte[] Path, Entry Entry)> Below(SnapshotView view, ViewEntry directory, byte[] path, ExcludeState state, CancellationToken cancellation)
    {
        _levels.Clear();
        Push(view, directory, null, path, state);
        while (_levels.TryPeek(out var level))
        {
            cancellation.ThrowIfCancellationRequested();
            if (level.Next == level.Entries.Count)
            {
                Leave();
                continue;
            }

            var entry = level.Entries[level.Next++];
            var isDirectory = entry.Entry.Kind == EntryKind.Directory;
            var matched = patterns.Excludes(level.State, entry.Entry.Name, isDirectory) ? entry.Entry : null;
            if (matched is not null)
            {
                yield return (FileSaver.Join(level.Path, matched.Name), matched);
            }

            var inside = isDirectory ? patterns.Enter(level.State, entry.Entry.Name) : default;
            if (!isDirectory || patterns.IsSpent(inside))
            {
                Keep(level, new Match(entry.Entry.Name, matched, Found.Nothing));
                continue;
            }

            var at = FileSaver.Join(level.Path, entry.Entry.Name);
            if (!_known.TryGetValue(KeyOf(entry, inside), out var known))
            {
                Push(view, entry, matched, at, inside);
                continue;
            }

            Keep(level, new Match(entry.Entry.Name, matched, known));
            foreach (var found in known.Replay(at))
            {
                yield return found;
            }
        }
    }

    private void Push(SnapshotView view, ViewEntry directory, Entry? matched, byte[] path, ExcludeState state)
    {
        var level = new Level(directory.Entry.Name, matched, path, state, KeyOf(directory, state));
        DirectoriesRead++;
        level.Entries = view.List(directory, damage =>
        {
            level.IsKept = false;
            Lose(path, damage);
        }).Entries;
        _levels.Push(level);
    }

    private void Leave()
    {
        var level = _levels.Pop();
        var found = !level.IsKept ? null : level.Matches is { } matches ? new Found(matches) : Found.Nothing;
        if (found is not null && _known.Count < MostDirectories)
        {
            _known[level.Key] = found;
        }

        if (_levels.TryPeek(out var above))
        {
            Keep(above, new Match(level.Name, level.Matched, found));
        }
    }

    /// <summary>Takes a part of what was found in a directory. If that part, or too much already, is not kept, the directory cannot be either.</summary>
    private void Keep(Level level, Match match)
    {
        if (!level.IsKept || (match.Entry is null && match.Below == Found.Nothing))
        {
            return;
        }

        if (match.Below is null || _kept >= MostMatches)
        {
            _kept -= level.Matches?.Count ?? 0;
            level.Matches = null;
            level.IsKept = false;
            return;
        }

        _kept++;
        (level.Matches ??= []).Add(match);
    }

    private void Lose(byte[] path, DamagedException damage)
    {
        Unread++;
        progress.Message(new RunFinding(System.Text.Encoding.UTF8.GetString(path), "not searched: " + damage.Message));
    }

    private static Hash KeyOf(ViewEntry directory, ExcludeState state)
    {
        var steps = System.Runtime.InteropServices.MemoryMarshal.AsBytes(state.Steps.AsSpan());
        var key = new byte[Hash.Size + steps.Length];
        directory.Contents().Write(key);
        steps.CopyTo(key.AsSpan(Hash.Size));
        return Hash.Of(key);
    }

    /// <summary>A directory that is being searched.</summary>
    private sealed class Level(byte[] name, Entry? matched, byte[] path, ExcludeState state, Hash key)
    {
        public byte[] Name { get; } = name;

        /// <summary>The directory itself, if it was matched.</summary>
        public Entry? Matched { get; } = matched;

        public byte[] Path { get; } = path;

        public ExcludeState State { get; } = state;

        public Hash Key { get; } = key;

        public IReadOnlyList<ViewEntry> Entries { get; set; } = [];

        public int Next { get; set; }

        public List<Match>? Matches { get; set; }

        public bool IsKept { get; set; } = true;
    }

    /// <summary>A name in a directory: an entry that was matched, something found below it, or both.</summary>
    private readonly record struct Match(byte[] Name, Entry? Entry, Found? Below);

    /// <summary>What was found below a directory.</summary>
    private sealed class Found(IReadOnlyList<Match> matches)
    {
        public static Found Nothing { get; } = new([]);

        private IReadOnlyList<Match> Matches { get; } = matches;

        /// <summary>The same once more, with other paths.</summary>
        public IEnumerable<(byte[] Path, Entry Entry)> Replay(byte[] path)
        {
            var open = new Stack<(byte[] Path, Found Found, int Next)>([(path, this, 0)]);
            while (open.TryPop(out var level))
            {
                if (level.Next == level.Found.Matches.Count)
                {
                    continue;
                }

                var match = level.Found.Matches[level.Next];
                open.Push(level with { Next = level.Next + 1 });
                var at = FileSaver.Join(level.Path, match.Name);
                if (match.Entry is { } entry)
                {
                    yield return (at, entry);
                }

                open.Push((at, match.Below!, 0));
            }
        }
    }
}
