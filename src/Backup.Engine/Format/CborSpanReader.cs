using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Backup.Engine.Format;

/// <summary>
/// Reads exactly the CBOR that FORMAT.md, section 1, allows: whatever else stands there is a <see cref="DamagedException"/>, and no length
/// is believed before the bytes for it have been seen.
/// </summary>
/// <param name="text">The whole text of one thing.</param>
/// <param name="thing">What it is, for the message: "a page of a tree".</param>
internal ref struct CborSpanReader(ReadOnlySpan<byte> text, string thing)
{
    private const int SkipDepth = 16;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _text = text;
    private readonly string _thing = thing;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    private readonly int Remaining => _text.Length - Position;

    public CborMap BeginMap()
    {
        // A pair takes at least two bytes.
        var count = Head(0xA0);
        return new CborMap(Counted(count, 2));
    }

    /// <summary>Moves to the next pair of a map.</summary>
    /// <returns>False after the last.</returns>
    public bool NextKey(ref CborMap map, out int key)
    {
        key = 0;
        if (map.Left == 0)
        {
            return false;
        }

        var value = Head(0);
        if (value > int.MaxValue || (int)value <= map.LastKey)
        {
            throw Damaged("its keys do not ascend");
        }

        key = (int)value;
        map = map.After(key);
        return true;
    }

    /// <summary>Passes over the value of a key that is not known: critical below 64, else nobody's business.</summary>
    public void SkipUnknown(int key)
    {
        if (key < CborMap.Critical)
        {
            throw new UnsupportedFormatException($"{Capitalized()} has a field {key} that this program does not know.");
        }

        Skip(0);
    }

    /// <summary>Checks that every pair was read and every key that must be there was.</summary>
    public readonly void EndMap(in CborMap map, ulong required)
    {
        if ((map.Seen & required) != required)
        {
            throw Damaged("a field is missing");
        }
    }

    /// <summary>Reads the head of an array.</summary>
    /// <param name="itemBytes">The least number of bytes an item takes, so that memory for the items may be taken at once.</param>
    public int BeginArray(int itemBytes) => Counted(Head(0x80), itemBytes);

    /// <summary>Reads one item of an array.</summary>
    public delegate T ReadItem<T>(ref CborSpanReader reader);

    /// <summary>Reads an array of like items.</summary>
    /// <param name="itemBytes">The least number of bytes an item takes.</param>
    /// <param name="read">Reads one.</param>
    /// <param name="most">The largest number of items.</param>
    public T[] Array<T>(int itemBytes, ReadItem<T> read, int most = int.MaxValue)
    {
        var count = BeginArray(itemBytes);
        if (count > most)
        {
            throw Damaged("it has too many of something");
        }

        var items = new T[count];
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = read(ref this);
        }

        return items;
    }

    /// <summary>Reads the head of an array that has one length only.</summary>
    public void BeginTuple(int length)
    {
        if (Head(0x80) != (ulong)length)
        {
            throw Damaged("an array has the wrong length");
        }
    }

    /// <summary>Reads the head of a map whose keys are ids; the caller checks that they ascend.</summary>
    public int BeginIdMap() => Counted(Head(0xA0), 2);

    public ulong Unsigned() => Head(0);

    /// <summary>Reads an unsigned number up to <paramref name="limit"/>.</summary>
    public long Count(long limit = long.MaxValue)
    {
        var value = Head(0);
        return value <= (ulong)limit ? (long)value : throw Damaged("a number is too large");
    }

    public int Count(int limit) => (int)Count((long)limit);

    public uint UInt32() => (uint)Count((long)uint.MaxValue);

    public long Signed()
    {
        var major = Peek() & 0xE0;
        var value = Head(major is 0x20 ? (byte)0x20 : (byte)0);
        if (value > long.MaxValue)
        {
            throw Damaged("a number is too large");
        }

        return major is 0x20 ? ~(long)value : (long)value;
    }

    public ReadOnlySpan<byte> Bytes() => Take(Head(0x40));

    /// <summary>Reads a byte string of one length only.</summary>
    public ReadOnlySpan<byte> Bytes(int length)
    {
        var bytes = Bytes();
        return bytes.Length == length ? bytes : throw Damaged("a byte string has the wrong length");
    }

    /// <summary>Reads a byte string of one length only as a part of the memory that this reader reads.</summary>
    public ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> whole, int length)
    {
        Bytes(length);
        return whole.Slice(Position - length, length);
    }

    /// <summary>Reads a byte string made of records of one size.</summary>
    public ReadOnlySpan<byte> Records(int size)
    {
        var bytes = Bytes();
        return bytes.Length % size == 0 ? bytes : throw Damaged("a byte string has the wrong length");
    }

    /// <summary>Reads the format version, 1.</summary>
    public void Version()
    {
        if (Unsigned() != 1)
        {
            throw new UnsupportedFormatException($"{Capitalized()} is of a later format.");
        }
    }

    /// <summary>Reads the number of a kind or state.</summary>
    /// <param name="first">The smallest that is known.</param>
    /// <param name="last">The largest that is known.</param>
    public byte Kind(int first, int last)
    {
        var value = Unsigned();
        return value >= (ulong)first && value <= (ulong)last
            ? (byte)value
            : throw new UnsupportedFormatException($"{Capitalized()} is of a kind or state that this program does not know ({value}).");
    }

    public Id128 Random() => Id128.Read(Bytes(Id128.Size));

    public Hash Hash() => Format.Hash.Read(Bytes(Format.Hash.Size));

    public Hash[] Hashes(int most = int.MaxValue) => Array(Format.Hash.Size + 2, static (ref reader) => reader.Hash(), most);

    public Hash? HashOrNull() => TryNull() ? null : Hash();

    public Timestamp Stamp()
    {
        BeginTuple(2);
        return new Timestamp(Signed(), Nanoseconds());
    }

    public uint Nanoseconds() => (uint)Count(999_999_999);

    public DomainId Domain() => DomainId.Read(Bytes(DomainId.Size));

    public BlobId Blob() => BlobId.Read(Bytes(BlobId.Size));

    public string Text()
    {
        var bytes = Take(Head(0x60));
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (ArgumentException)
        {
            throw Damaged("a text is not UTF-8");
        }
    }

    public string? TextOrNull() => TryNull() ? null : Text();

    /// <summary>Reads null if null stands here.</summary>
    public bool TryNull()
    {
        if (Peek() != 0xF6)
        {
            return false;
        }

        Position++;
        return true;
    }

    /// <summary>Reads true, the only value a flag has: a flag that does not hold is absent.</summary>
    public bool True()
    {
        if (Peek() != 0xF5)
        {
            throw Damaged("a flag is not true");
        }

        Position++;
        return true;
    }

    /// <summary>Checks that nothing follows.</summary>
    public readonly void End()
    {
        if (Remaining != 0)
        {
            throw Damaged("bytes follow its end");
        }
    }

    public readonly DamagedException Damaged(string what) => new($"{Capitalized()} is damaged: {what}.");

    private readonly string Capitalized() => char.ToUpperInvariant(_thing[0]) + _thing[1..];

    private readonly byte Peek() => Position < _text.Length ? _text[Position] : throw Damaged("it ends too early");

    private readonly int Counted(ulong count, int itemBytes) =>
        count <= (ulong)(Remaining / itemBytes) ? (int)count : throw Damaged("it ends too early");

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)Remaining)
        {
            throw Damaged("it ends too early");
        }

        var start = Position;
        Position += (int)length;
        return _text.Slice(start, (int)length);
    }

    private ulong Head(byte major)
    {
        var first = Peek();
        if ((first & 0xE0) != major)
        {
            throw Damaged("a value has the wrong type");
        }

        Position++;
        var low = first & 0x1F;
        return low < 24 ? (ulong)low : LongHead(low);
    }

    private ulong LongHead(int low)
    {
        var (value, least) = low switch
        {
            24 => (Take(1)[0], 24UL),
            25 => (BinaryPrimitives.ReadUInt16BigEndian(Take(2)), byte.MaxValue + 1UL),
            26 => (BinaryPrimitives.ReadUInt32BigEndian(Take(4)), ushort.MaxValue + 1UL),
            27 => (BinaryPrimitives.ReadUInt64BigEndian(Take(8)), uint.MaxValue + 1UL),
            _ => throw Damaged("a length is indefinite or reserved"),
        };
        return value >= least ? value : throw Damaged("a number is not in its shortest form");
    }

    private void Skip(int depth)
    {
        if (depth > SkipDepth)
        {
            throw Damaged("it is nested too deeply");
        }

        switch (Peek() >> 5)
        {
            case 0:
            case 1:
                Head((byte)(Peek() & 0xE0));
                break;
            case 2:
                Bytes();
                break;
            case 3:
                Text();
                break;
            case 4:
                for (var left = BeginArray(1); left > 0; left--)
                {
                    Skip(depth + 1);
                }

                break;
            case 5:
                SkipMap(depth);
                break;
            case 7 when Peek() is 0xF4 or 0xF5 or 0xF6:
                Position++;
                break;
            default:
                throw Damaged("it holds a tag, a float or an unknown simple value");
        }
    }

    private void SkipMap(int depth)
    {
        var left = BeginIdMap();
        for (ulong? last = null; left > 0; left--)
        {
            var key = Unsigned();
            if (key <= last)
            {
                throw Damaged("its keys do not ascend");
            }

            last = key;
            Skip(depth + 1);
        }
    }
}

/// <summary>How far a map has been read.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct CborMap
{
    /// <summary>Keys below this one are critical.</summary>
    public const int Critical = 64;

    public CborMap(int pairs)
        : this(pairs, -1, 0)
    {
    }

    private CborMap(int left, int lastKey, ulong seen)
    {
        Left = left;
        LastKey = lastKey;
        Seen = seen;
    }

    public int Left { get; }

    public int LastKey { get; }

    /// <summary>A bit for each critical key that was there.</summary>
    public ulong Seen { get; }

    public bool Has(int key) => (Seen & (1UL << key)) != 0;

    public CborMap After(int key) => new(Left - 1, key, key < Critical ? Seen | (1UL << key) : Seen);

    /// <summary>The keys as bits, for <see cref="CborSpanReader.EndMap"/>.</summary>
    public static ulong Keys(params ReadOnlySpan<int> keys)
    {
        var bits = 0UL;
        foreach (var key in keys)
        {
            bits |= 1UL << key;
        }

        return bits;
    }
}
