using System.Globalization;
using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>All extended attributes of an inode that this process may see: user, trusted, security, ACLs.</summary>
internal static class ExtendedAttributes
{
    // Linux: a list and a value have at most 64 KiB each; most fit here.
    private const int FirstTry = 1024;
    private const int Most = 64 * 1024;

    private static readonly Comparison<ExtendedAttribute> ByName = static (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name);

    /// <summary>Of an open file or directory (not of a path-only descriptor).</summary>
    /// <returns>0, or the negative errno. A file system without attributes has none.</returns>
    public static int Read(int descriptor, out IReadOnlyList<ExtendedAttribute> attributes) =>
        Read(new Place(descriptor, null, false), out attributes);

    /// <summary>
    /// Of a name in an open directory; of the directory itself if the name is empty. Opens nothing, and no link is followed.
    /// </summary>
    /// <returns>0, or the negative errno.</returns>
    public static int Read(int directory, ReadOnlySpan<byte> name, out IReadOnlyList<ExtendedAttribute> attributes) =>
        Read(new Place(-1, PathTo(directory, name.IsEmpty ? "."u8 : name), false), out attributes);

    /// <summary>Of what a path-only descriptor stands for.</summary>
    /// <param name="path">Of <see cref="PathTo"/>.</param>
    /// <param name="attributes">Sorted by name.</param>
    /// <returns>0, or the negative errno.</returns>
    public static int ReadFollowed(byte[] path, out IReadOnlyList<ExtendedAttribute> attributes) =>
        Read(new Place(-1, path, true), out attributes);

    /// <summary>A path that leads to an open descriptor, for the calls that take no descriptor of this kind.</summary>
    public static byte[] PathTo(int descriptor, ReadOnlySpan<byte> name = default)
    {
        var start = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}"));
        return name.IsEmpty ? start : [.. start, (byte)'/', .. name];
    }

    private static int Read(Place place, out IReadOnlyList<ExtendedAttribute> attributes)
    {
        attributes = [];
        Span<byte> first = stackalloc byte[FirstTry];
        var result = place.List(first);
        return result switch
        {
            0 or -FileSystemCalls.Errno.NotSupported => 0,
            -FileSystemCalls.Errno.OutOfRange or > 0 => ReadAll(place, out attributes),
            _ => result,
        };
    }

    private static int ReadAll(Place place, out IReadOnlyList<ExtendedAttribute> attributes)
    {
        attributes = [];
        var buffer = new byte[FirstTry];
        var result = Grow(ref buffer, place.List);
        if (result <= 0) return result;

        var found = new List<ExtendedAttribute>();
        ReadOnlySpan<byte> names = buffer.AsSpan(0, result).ToArray();
        while (!names.IsEmpty)
        {
            var name = names[..names.IndexOf((byte)0)].ToArray();
            names = names[(name.Length + 1)..];
            result = Grow(ref buffer, room => place.Get(name, room));
            if (result == -FileSystemCalls.Errno.NoData) continue;
            if (result < 0) return result;
            found.Add(new ExtendedAttribute(name, buffer[..result]));
        }

        found.Sort(ByName);
        attributes = found;
        return 0;
    }

    private delegate int Call(Span<byte> buffer);

    private static int Grow(ref byte[] buffer, Call call)
    {
        while (true)
        {
            var result = call(buffer);
            if (result != -FileSystemCalls.Errno.OutOfRange || buffer.Length > Most) return result;
            buffer = new byte[buffer.Length * 8];
        }
    }

    private readonly record struct Place(int Descriptor, byte[]? Path, bool Follow)
    {
        public int List(Span<byte> buffer) => Path is null
            ? FileSystemCalls.ListAttributes(Descriptor, buffer)
            : FileSystemCalls.ListAttributes(Path, Follow, buffer);

        public int Get(byte[] name, Span<byte> buffer) => Path is null
            ? FileSystemCalls.GetAttribute(Descriptor, name, buffer)
            : FileSystemCalls.GetAttribute(Path, Follow, name, buffer);
    }
}
