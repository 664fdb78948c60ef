using Backup.Engine.Format;
using CsCheck;

namespace Backup.Engine.Tests.Format;

/// <summary>Arbitrary entries and pages.</summary>
internal static class TreeGens
{
    public static readonly Gen<Entry> Entries = Gen.Select(
        Gen.Select(FormatGens.Names, Gen.Int[1, 7], Gen.UInt[0, 0xFFF], Gen.UInt, Gen.UInt),
        Gen.Select(FormatGens.Times, FormatGens.Times, Gen.ULong, Gen.ULong, Gen.UInt[1, 3]),
        Gen.Select(Gen.Bool.Array[6], FormatGens.BlobIds, FormatGens.TextsOrNull, FormatGens.TextsOrNull),
        Gen.Select(Extents(), FormatGens.References.Array[1, 3], Gen.Int[0, 8], Attributes(), Gen.Byte.Array[1, 30])).Select(Make);

    public static readonly Gen<TreePage> Pages = Gen.OneOf(
        Gen.Select(Entries.Array[0, 8], Entries, Gen.Bool).Select(static (entries, self, withSelf) =>
            (TreePage)new EntryPage(Named([.. Sorted(entries, static entry => entry.Name)]), withSelf ? Self(self) : null)),
        Gen.Select(FormatGens.Names.Array[1, 8], Entries, Gen.Bool).Select(static (names, self, withSelf) =>
        {
            var pages = Sorted(names, static name => name).Select(name => new PageReference(name, new BlobId(self.Inode)));
            return (TreePage)new InnerPage([.. pages], withSelf ? Self(self) : null);
        }),
        FormatGens.Grafts.Select(static grafts => (TreePage)new GraftPage(grafts)),
        FormatGens.Grafts.Where(static grafts => grafts.Count > 0).Select(static grafts => (TreePage)new InnerGraftPage(grafts)));

    /// <summary>Gives owners of one id one name, as on a machine.</summary>
    private static List<Entry> Named(List<Entry> entries)
    {
        foreach (var entry in entries)
        {
            entry.User = entry.UserId % 3 == 0 ? null : $"user{entry.UserId}";
            entry.Group = entry.GroupId % 3 == 0 ? null : $"group{entry.GroupId}";
        }

        return entries;
    }

    private static Entry Self(Entry entry)
    {
        var self = new Entry
        {
            Name = [],
            Kind = EntryKind.Directory,
            Mode = entry.Mode,
            UserId = entry.UserId,
            GroupId = entry.GroupId,
            Modified = entry.Modified,
            Inode = entry.Inode,
            Attributes = entry.Attributes,
            Class = entry.Class,
        };
        return Named([self])[0];
    }

    private static Gen<Extent[]> Extents() => Gen.Select(Gen.Int[0, 1000], Gen.Int[1, 1000]).Array[0, 4].Select(static steps =>
    {
        var end = 0L;
        return steps.Select(step =>
        {
            var extent = new Extent(end + step.Item1, step.Item2);
            end = extent.Offset + extent.Length;
            return extent;
        }).ToArray();
    });

    private static Gen<ExtendedAttribute[]> Attributes() =>
        Gen.Select(FormatGens.Names, Gen.Byte.Array[0, 40], static (name, value) => new ExtendedAttribute(name, value)).Array[0, 3]
            .Select(static attributes => Sorted(attributes, static attribute => attribute.Name).ToArray());

    /// <summary>Ascending by name, bytewise, each name once. The hexadecimal form sorts as the bytes do.</summary>
    private static IEnumerable<T> Sorted<T>(IEnumerable<T> items, Func<T, byte[]> name) => items
        .DistinctBy(item => Convert.ToHexString(name(item)), StringComparer.Ordinal)
        .OrderBy(item => Convert.ToHexString(name(item)), StringComparer.Ordinal);

    private static Entry Make(
        (byte[] Name, int Kind, uint Mode, uint User, uint Group) head,
        (Timestamp Modified, Timestamp Changed, ulong Inode, ulong Device, uint Links) inode,
        (bool[] Present, BlobId Blob, string? One, string? Two) rest,
        (Extent[] Extents, BlobReference[] Blobs, int Level, ExtendedAttribute[] Attributes, byte[] Target) data)
    {
        var (kind, present) = ((EntryKind)head.Kind, rest.Present);
        var (file, directory, device) =
            (kind is EntryKind.File, kind is EntryKind.Directory, kind is EntryKind.CharacterDevice or EntryKind.BlockDevice);
        var size = file ? (data.Extents.Length > 0 ? data.Extents[^1].Offset + data.Extents[^1].Length : 0) + data.Level : 0;
        var held = (file && present[0] ? data.Extents.Sum(static extent => extent.Length) : size) / (present[5] ? 2 : 1);
        return new Entry
        {
            Name = head.Name,
            Kind = kind,
            Mode = head.Mode,
            UserId = head.User,
            GroupId = head.Group,
            Modified = inode.Modified,
            Changed = inode.Changed,
            Inode = inode.Inode,
            Device = inode.Links > 1 ? inode.Device : 0,
            Links = inode.Links,
            Size = size,
            LinkTarget = kind is EntryKind.SymbolicLink ? data.Target : null,
            DeviceNumber = device ? (head.User, head.Group) : default,
            Attributes = data.Attributes,
            Extents = file && present[0] ? data.Extents : null,
            Content = held > 0 ? new ContentReference(data.Level, Blobs(data.Blobs, held)) : null,
            Tree = directory && present[2] ? rest.Blob : null,
            Grafts = directory && present[3] ? rest.Blob : null,
            Class = rest.One,
            Period = rest.Two,
            Subject = rest.One,
            Incomplete = file && present[5],
        };
    }

    /// <summary>Blobs that hold so many bytes together.</summary>
    private static BlobReference[] Blobs(BlobReference[] blobs, long held)
    {
        var first = Math.Max(1, held / 3);
        return held == first
            ? [blobs[0] with { Length = first }]
            : [blobs[0] with { Length = first }, blobs[^1] with { Length = held - first }];
    }
}
