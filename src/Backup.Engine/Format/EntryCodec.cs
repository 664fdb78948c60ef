using System.Buffers.Binary;

namespace Backup.Engine.Format;

/// <summary>The stored form of an entry. FORMAT.md, section 9.2.</summary>
internal static class EntryCodec
{
    /// <summary>Bytes of a blob reference: id and content bytes.</summary>
    public const int ReferenceSize = BlobId.Size + sizeof(ulong);

    /// <summary>The least bytes an entry takes.</summary>
    public const int LeastBytes = 20;

    private const uint ModeBits = 0xFFF;

    private static readonly ulong Required = CborMap.Keys(1, 2, 3, 4, 5, 6, 7, 8, 9);
    private static readonly ulong FileOnly = CborMap.Keys(12, 16, 17, 18);
    private static readonly ulong DirectoryOnly = CborMap.Keys(19, 20);
    private static readonly ulong NotSelf = CborMap.Keys(0, 12, 13, 14, 16, 17, 18, 19, 20);

    /// <summary>At least the bytes that an entry takes in a page, without the names of its owner and group.</summary>
    public static int EstimateLength(Entry entry)
    {
        var length = 96 + entry.Name.Length + (entry.LinkTarget?.Length ?? 0);
        length += (ReferenceSize * (entry.Content?.Blobs.Count ?? 0)) + (20 * (entry.Extents?.Count ?? 0));
        foreach (var attribute in entry.Attributes)
        {
            length += 8 + attribute.Name.Length + attribute.Value.Length;
        }

        return length + (3 * ((entry.Class?.Length ?? 0) + (entry.Period?.Length ?? 0) + (entry.Subject?.Length ?? 0)));
    }

    /// <param name="writer">Where to.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="self">True for the directory that the page belongs to: it has no name, tree or grafts here.</param>
    /// <exception cref="InvalidOperationException">The entry breaks a rule of the format: a writer's fault.</exception>
    public static void Write(ref CborSpanWriter writer, Entry entry, bool self)
    {
        if (EntryRules.FaultOf(entry, self) is { } fault)
        {
            throw new InvalidOperationException($"A page cannot be written: {fault}.");
        }

        var map = writer.BeginMap();
        if (!self)
        {
            writer.Key(0);
            writer.Bytes(entry.Name);
        }

        WriteInode(ref writer, entry);
        WriteKind(ref writer, entry);
        writer.Optional(15, entry.Attributes, WriteAttribute);
        if (entry.Kind is EntryKind.File)
        {
            WriteContent(ref writer, entry);
        }

        if (entry.Kind is EntryKind.Directory && !self)
        {
            WriteBlob(ref writer, 19, entry.Tree);
            WriteBlob(ref writer, 20, entry.Grafts);
        }

        WriteText(ref writer, 21, entry.Class);
        WriteText(ref writer, 22, entry.Period);
        if (entry is { Incomplete: true, Kind: EntryKind.File } or { Partial: true, Kind: EntryKind.Directory })
        {
            writer.Key(23);
            writer.True();
        }

        WriteText(ref writer, 24, entry.Subject);
        writer.EndMap(map);
    }

    public static Entry Read(ref CborSpanReader reader, bool self)
    {
        var fields = default(Fields);
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            ReadField(ref reader, ref fields, key);
        }

