using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>Turns a place of a snapshot into a POSIX archive. What tar cannot hold, or the snapshot does not show, is said and left out.</summary>
internal sealed class TarDump(SnapshotView view, IRunProgress progress)
{
    /// <summary>The archive's length is a multiple of it, as tar itself writes.</summary>
    private const int Record = 20 * TarHeader.Block;

    private readonly Dictionary<(ulong Device, ulong Inode), byte[]> _names = [];
    private long _length;

    /// <summary>Files of which the backup could not read everything: their missing ends are zeros. Each was said.</summary>
    public int Incomplete { get; private set; }

    /// <summary>The archive, piece by piece: a directory is the archive's <c>./</c>, anything else stands under its name.</summary>
    public IEnumerable<DumpPiece> Pieces(ViewEntry start, CancellationToken cancellation)
    {
        foreach (var piece in Steps(start, cancellation).SelectMany(OfStep))
        {
            _length += piece.Length;
            yield return piece;
        }

        var end = 2 * TarHeader.Block;
        yield return DumpPiece.Zeros(end + Padding(_length + end, Record));
    }

    private IEnumerable<WalkStep> Steps(ViewEntry start, CancellationToken cancellation)
    {
        if (start.Entry.Kind != EntryKind.Directory)
        {
            return [new WalkStep(start.Entry.Name, start, null)];
        }

        var top = "."u8.ToArray();
        return ViewWalk.Below(view, start, top, cancellation).Prepend(new WalkStep(top, start, null));
    }

    private IEnumerable<DumpPiece> OfStep(WalkStep step)
    {
        if (step.Entry is not { } entry)
        {
            progress.Message(new RunFinding(Encoding.UTF8.GetString(step.Path), step.Hidden!.ErasedAt is { } erased ? $"a part was erased on {erased:yyyy-MM-dd}: it is not in the archive" : "a part is restricted: it is not in the archive"));
            return [];
        }

        if (entry.Entry.Kind == EntryKind.Socket)
        {
            progress.Message(new RunFinding(Encoding.UTF8.GetString(step.Path), "a socket: tar has no form for it, it is not in the archive"));
            return [];
        }

        return OfEntry(step.Path, entry);
    }

    private IEnumerable<DumpPiece> OfEntry(byte[] path, ViewEntry file)
    {
        var entry = file.Entry;
        var key = (entry.Device, entry.Inode);
        var several = entry is { Links: > 1, Kind: not EntryKind.Directory };
        if (several && _names.TryGetValue(key, out var first))
        {
            yield return DumpPiece.Of(TarHeader.Of(entry, path, first));
            yield break;
        }

        if (several)
        {
            _names.Add(key, path);
        }

        yield return DumpPiece.Of(TarHeader.Of(entry, path, linkedTo: null));
        if (entry.Kind != EntryKind.File)
        {
            yield break;
        }

        if (entry.Incomplete)
        {
            Incomplete++;
            progress.Message(new RunFinding(Encoding.UTF8.GetString(path), "the backup could not read all of it: in the archive its end is zeros"));
        }

        foreach (var piece in DumpPiece.OfFile(view.Trees, file, whole: true))
        {
            yield return piece;
        }

        if (Padding(entry.Size, TarHeader.Block) is > 0 and var padding)
        {
            yield return DumpPiece.Zeros(padding);
        }
    }

    private static long Padding(long length, int unit) => (unit - (length % unit)) % unit;
}
