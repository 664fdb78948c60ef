using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>Where a file holds data, and where nothing was ever written.</summary>
internal static class FileExtents
{
    /// <summary>
    /// A list is a part of the entry and stays below 1 MiB: beyond it the smallest holes are taken as data (zeros), which costs space, not
    /// truth.
    /// </summary>
    public const int Most = 1 << 16;

    /// <returns>Ascending; null when the file has no hole, or its file system does not tell.</returns>
    public static IReadOnlyList<Extent>? Find(int descriptor, in FileStatus status) =>
        status.Size == 0 ? null : Find(descriptor, status.Size, Most);

    internal static IReadOnlyList<Extent>? Find(int descriptor, long size, int most)
    {
        var hole = FileSystemCalls.SeekHole(descriptor, 0);
        if (hole < 0 || hole >= size) return null;
        var extents = new List<Extent>();
        var smallest = 4096L;
        for (long data = 0; ; )
        {
            if (hole > data) Add(extents, new Extent(data, Math.Min(hole, size) - data), smallest);
            while (extents.Count > most)
            {
                smallest *= 4;
                extents = Coarsen(extents, smallest);
            }

            if (hole >= size) break;
            data = FileSystemCalls.SeekData(descriptor, hole);
            if (data < 0 || data >= size) break;
            hole = FileSystemCalls.SeekHole(descriptor, data);
            if (hole < 0) hole = size;
        }

        return extents;
    }

    private static List<Extent> Coarsen(List<Extent> extents, long smallest)
    {
        var coarse = new List<Extent>();
        foreach (var extent in extents)
        {
            Add(coarse, extent, smallest);
        }

        return coarse;
    }

    private static void Add(List<Extent> extents, Extent extent, long smallest)
    {
        if (extents.Count > 0 && extent.Offset - (extents[^1].Offset + extents[^1].Length) is var gap && gap < smallest)
        {
            extents[^1] = extents[^1] with { Length = extent.Offset + extent.Length - extents[^1].Offset };
        }
        else
        {
            extents.Add(extent);
        }
    }
}
