using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>The files of a database snapshot in the order in which they are loaded.</summary>
/// <param name="view">The snapshot.</param>
internal sealed class DatabaseDump(SnapshotView view)
{
    /// <summary>Parts of persons that are missing because they were erased.</summary>
    public int Erased { get; private set; }

    /// <summary>Parts that are kept and not given out.</summary>
    public int Restricted { get; private set; }

    /// <summary>Files with rows, given so far.</summary>
    public long Files { get; private set; }

    /// <summary>Their bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>All of it as one stream for the vendor's client: tables, rows, and what comes after them.</summary>
    public IEnumerable<DumpPiece> Whole(CancellationToken cancellation) => [.. OfFile(DatabaseLayout.Before), .. Rows(cancellation), .. OfFile(DatabaseLayout.After)];

    /// <summary>The rows: first those of nobody, then each person's.</summary>
    public IEnumerable<DumpPiece> Rows(CancellationToken cancellation)
    {
        foreach (var folder in new[] { DatabaseLayout.Shared, DatabaseLayout.Subjects })
        {
            var path = Encoding.ASCII.GetBytes($"/{DatabaseLayout.Rows}/{folder}");
            foreach (var step in view.Find(path, []) is { } found ? ViewWalk.Below(view, found, path, cancellation) : [])
            {
                if (step.Hidden is { } hidden)
                {
                    Erased += hidden.ErasedAt is null ? 0 : 1;
                    Restricted += hidden.ErasedAt is null ? 1 : 0;
                }
                else if (step.Entry is { Entry.Kind: EntryKind.File } file)
                {
                    Files++;
                    Bytes += file.Entry.Size;
                    foreach (var piece in DumpPiece.OfFile(view.Trees, file, whole: false))
                    {
                        yield return piece;
                    }
                }
            }
        }
    }

    /// <summary>One of the files that every such snapshot has.</summary>
    /// <exception cref="DamagedException">It is not there.</exception>
    public IEnumerable<DumpPiece> OfFile(string path) =>
        view.Find(Encoding.ASCII.GetBytes("/" + path), []) is { } file ? DumpPiece.OfFile(view.Trees, file, whole: false) : throw new DamagedException($"The snapshot has no {path}.");
}