        reader.EndMap(map, Required);
        CheckFields(reader, map, fields.Kind, self);
        var entry = new Entry
        {
            Name = fields.Name ?? [],
            Kind = fields.Kind,
            Mode = fields.Mode,
            UserId = fields.UserId,
            GroupId = fields.GroupId,
            Modified = new Timestamp(fields.ModifiedSeconds, fields.ModifiedNanoseconds),
            Changed = new Timestamp(fields.ChangedSeconds, fields.ChangedNanoseconds),
            Inode = fields.Inode,
            Device = fields.Device,
            Links = map.Has(11) ? fields.Links : 1,
            Size = fields.Size,
            LinkTarget = fields.LinkTarget,
            DeviceNumber = fields.DeviceNumber,
            Attributes = fields.Attributes ?? [],
            Extents = fields.Extents,
            Content = fields.Content is null ? null : new ContentReference(fields.Level, fields.Content),
            Tree = map.Has(19) ? fields.Tree : null,
            Grafts = map.Has(20) ? fields.Grafts : null,
            Class = fields.Class,
            Period = fields.Period,
            Incomplete = fields.Marked && fields.Kind is EntryKind.File,
            Partial = fields.Marked && fields.Kind is EntryKind.Directory,
            Subject = fields.Subject,
        };
        return EntryRules.FaultOf(entry, self) is { } fault ? throw reader.Damaged(fault) : entry;
    }

    public static void WriteReferences(Span<byte> destination, IReadOnlyList<BlobReference> blobs)
    {
        for (var i = 0; i < blobs.Count; i++, destination = destination[ReferenceSize..])
        {
            blobs[i].Id.Write(destination);
            BinaryPrimitives.WriteInt64BigEndian(destination[BlobId.Size..], blobs[i].Length);
        }
    }

    /// <summary>Reads blob references; <paramref name="records"/> is a whole number of them.</summary>
    public static BlobReference[]? ReadReferences(ReadOnlySpan<byte> records)
    {
        var blobs = new BlobReference[records.Length / ReferenceSize];
        for (var (i, total) = (0, 0L); i < blobs.Length; i++, records = records[ReferenceSize..])
        {
            var length = BinaryPrimitives.ReadInt64BigEndian(records[BlobId.Size..]);
            if (length <= 0 || length > long.MaxValue - total)
            {
                return null;
            }

            total += length;
            blobs[i] = new BlobReference(BlobId.Read(records), length);
        }

        return blobs;
    }

    private static void WriteInode(ref CborSpanWriter writer, Entry entry)
    {
        writer.Key(1);
        writer.Unsigned((ulong)entry.Kind);
        writer.Key(2);
        writer.Unsigned(entry.Mode & ModeBits);
        writer.Key(3);
        writer.Unsigned(entry.UserId);
        writer.Key(4);
        writer.Unsigned(entry.GroupId);
        writer.Key(5);
        writer.Signed(entry.Modified.Seconds);
        writer.Key(6);
        writer.Unsigned(entry.Modified.Nanoseconds);
        writer.Key(7);
        writer.Signed(entry.Changed.Seconds);
        writer.Key(8);
        writer.Unsigned(entry.Changed.Nanoseconds);
        writer.Key(9);
        writer.Unsigned(entry.Inode);
        if (entry.Links > 1)
        {
            writer.Key(10);
            writer.Unsigned(entry.Device);
            writer.Key(11);
            writer.Unsigned(entry.Links);
        }
    }

    private static void WriteKind(ref CborSpanWriter writer, Entry entry)
    {
        if (entry is { Kind: EntryKind.File, Size: > 0 })
        {
            writer.Key(12);
            writer.Count(entry.Size);
        }

        if (entry.Kind is EntryKind.SymbolicLink)
        {
            writer.Key(13);
            writer.Bytes(entry.LinkTarget);
        }

        if (entry.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice)
        {
            writer.Key(14);
            writer.BeginArray(2);
            writer.Unsigned(entry.DeviceNumber.Major);
            writer.Unsigned(entry.DeviceNumber.Minor);
        }
    }

    private static void WriteAttribute(ref CborSpanWriter writer, ExtendedAttribute attribute)
    {
        writer.BeginArray(2);
        writer.Bytes(attribute.Name);
        writer.Bytes(attribute.Value);
    }

    private static void WriteContent(ref CborSpanWriter writer, Entry entry)
    {
        if (entry.Extents is { } extents)
        {
            writer.Key(16);
            writer.Array(extents, static (ref w, extent) =>
            {
                w.BeginArray(2);
                w.Count(extent.Offset);
                w.Count(extent.Length);
            });
        }

        if (entry.Content is { Blobs.Count: > 0 } content)
        {
            if (content.Level > 0)
            {
                writer.Key(17);
                writer.Count(content.Level);
            }

            writer.Key(18);
            WriteReferences(writer.BytesOf(ReferenceSize * content.Blobs.Count), content.Blobs);
        }
    }

    private static void WriteBlob(ref CborSpanWriter writer, int key, BlobId? blob)
    {
        if (blob is { } id)
        {
            writer.Key(key);
            writer.Blob(id);
        }
    }

    private static void WriteText(ref CborSpanWriter writer, int key, string? text)
    {
        if (text is not null)
        {
            writer.Key(key);
            writer.Text(text);
        }
    }

    private static void ReadField(ref CborSpanReader reader, ref Fields fields, int key)
    {
        switch (key)
        {
            case 0: fields.Name = reader.Bytes().ToArray(); break;
            case 1: fields.Kind = (EntryKind)reader.Kind(1, 7); break;
            case 2: fields.Mode = (uint)reader.Count((int)ModeBits); break;
            case 3: fields.UserId = reader.UInt32(); break;
            case 4: fields.GroupId = reader.UInt32(); break;
            case 5: fields.ModifiedSeconds = reader.Signed(); break;
            case 6: fields.ModifiedNanoseconds = reader.Nanoseconds(); break;
            case 7: fields.ChangedSeconds = reader.Signed(); break;
            case 8: fields.ChangedNanoseconds = reader.Nanoseconds(); break;
            case 9: fields.Inode = reader.Unsigned(); break;
            case 10: fields.Device = reader.Unsigned(); break;
            case 11: fields.Links = reader.UInt32(); break;
            case 12: fields.Size = reader.Count(); break;
            case 13: fields.LinkTarget = reader.Bytes().ToArray(); break;
            case 14: fields.DeviceNumber = ReadDevice(ref reader); break;
            case 15: fields.Attributes = ReadAttributes(ref reader); break;
            case 16: fields.Extents = ReadExtents(ref reader); break;
            case 17: fields.Level = reader.Count(Limits.Levels); break;
            case 18: fields.Content = ReadContent(ref reader); break;
            case 19: fields.Tree = reader.Blob(); break;
            case 20: fields.Grafts = reader.Blob(); break;
            case 21: fields.Class = reader.Text(); break;
            case 22: fields.Period = reader.Text(); break;
            case 23: fields.Marked = reader.True(); break;
            case 24: fields.Subject = reader.Text(); break;
            default: reader.SkipUnknown(key); break;
        }
    }

    private static void CheckFields(in CborSpanReader reader, in CborMap map, EntryKind kind, bool self)
    {
        var device = kind is EntryKind.CharacterDevice or EntryKind.BlockDevice;
        var fits = (kind is EntryKind.File || (map.Seen & FileOnly) == 0)
            && (kind is EntryKind.Directory || (map.Seen & DirectoryOnly) == 0)
            && (kind is EntryKind.File or EntryKind.Directory || !map.Has(23))
            && kind is EntryKind.SymbolicLink == map.Has(13)
            && device == map.Has(14)
            && map.Has(10) == map.Has(11)
            && (!map.Has(17) || map.Has(18))
            && (self ? (map.Seen & NotSelf) == 0 : map.Has(0));
        if (!fits)
        {
            throw reader.Damaged("an entry's kind and its fields do not belong together");
        }
    }

    private static (uint Major, uint Minor) ReadDevice(ref CborSpanReader reader)
    {
        reader.BeginTuple(2);
        return (reader.UInt32(), reader.UInt32());
    }

    private static ExtendedAttribute[] ReadAttributes(ref CborSpanReader reader) => reader.Array(3, static (ref r) =>
    {
        r.BeginTuple(2);
        return new ExtendedAttribute(r.Bytes().ToArray(), r.Bytes().ToArray());
    });

    private static Extent[] ReadExtents(ref CborSpanReader reader) => reader.Array(3, static (ref r) =>
    {
        r.BeginTuple(2);
        return new Extent(r.Count(), r.Count());
    });

    private static BlobReference[] ReadContent(ref CborSpanReader reader)
    {
        var records = reader.Records(ReferenceSize);
        return records.Length > 0 && ReadReferences(records) is { } blobs
            ? blobs
            : throw reader.Damaged("an entry's content is empty or of impossible length");
    }

    private struct Fields
    {
        public byte[]? Name;
        public EntryKind Kind;
        public uint Mode;
        public uint UserId;
        public uint GroupId;
        public long ModifiedSeconds;
        public uint ModifiedNanoseconds;
        public long ChangedSeconds;
        public uint ChangedNanoseconds;
        public ulong Inode;
        public ulong Device;
        public uint Links;
        public long Size;
        public byte[]? LinkTarget;
        public (uint Major, uint Minor) DeviceNumber;
        public ExtendedAttribute[]? Attributes;
        public Extent[]? Extents;
        public int Level;
        public BlobReference[]? Content;
        public BlobId Tree;
        public BlobId Grafts;
        public string? Class;
        public string? Period;
        public bool Marked;
        public string? Subject;
    }
}
