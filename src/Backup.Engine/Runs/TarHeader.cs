using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>
/// The header of a member of an archive in the pax interchange format (POSIX.1-2017, pax, "pax Interchange Format" and "ustar Interchange Format"): what the old
/// header cannot hold stands in records before it. Names are bytes there; where they are no UTF-8, <c>hdrcharset=BINARY</c> says so. Extended attributes are
/// <c>SCHILY.xattr.</c> records, as GNU tar, star and libarchive read and write them.
/// </summary>
internal static class TarHeader
{
    public const int Block = 512;

    private const int NameSize = 100;
    private const int OwnerSize = 32;

    /// <summary>The largest number that 7 and 11 octal digits hold.</summary>
    private const long Seven = (1L << 21) - 1;
    private const long Eleven = (1L << 33) - 1;

    /// <summary>The header with the records before it; a multiple of <see cref="Block"/>.</summary>
    /// <param name="entry">The entry; no socket.</param>
    /// <param name="path">Its path in the archive, without a slash at either end.</param>
    /// <param name="linkedTo">The path of a member that is the same file; null for the first of its names.</param>
    public static byte[] Of(Entry entry, byte[] path, byte[]? linkedTo)
    {
        var name = entry.Kind == EntryKind.Directory ? [.. path, (byte)'/'] : path;
        var target = linkedTo ?? entry.LinkTarget ?? [];
        var size = linkedTo is null && entry.Kind == EntryKind.File ? entry.Size : 0;
        var records = new Records();
        records.AddText("path", name, NameSize);
        records.AddText("linkpath", target, NameSize);
        records.AddNumber("uid", entry.UserId, Seven);
        records.AddNumber("gid", entry.GroupId, Seven);
        records.AddNumber("size", size, Eleven);
        records.AddText("uname", Encoding.UTF8.GetBytes(entry.User ?? ""), OwnerSize - 1);
        records.AddText("gname", Encoding.UTF8.GetBytes(entry.Group ?? ""), OwnerSize - 1);
        records.AddTime(entry.Modified);
        foreach (var attribute in linkedTo is null ? entry.Attributes : [])
        {
            records.AddAttribute(attribute);
        }

        var type = linkedTo is not null ? (byte)'1' : TypeOf(entry.Kind);
        var header = Old(entry, name, target, size, type);
        return records.ToArray() is { Length: > 0 } text ? [.. Extended(text), .. header] : header;
    }

