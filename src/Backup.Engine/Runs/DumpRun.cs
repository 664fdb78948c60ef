using System.Text;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary><c>dump</c>: a file's bytes, or a directory as a tar archive.</summary>
public static class DumpRun
{
    private const int LeastThreads = 2;
    private const int MostThreads = 4;

    /// <summary>
    /// Writes a file's bytes, or a whole database as SQL, or, of a directory or with <paramref name="tar"/>, a POSIX archive: of a directory as <c>tar -C DIR -c .</c> makes it, of anything
    /// else under its name. What is written was verified before; damage at one site is passed over in favour of the next. In memory is a bounded part.
    /// </summary>
    /// <exception cref="BackupException">
    /// There is no such place, or it has no bytes; or a part cannot be had from any site: what was written until then is right, and incomplete. Also, after all is
    /// written, if the backup itself could not read a file to its end.
    /// </exception>
    public static async Task WriteAsync(
        RunContext context, SnapshotSelector place, Stream output, bool tar, ReadOptions read, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(context, read, cancellation);
        var trees = new TreeReader(session.NewBlobReader().Read);
        var found = OpenPlace.Find(session, trees, place);
        var archive = new TarDump(found.View, context.Progress);
        var entry = found.Entry.Entry;
        var pieces = !tar && place.IsRoot && DatabaseLayout.Is(found.Snapshot.Record.SourceKind) ? Database(session.RowsView(found.Snapshot.Record), context.Progress, cancellation)
            : tar || entry.Kind == EntryKind.Directory ? archive.Pieces(found.Entry, cancellation)
            : entry.Kind == EntryKind.File ? DumpPiece.OfFile(trees, found.Entry, whole: false)
            : throw NoBytes(found);
        using var pipe = PipeOf(session);
        await pipe.WriteAsync(pieces, output, cancellation);
        await output.FlushAsync(cancellation);
        if (archive.Incomplete > 0 || entry.Incomplete)
        {
            throw Incomplete(place, archive.Incomplete);
        }
    }

    internal static DumpPipe PipeOf(Session session) => new(() => ReaderOf(session), Math.Clamp(Environment.ProcessorCount, LeastThreads, MostThreads));

    /// <summary>A database is no tree to whoever loads it: it comes as one stream of SQL.</summary>
    private static IEnumerable<DumpPiece> Database(SnapshotView view, IRunProgress progress, CancellationToken cancellation)
    {
        var dump = new DatabaseDump(view);
        foreach (var piece in dump.Whole(cancellation))
        {
            yield return piece;
        }

        if (dump.Erased + dump.Restricted > 0)
        {
            progress.Message(new RunFinding("/", $"{dump.Erased} parts of persons were erased and {dump.Restricted} are restricted: their rows are not in it, and keys that name them lead nowhere", "`backupctl restore --database` mends such keys."));
        }
    }

    private static BackupException Incomplete(SnapshotSelector place, int files) => new(
        FailureKind.Failed,
        files > 0 ? $"The archive is whole but for {files} files that the backup could not read to their end." : $"The backup could not read all of {Encoding.UTF8.GetString(place.Path!)}: what it read was written.",
        "`backupctl find` shows the snapshots that hold the file.");

    /// <summary>The local cache holds pages, and is for one thread.</summary>
    private static BlobReader ReaderOf(Session session) =>
        new(session.Repository, session.Catalog, static _ => null, session.PackPlaces, session.PlaceFailed);

    private static BackupException NoBytes(OpenPlace place)
    {
        var what = place.Entry.Entry.Kind switch
        {
            EntryKind.SymbolicLink => "a symbolic link to " + Encoding.UTF8.GetString(place.Entry.Entry.LinkTarget!),
            EntryKind.Fifo => "a FIFO",
            EntryKind.Socket => "a socket",
            _ => "a device",
        };
        return new BackupException(FailureKind.Usage, $"{Encoding.UTF8.GetString(place.Path)} is {what}: it has no bytes of its own.", "Name a file or a directory, or write it as an archive with --tar.");
    }
}
