using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Backup.Engine.Format;

/// <summary>
/// Writes the deterministic CBOR of FORMAT.md, section 1 (RFC 8949, 4.2.1), into memory that grows. System.Formats.Cbor writes the same
/// bytes and serves the tests as the reference; this one exists because a page of a tree must cost about a microsecond an entry.
/// </summary>
/// <param name="capacity">Bytes to begin with; a right guess saves copies.</param>
/// <param name="secret">True where keys are written: the memory is pinned and wiped, and so is the array that is handed out, as far as
/// pinning goes.</param>
internal ref struct CborSpanWriter(int capacity, bool secret = false)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly bool _secret = secret;
    private byte[] _buffer = Allocate(capacity, secret);
    private int _mapCount;
    private int _lastKey = -1;

    public CborSpanWriter()
        : this(256)
    {
    }

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Begins a map; <see cref="Key"/> and a value follow for each pair, then <see cref="EndMap"/>.</summary>
    public OpenMap BeginMap()
    {
        var open = new OpenMap(Length, _mapCount, _lastKey);
        _mapCount = 0;
        _lastKey = -1;
        Reserve(1)[0] = 0xA0;
        return open;
    }

    /// <summary>Writes a key; keys of a map ascend.</summary>
    public void Key(int key)
    {
        if (key <= _lastKey)
        {
            throw new InvalidOperationException($"Key {key} follows key {_lastKey}.");
        }

        _lastKey = key;
        _mapCount++;
        Head(0, (ulong)key);
    }

    public void EndMap(OpenMap open)
    {
        if (_mapCount < 24)
        {
            _buffer[open.Position] |= (byte)_mapCount;
        }
        else
        {
            // The count takes a byte of its own: the rare entry that has everything moves by one.
            Reserve(1);
            _buffer.AsSpan(open.Position + 1, Length - open.Position - 2).CopyTo(_buffer.AsSpan(open.Position + 2));
            _buffer[open.Position] = 0xB8;
            _buffer[open.Position + 1] = checked((byte)_mapCount);
        }

        _mapCount = open.OuterCount;
        _lastKey = open.OuterKey;
    }

    public void BeginArray(int count) => Head(0x80, (ulong)count);

    /// <summary>
    /// Begins a map whose keys are not field numbers but ids; the caller writes them, ascending, with <see cref="Unsigned"/>.
    /// </summary>
    public void BeginIdMap(int count) => Head(0xA0, (ulong)count);

    public void Unsigned(ulong value) => Head(0, value);

    /// <summary>Writes a length, a count or an offset.</summary>
    public void Count(long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        Head(0, (ulong)value);
    }

    public void Signed(long value)
    {
        if (value >= 0)
        {
            Head(0, (ulong)value);
        }
        else
        {
            Head(0x20, ~(ulong)value);
        }
    }

    public void Bytes(scoped ReadOnlySpan<byte> value) => value.CopyTo(BytesOf(value.Length));

    /// <summary>Writes the head of a byte string and hands out its place, to be filled before the next call.</summary>
    public Span<byte> BytesOf(int length)
    {
        Head(0x40, (ulong)length);
        return Reserve(length);
    }

    public delegate void WriteItem<T>(ref CborSpanWriter writer, T item);

    /// <summary>Writes an array of like items.</summary>
    public void Array<T>(IReadOnlyList<T> items, WriteItem<T> write)
    {
        BeginArray(items.Count);
        foreach (var item in items)
        {
            write(ref this, item);
        }
    }

    /// <summary>Writes an array under a key, or nothing where there are no items.</summary>
    public void Optional<T>(int key, IReadOnlyList<T> items, WriteItem<T> write)
    {
        if (items.Count > 0)
        {
            Key(key);
            Array(items, write);
        }
    }

    public void Hashes(IReadOnlyList<Hash> items) => Array(items, static (ref w, item) => w.Hash(item));

    public void Random(Id128 value) => value.Write(BytesOf(Id128.Size));

    public void Hash(Hash value) => value.Write(BytesOf(Format.Hash.Size));

    public void HashOrNull(Hash? value)
    {
        if (value is { } hash)
        {
            Hash(hash);
        }
        else
        {
            Null();
        }
    }

    public void Stamp(Timestamp value)
    {
        BeginArray(2);
        Signed(value.Seconds);
        Unsigned(value.Nanoseconds);
    }

    public void Domain(DomainId value) => value.Write(BytesOf(DomainId.Size));

    public void Blob(BlobId value) => value.Write(BytesOf(BlobId.Size));

    /// <exception cref="ArgumentException">The text is not well-formed Unicode.</exception>
    public void Text(string value)
    {
        var length = StrictUtf8.GetByteCount(value);
        Head(0x60, (ulong)length);
        StrictUtf8.GetBytes(value, Reserve(length));
    }

    public void TextOrNull(string? value)
    {
        if (value is null)
        {
            Null();
        }
        else
        {
            Text(value);
        }
    }

    public void Null() => Reserve(1)[0] = 0xF6;

    public void True() => Reserve(1)[0] = 0xF5;

    /// <summary>The text; the writer is spent.</summary>
    public byte[] ToArray()
    {
        var text = Allocate(Length, _secret);
        _buffer.AsSpan(0, Length).CopyTo(text);
        Wipe();
        return text;
    }

    private void Head(byte major, ulong value)
    {
        if (value < 24)
        {
            Reserve(1)[0] = (byte)(major | (byte)value);
        }
        else if (value <= byte.MaxValue)
        {
            var at = Reserve(2);
            at[1] = (byte)value;
            at[0] = (byte)(major | 24);
        }
        else if (value <= ushort.MaxValue)
        {
            var at = Reserve(3);
            BinaryPrimitives.WriteUInt16BigEndian(at[1..], (ushort)value);
            at[0] = (byte)(major | 25);
        }
        else if (value <= uint.MaxValue)
        {
            var at = Reserve(5);
            BinaryPrimitives.WriteUInt32BigEndian(at[1..], (uint)value);
            at[0] = (byte)(major | 26);
        }
        else
        {
            var at = Reserve(9);
            BinaryPrimitives.WriteUInt64BigEndian(at[1..], value);
            at[0] = (byte)(major | 27);
        }
    }

    private Span<byte> Reserve(int bytes)
    {
        var start = Length;
        if (_buffer.Length - start < bytes)
        {
            var larger = Allocate(checked(Math.Max(2 * _buffer.Length, start + bytes)), _secret);
            _buffer.AsSpan(0, start).CopyTo(larger);
            Wipe();
            _buffer = larger;
        }

        Length = start + bytes;
        return _buffer.AsSpan(start, bytes);
    }

    private readonly void Wipe()
    {
        if (_secret)
        {
            CryptographicOperations.ZeroMemory(_buffer);
        }
    }

    private static byte[] Allocate(int length, bool secret) => GC.AllocateUninitializedArray<byte>(length, pinned: secret);

    /// <summary>What a map must remember until it ends.</summary>
    internal readonly record struct OpenMap(int Position, int OuterCount, int OuterKey);
}
