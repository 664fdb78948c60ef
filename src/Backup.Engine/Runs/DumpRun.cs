using System.Text;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary><c>dump</c>: a file's bytes, or a directory as a tar archive.</summary>
public static class DumpRun
{
    private const int LeastThreads = 2;
    private const int MostThreads = 4;

    /// <summary>
    /// Writes a file's bytes, or, of a directory or with <paramref name="tar"/>, a POSIX archive: of a directory as <c>tar -C DIR -c .</c> makes it, of anything
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
        var pieces = tar || entry.Kind == EntryKind.Directory ? archive.Pieces(found.Entry, cancellation)
            : entry.Kind == EntryKind.File ? DumpPiece.OfFile(trees, found.Entry, whole: false)
            : throw NoBytes(found);
        using var pipe = new DumpPipe(() => ReaderOf(session), Math.Clamp(Environment.ProcessorCount, LeastThreads, MostThreads), output);
        await pipe.WriteAsync(pieces, cancellation);
        await output.FlushAsync(cancellation);
        if (archive.Incomplete > 0 || entry.Incomplete)
        {
            throw Incomplete(place, archive.Incomplete);
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
