using System.Globalization;
using System.Text;

namespace Backup.Engine.Posix;

/// <summary>The mounts this process sees: /proc/thread-self/mountinfo, proc(5).</summary>
internal sealed class MountTable
{
    private readonly List<Mount> _mounts = [];

    /// <param name="lines">The lines of mountinfo.</param>
    public MountTable(ReadOnlySpan<byte> lines)
    {
        while (!lines.IsEmpty)
        {
            var end = lines.IndexOf((byte)'\n');
            var line = end < 0 ? lines : lines[..end];
            lines = end < 0 ? default : lines[(end + 1)..];
            if (Mount.Parse(line) is { } mount) _mounts.Add(mount);
        }
    }

    /// <summary>The table as it is now; empty where there is no /proc.</summary>
    public static MountTable Read()
    {
        try
        {
            return new MountTable(File.ReadAllBytes("/proc/thread-self/mountinfo"));
        }
        catch (IOException)
        {
            return new MountTable([]);
        }
    }

    /// <summary>
    /// Where else a directory, or anything inside it, begins a mount of its own: the mount points of bind mounts. A device and an inode
    /// number do not tell, as the inode at such a mount point is not the directory's but that of something in it.
    /// </summary>
    /// <param name="realPath">Absolute, without links.</param>
    /// <param name="mountId">Of the mount that the path lies on.</param>
    public IEnumerable<byte[]> MountsInside(byte[] realPath, ulong mountId)
    {
        var home = _mounts.Find(mount => mount.Id == mountId);
        if (home is null || !IsInside(realPath, home.Point)) yield break;
        var inFileSystem = Join(home.Root, realPath.AsSpan(home.Point is [(byte)'/'] ? 0 : home.Point.Length));
        foreach (var mount in _mounts)
        {
            var isOther = mount.Id != mountId && mount.Device.AsSpan().SequenceEqual(home.Device);
            if (isOther && IsInside(mount.Root, inFileSystem)) yield return mount.Point;
        }
    }

    private static bool IsInside(ReadOnlySpan<byte> path, ReadOnlySpan<byte> directory) =>
        directory is [(byte)'/'] ||
        (path.StartsWith(directory) && (path.Length == directory.Length || path[directory.Length] == '/'));

    private static byte[] Join(byte[] root, ReadOnlySpan<byte> below)
    {
        if (below.Length == 0 || below is [(byte)'/']) return root;
        return root is [(byte)'/'] ? below.ToArray() : [.. root, .. below];
    }

    /// <param name="Id">Unique in the table.</param>
    /// <param name="Device">major:minor.</param>
    /// <param name="Root">The directory of the file system that is mounted.</param>
    /// <param name="Point">Where it is mounted.</param>
    private sealed record Mount(ulong Id, byte[] Device, byte[] Root, byte[] Point)
    {
        public static Mount? Parse(ReadOnlySpan<byte> line)
        {
            // Latin-1 keeps every byte as it is.
            var fields = Encoding.Latin1.GetString(line).Split(' ', 6);
            return fields.Length == 6 && ulong.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                ? new Mount(id, Encoding.Latin1.GetBytes(fields[2]), Unescape(fields[3]), Unescape(fields[4]))
                : null;
        }

        // Space, tab, newline and backslash stand as three octal digits.
        private static byte[] Unescape(string text)
        {
            var plain = new List<byte>(text.Length);
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '\\' && i + 3 < text.Length)
                {
                    plain.Add(Convert.ToByte(text.Substring(i + 1, 3), 8));
                    i += 3;
                }
                else
                {
                    plain.Add((byte)text[i]);
                }
            }

            return [.. plain];
        }
    }
}
