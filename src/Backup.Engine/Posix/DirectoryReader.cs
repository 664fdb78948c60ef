using System.Buffers.Binary;

namespace Backup.Engine.Posix;

/// <summary>
/// The names in an open directory, as the kernel gives them, "." and ".." left out. Used by one thread, for one directory after the other.
/// </summary>
/// <param name="size">Of the buffer, in bytes; a name of 255 bytes must fit.</param>
internal sealed class DirectoryReader(int size)
{
    // struct linux_dirent64: inode 8, offset 8, record length 2, type 1, name with NUL.
    private const int LengthAt = 16;
    private const int NameAt = 19;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(size);
    private int _directory;
    private int _filled;
    private int _next;

    /// <summary>Begins with a directory that was opened and not read yet.</summary>
    public void Begin(int directory)
    {
        _directory = directory;
        _filled = _next = 0;
    }

    /// <summary>The next name; it stays valid until the next call.</summary>
    /// <param name="name">Empty at the end and after an error.</param>
    /// <returns>1 for a name, 0 at the end, or the negative errno.</returns>
    public int Next(out ReadOnlySpan<byte> name)
    {
        while (true)
        {
            if (_next >= _filled)
            {
                name = default;
                _filled = FileSystemCalls.ReadDirectory(_directory, _buffer);
                _next = 0;
                if (_filled <= 0) return _filled;
            }

            var record = _buffer.AsSpan(_next);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(record[LengthAt..]);
            record = record[NameAt..length];
            _next += length;
            name = record[..record.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8)) return 1;
        }
    }
}
