using System.Runtime.CompilerServices;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary><c>find</c>: where a name stands, in one snapshot or in all.</summary>
public static class FindRun
{
    /// <inheritdoc cref="FindAsync(RunContext, string, SnapshotSelector?, ReadOptions, CancellationToken)"/>
    public static IAsyncEnumerable<ListedEntry> FindAsync(RunContext context, string pattern, ReadOptions read, CancellationToken cancellation) =>
        FindAsync(context, pattern, within: null, read, cancellation);

    /// <summary>
    /// Every entry that a pattern matches, snapshot by snapshot, the oldest first, in each as it is met. An entry that stands in many snapshots is given for each.
    /// </summary>
    /// <param name="context">The tenant.</param>
    /// <param name="pattern">As in an <c>exclude</c> list: a name with * and ? at any depth, or, with a slash, a path from the root of the snapshot.</param>
    /// <param name="within">A snapshot, or a place in one; null: all that can be read.</param>
    /// <param name="read">What may be read.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="BackupException">
    /// <see cref="FailureKind.Usage"/>: the pattern is none. <see cref="FailureKind.Damage"/>: when all that can be read was searched, and some of it could not be read.
    /// </exception>
    public static async IAsyncEnumerable<ListedEntry> FindAsync(
        RunContext context, string pattern, SnapshotSelector? within, ReadOptions read, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var patterns = Parse(pattern);
        await using var session = await Session.OpenAsync(context, read, cancellation);
        var trees = new TreeReader(session.NewBlobReader().Read);
        var walk = new FindWalk(patterns, context.Progress);
        foreach (var place in Places(session, trees, within, walk))
        {
            context.Progress.Phase($"searching {place.Snapshot.Id.ToString()[..8]}");
            foreach (var (path, entry) in walk.Run(place, cancellation))
            {
                yield return new ListedEntry(path, entry, null, place.Snapshot.Id);
            }
        }

        if (walk.Unread > 0)
        {
            throw new BackupException(FailureKind.Damage, $"{walk.Unread} parts of snapshots could not be read and were not searched.", "`backupctl verify --heal` restores what another site has whole.");
        }
    }

    private static IEnumerable<OpenPlace> Places(Session session, TreeReader trees, SnapshotSelector? within, FindWalk walk)
    {
        if (within is not null)
        {
            yield return OpenPlace.Find(session, trees, within);
            yield break;
        }

        foreach (var snapshot in session.Snapshots.All)
        {
            if (!session.IsReadable(snapshot))
            {
                session.Context.Progress.Message(new RunFinding(snapshot.Id.ToString(), "not searched: no site that answers holds this snapshot complete", "Bring the sites back that `backupctl snapshots` names."));
            }
            else if (walk.Open(new SnapshotView(snapshot.Record, trees, session.Keyring.Find, session.ErasedAt)) is { } root)
            {
                yield return new OpenPlace(snapshot, root.View, root.Entry, "/"u8.ToArray());
            }
        }
    }

    private static ExcludePatterns Parse(string pattern)
    {
        try
        {
            return pattern.StartsWith('!')
                ? throw new BackupException(FailureKind.Usage, $"The pattern \"{pattern}\" finds nothing: '!' takes back what an earlier pattern matched, and there is none.", "Write \\! for a name that begins with an exclamation mark.")
                : ExcludePatterns.Parse([pattern]);
        }
        catch (BackupException fault) when (fault.InnerException is FormatException reason)
        {
            throw new BackupException(FailureKind.Usage, $"The pattern \"{pattern}\" is not valid: {reason.Message}.", "Write a name with * and ?, or a path if it has a slash; \\ before a character takes it as it is.", fault);
        }
    }
}
