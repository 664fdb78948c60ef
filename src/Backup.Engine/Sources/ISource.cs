using Backup.Engine.Format;

namespace Backup.Engine.Sources;

/// <summary>What is read: a tree of directories. A file tree is one; a database is a virtual one.</summary>
public interface ISource
{
    /// <summary>
    /// The directories of the source, depth first: a directory, then, for each of its entries that is a directory, in order, that directory's own walk. The first
    /// is the root <c>/</c> with an empty name. Called once. The caller disposes each directory when it has read what it needs from it; the walker may run ahead,
    /// in bounded memory, and reports from its own thread. What cannot be read is reported and left out, or marked <see cref="Entry.Incomplete"/> (a directory
    /// <see cref="Entry.Partial"/>, and walked with what could be listed), never thrown; a source that cannot be read at all throws <see cref="BackupException"/>.
    /// </summary>
    IEnumerable<SourceDirectory> Walk(IWalkReport report, CancellationToken cancellation);

    /// <summary>Its files change in small places, as rows of a database do, and are cut finely. Default false.</summary>
    bool HasRows => false;

    /// <summary>Identifiers of which the source knows that they are one person's. Complete when the walk has ended. Default none.</summary>
    IReadOnlyList<IReadOnlyList<string>> Ties => [];
}

/// <summary>One directory as it was when it was listed. Safe for several threads until it is disposed.</summary>
public abstract class SourceDirectory : IDisposable
{
    /// <summary>0 for the root.</summary>
    public abstract int Depth { get; }

    /// <summary>Absolute, without a trailing slash; "/" for the root.</summary>
    public abstract byte[] Path { get; }

    /// <summary>The directory itself; name and metadata. The same object stands in the entries of its parent.</summary>
    public abstract Entry Self { get; }

    /// <summary>
    /// Its entries, ascending by name, bytewise, each name once. Content, tree and grafts are not set; nor are attributes where they cost a call: <see cref="ReadAttributes"/>.
    /// </summary>
    public abstract IReadOnlyList<Entry> Entries { get; }

    /// <summary>
    /// The extended attributes of <see cref="Self"/> or of one of <see cref="Entries"/>, for what is new or changed; files that are opened have them in <see cref="ISourceFile.Current"/>.
    /// </summary>
    /// <returns>Sorted by name, bytewise; the entry is not touched.</returns>
    /// <exception cref="SourceChangedException">The name is gone.</exception>
    /// <exception cref="SourceReadException">They cannot be read.</exception>
    public virtual IReadOnlyList<ExtendedAttribute> ReadAttributes(Entry entry) => entry.Attributes;

    /// <summary>
    /// Opens a file for one reading from start to end.
    /// </summary>
    /// <exception cref="SourceChangedException">The name now is gone or is something else (a FIFO, a link, another inode).</exception>
    /// <exception cref="SourceReadException">It cannot be opened.</exception>
    public abstract ISourceFile OpenFile(Entry entry);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>An open file of a source.</summary>
public interface ISourceFile : IDisposable
{
    /// <summary>
    /// The entry as it is now that the file is open, with its attributes; extents are set if it has holes. Of a stream it is final when all is read.
    /// </summary>
    Entry Current { get; }

    /// <summary>
    /// Reads the next bytes of the data extents, holes skipped, up to the size in <see cref="Current"/>: a file that grows does not keep
    /// the run.
    /// </summary>
    /// <returns>The number read, 0 at the end.</returns>
    /// <exception cref="SourceChangedException">The file became shorter.</exception>
    /// <exception cref="SourceReadException">The file cannot be read here.</exception>
    int Read(Span<byte> buffer);

    /// <summary>
    /// True if size, mtime and ctime are still those of <see cref="Current"/>: then what was read is one version of the file.
    /// </summary>
    bool Unchanged();
}

/// <summary>Where a walk says what it could not read and what it left out on purpose. Called from the walker's thread.</summary>
public interface IWalkReport
{
    /// <summary>An entry that should have been saved and was not, or not whole.</summary>
    void Failed(byte[] path, string reason);

    /// <summary>Something left out because it belongs to the backup itself (a site, the state, a secret file).</summary>
    void Excluded(byte[] path, string reason);
}

/// <summary>A source entry could not be read.</summary>
public class SourceReadException(string message, Exception? inner = null) : BackupException(FailureKind.Failed, message, null, inner);

/// <summary>The whole source changed in a way that makes what was read of it worthless: it is read once more from its beginning.</summary>
public sealed class SourceRestartException(string message, Exception? inner = null)
    : BackupException(FailureKind.Failed, message, "Run the backup again when nobody changes the structure of the source.", inner);

/// <summary>A source entry is not any more what the listing said.</summary>
public sealed class SourceChangedException(string message, Exception? inner = null) : SourceReadException(message, inner);
