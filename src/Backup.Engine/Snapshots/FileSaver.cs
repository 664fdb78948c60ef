using System.Buffers;
using Backup.Engine.Blobs;
using Backup.Engine.Chunking;
using Backup.Engine.Format;
using Backup.Engine.Sources;

namespace Backup.Engine.Snapshots;

/// <summary>Reads a file, cuts it, and writes its blobs. Used by one thread.</summary>
/// <param name="blobs">Where they go.</param>
/// <param name="chunks">How long they become.</param>
/// <param name="report">Hears of what could not be read.</param>
/// <param name="cancellation">Ends the run.</param>
internal sealed class FileSaver(BlobWriter blobs, ChunkSizes chunks, IWalkReport report, CancellationToken cancellation)
{
    private const int RecordsPerList = 4096;

    private const int Attempts = 2;

    /// <summary>From here on a file is read and cut by one thread and hashed by another. To start a thread takes as long as to hash 100 KiB.</summary>
    private const long LongFile = 1 << 20;

    /// <summary>So much is read at once, beside what is left of the chunk before.</summary>
    private const int Step = 2 << 20;

    private static readonly AheadLimits CutAhead = new(Items: 16, Weight: Limits.Blob);

    private readonly byte[] _window = GC.AllocateUninitializedArray<byte>(Limits.Blob + Step, pinned: true);

    public long BytesRead { get; private set; }

    /// <summary>How files are cut.</summary>
    public ChunkSizes Sizes => chunks;

    /// <summary>
    /// Saves a file into a domain. A file that changes while it is read is read once more; if it changes again it is kept as it was read and marked
    /// incomplete, and that is reported.
    /// </summary>
    /// <returns>The entry with its content; null when the file vanished or cannot be opened, which is reported.</returns>
    public Entry? Save(SourceDirectory directory, Entry entry, DomainRecord domain)
    {
        var reason = "";
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                using var file = directory.OpenFile(entry);
                var content = Store(file, domain);
                var saved = file.Current;
                saved.Content = content;
                if (file.Unchanged())
                {
                    return saved;
                }

                reason = "it changed while it was read, twice: what was read is kept and marked as incomplete";
                saved.Incomplete = true;
                if (attempt == Attempts)
                {
                    report.Failed(Join(directory.Path, entry.Name), reason);
                    return saved;
                }
            }
            catch (SourceChangedException changed)
            {
                reason = changed.Message;
            }
            catch (SourceReadException unreadable)
            {
                report.Failed(Join(directory.Path, entry.Name), unreadable.Message);
                return entry with { Incomplete = true, Content = null, Extents = null };
            }
        }

        report.Failed(Join(directory.Path, entry.Name), reason);
        return null;
    }

    /// <summary>Saves a file that was read already, in one blob.</summary>
    /// <param name="read">As it was when it was read.</param>
    /// <param name="content">All of it, no longer than the shortest chunk.</param>
    /// <param name="domain">Where it goes.</param>
    /// <returns>The entry with its content.</returns>
    public Entry Save(Entry read, ReadOnlySpan<byte> content, DomainRecord domain)
    {
        BytesRead += content.Length;
        read.Content = content.IsEmpty ? null : new ContentReference(0, [Write(domain, content)]);
        return read;
    }

    /// <summary>Saves what is given as the content of a file.</summary>
    /// <returns>Where it stands; null if there is nothing.</returns>
    public ContentReference? Save(ISourceFile file, DomainRecord domain) => Store(file, domain);

    public static byte[] Join(byte[] directory, byte[] name) =>
        directory is [(byte)'/'] ? [.. directory, .. name] : [.. directory, (byte)'/', .. name];

    private ContentReference? Store(ISourceFile file, DomainRecord domain)
    {
        var references = new List<BlobReference>(1);
        foreach (var chunk in Chunks(file, blobs.Open(domain)))
        {
            references.Add(Write(domain, chunk.Bytes.Span));
            chunk.Dispose();
        }

        return references.Count == 0 ? null : Lists(domain, references);
    }

    private IEnumerable<FileChunk> Chunks(ISourceFile file, OpenDomain domain) => file.Current.Size < LongFile
        ? Cut(file, domain)
        : Ahead<FileChunk>.Run("cutter", _ => Cut(file, domain).Select(static chunk => chunk.Copy()), CutAhead, static chunk => chunk.Bytes.Length, cancellation);

    /// <summary>The chunks of a file; each is valid until the next.</summary>
    private IEnumerable<FileChunk> Cut(ISourceFile file, OpenDomain domain)
    {
        var (start, filled, whole) = (0, 0, false);
        while (true)
        {
            var there = _window.AsSpan(start, Math.Min(filled - start, Limits.Blob));
            var length = Cut(domain, there);
            if (length == there.Length && length < Limits.Blob && !whole)
            {
                // Perhaps the chunk goes on. It is seldom longer than a step, so what is hashed need not wait until the longest that may be is read.
                _window.AsSpan(start, filled - start).CopyTo(_window);
                (filled, start) = (filled - start, 0);
                var end = Math.Min(filled + Step, _window.Length);
                filled = Fill(file, filled, end);
                whole = filled < end;
            }
            else if (length == 0)
            {
                yield break;
            }
            else
            {
                yield return new FileChunk(_window.AsMemory(start, length));
                start += length;
            }
        }
    }

    private BlobReference Write(DomainRecord domain, ReadOnlySpan<byte> chunk) => new(blobs.Write(domain, BlobKind.Content, chunk), chunk.Length);

    private int Cut(OpenDomain domain, ReadOnlySpan<byte> bytes) =>
        bytes.Length <= chunks.Minimum ? bytes.Length : domain.Chunker(chunks).NextCut(bytes);

    private int Fill(ISourceFile file, int filled, int end)
    {
        int read;
        while (filled < end && (read = file.Read(_window.AsSpan(filled, end - filled))) > 0)
        {
            filled += read;
            BytesRead += read;
        }

        return filled;
    }

    private ContentReference Lists(DomainRecord domain, List<BlobReference> references)
    {
        var level = 0;
        for (; references.Count > RecordsPerList; level++)
        {
            var above = new List<BlobReference>((references.Count / RecordsPerList) + 1);
            foreach (var group in references.Chunk(RecordsPerList))
            {
                var bytes = ContentList.Encode(group);
                above.Add(new BlobReference(blobs.Write(domain, BlobKind.List, bytes), group.Sum(static reference => reference.Length)));
            }

            references = above;
        }

        return new ContentReference(level, references);
    }

    /// <summary>A chunk of a file.</summary>
    private sealed class FileChunk(ReadOnlyMemory<byte> bytes, byte[]? rented = null) : IDisposable
    {
        public ReadOnlyMemory<byte> Bytes => bytes;

        /// <summary>One that stays valid until it is disposed.</summary>
        public FileChunk Copy()
        {
            var copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
            bytes.CopyTo(copy);
            return new FileChunk(copy.AsMemory(0, bytes.Length), copy);
        }

        public void Dispose()
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}