    private static byte TypeOf(EntryKind kind) => kind switch
    {
        EntryKind.File => (byte)'0',
        EntryKind.SymbolicLink => (byte)'2',
        EntryKind.CharacterDevice => (byte)'3',
        EntryKind.BlockDevice => (byte)'4',
        EntryKind.Directory => (byte)'5',
        EntryKind.Fifo => (byte)'6',
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "An archive holds no such thing."),
    };

    private static byte[] Old(Entry entry, byte[] name, byte[] target, long size, byte type)
    {
        var header = new byte[Block];
        PutText(header.AsSpan(0, NameSize), name);
        PutNumber(header.AsSpan(100, 8), entry.Mode);
        PutNumber(header.AsSpan(108, 8), entry.UserId);
        PutNumber(header.AsSpan(116, 8), entry.GroupId);
        PutNumber(header.AsSpan(124, 12), size);
        PutNumber(header.AsSpan(136, 12), entry.Modified.Seconds);
        header[156] = type;
        PutText(header.AsSpan(157, NameSize), target);
        PutText(header.AsSpan(265, OwnerSize - 1), Encoding.UTF8.GetBytes(entry.User ?? ""));
        PutText(header.AsSpan(297, OwnerSize - 1), Encoding.UTF8.GetBytes(entry.Group ?? ""));
        PutNumber(header.AsSpan(329, 8), entry.DeviceNumber.Major);
        PutNumber(header.AsSpan(337, 8), entry.DeviceNumber.Minor);
        return Finish(header);
    }

    /// <summary>The block of type x, and the records, filled up to whole blocks.</summary>
    private static byte[] Extended(byte[] records)
    {
        var length = (records.Length + Block - 1) / Block * Block;
        var header = new byte[Block + length];
        PutText(header.AsSpan(0, NameSize), "./PaxHeaders/records"u8);
        PutNumber(header.AsSpan(100, 8), 0b110_100_100);
        PutNumber(header.AsSpan(108, 8), 0);
        PutNumber(header.AsSpan(116, 8), 0);
        PutNumber(header.AsSpan(124, 12), records.Length);
        PutNumber(header.AsSpan(136, 12), 0);
        header[156] = (byte)'x';
        Finish(header.AsSpan(0, Block));
        records.CopyTo(header, Block);
        return header;
    }

    private static byte[] Finish(byte[] header)
    {
        Finish(header.AsSpan());
        return header;
    }

    private static void Finish(Span<byte> header)
    {
        "ustar\0"u8.CopyTo(header[257..]);
        "00"u8.CopyTo(header[263..]);
        var sum = header[148..156];
        sum.Fill((byte)' ');
        var total = 0;
        foreach (var value in header)
        {
            total += value;
        }

        PutNumber(sum[..7], total);
    }

    /// <summary>As much as fits, for readers that know no records; those that do ignore it.</summary>
    private static void PutText(Span<byte> field, ReadOnlySpan<byte> text)
    {
        text = text[..Math.Min(text.Length, field.Length)];
        for (var i = 0; i < text.Length; i++)
        {
            field[i] = text[i] < 0x80 ? text[i] : (byte)'_';
        }
    }

    /// <summary>Octal digits and a NUL; 0 where it does not fit, as a record says it then.</summary>
    private static void PutNumber(Span<byte> field, long value)
    {
        field[^1] = 0;
        for (var (i, rest) = (field.Length - 2, value < 0 || value >= 1L << (3 * (field.Length - 1)) ? 0 : value); i >= 0; i--, rest >>= 3)
        {
            field[i] = (byte)('0' + (rest & 7));
        }
    }

    /// <summary>Records of the form <c>length key=value\n</c>, where the length counts itself.</summary>
    private sealed class Records
    {
        private readonly ArrayBufferWriter<byte> _text = new();
        private bool _binary;

        public byte[] ToArray()
        {
            if (!_binary)
            {
                return _text.WrittenSpan.ToArray();
            }

            var charset = new Records();
            charset.Add("hdrcharset"u8, "BINARY"u8);
            return [.. charset._text.WrittenSpan, .. _text.WrittenSpan];
        }

        public void AddText(string key, ReadOnlySpan<byte> value, int most)
        {
            if (value.Length > most || value.ContainsAnyInRange((byte)0x80, (byte)0xFF))
            {
                _binary |= !Utf8.IsValid(value);
                Add(Encoding.ASCII.GetBytes(key), value);
            }
        }

        public void AddNumber(string key, long value, long most)
        {
            if (value > most)
            {
                Add(Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
            }
        }

        /// <summary>A decimal number of seconds: −1.5 is a second and a half before 1970.</summary>
        public void AddTime(Timestamp time)
        {
            if (time is { Nanoseconds: 0, Seconds: >= 0 and <= Eleven })
            {
                return;
            }

            var below = time is { Seconds: < 0, Nanoseconds: > 0 };
            var (seconds, nanoseconds) = below ? (time.Seconds + 1, 1_000_000_000 - time.Nanoseconds) : (time.Seconds, time.Nanoseconds);
            var sign = below && seconds == 0 ? "-" : "";
            var fraction = nanoseconds == 0 ? "" : "." + nanoseconds.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
            Add("mtime"u8, Encoding.ASCII.GetBytes(sign + seconds.ToString(CultureInfo.InvariantCulture) + fraction));
        }

        /// <summary>The key ends at the first '=', so a name that holds one is written as GNU tar does.</summary>
        public void AddAttribute(ExtendedAttribute attribute)
        {
            var key = new List<byte>("SCHILY.xattr."u8.ToArray());
            foreach (var value in attribute.Name)
            {
                key.AddRange(value switch { (byte)'%' => "%25"u8, (byte)'=' => "%3D"u8, _ => [value] });
            }

            Add(key.ToArray(), attribute.Value);
        }

        private void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            var rest = key.Length + value.Length + 3;
            var length = rest + 1;
            while (length != rest + Digits(length))
            {
                length = rest + Digits(length);
            }

            _text.Write(Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)));
            _text.Write(" "u8);
            _text.Write(key);
            _text.Write("="u8);
            _text.Write(value);
            _text.Write("\n"u8);
        }

        private static int Digits(int number) => number.ToString(CultureInfo.InvariantCulture).Length;
    }
}
