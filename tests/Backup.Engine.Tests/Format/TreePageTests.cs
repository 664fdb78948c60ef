using Backup.Engine.Format;

namespace Backup.Engine.Tests.Format;

public sealed class TreePageTests
{
    [Theory]
    [InlineData("2E")]
    [InlineData("2E2E")]
    [InlineData("612F62")]
    [InlineData("6100")]
    [InlineData("")]
    public void Decode_NameThatLeadsElsewhere_IsDamaged(string hex)
    {
        // A writer refuses such a name, so one of the same length is written and then altered.
        var name = Convert.FromHexString(hex);
        var harmless = new byte[name.Length];
        harmless.AsSpan().Fill((byte)'x');
        if (name.Length == 0)
        {
            Assert.Throws<InvalidOperationException>(() => new EntryPage([File(name)]).Encode());
            return;
        }

        var page = new EntryPage([File(harmless)]).Encode();
        byte[] pair = [0x00, (byte)(0x40 + name.Length), .. harmless];
        name.CopyTo(page, page.AsSpan().IndexOf(pair) + 2);
        Assert.Throws<DamagedException>(() => TreePage.Decode(page));
        Assert.Throws<InvalidOperationException>(() => new EntryPage([File(name)]).Encode());
    }

    [Fact]
    public void Encode_EntriesNotAscending_IsRefused()
    {
        Assert.Throws<InvalidOperationException>(() => new EntryPage([File("b"u8), File("a"u8)]).Encode());
        Assert.Throws<InvalidOperationException>(() => new EntryPage([File("a"u8), File("a"u8)]).Encode());
    }

    [Fact]
    public void Encode_PageTooLarge_IsRefused() =>
        Assert.Throws<InvalidOperationException>(() => new EntryPage([File("a"u8, new byte[Limits.Page])]).Encode());

    [Fact]
    public void Decode_OwnersOfAPage_GiveNamesByIdToAll()
    {
        Entry[] entries =
        [
            new() { Name = [1], Kind = EntryKind.File, UserId = 5, User = "ada", GroupId = 9 },
            new() { Name = [2], Kind = EntryKind.File, UserId = 5, GroupId = 9, Group = "staff" },
            new() { Name = [3], Kind = EntryKind.File, UserId = 6 },
        ];
        var page = (EntryPage)TreePage.Decode(new EntryPage(entries).Encode());
        Assert.Equal("ada,ada,", string.Join(',', page.Entries.Select(static entry => entry.User)));
        Assert.Equal("staff,staff,", string.Join(',', page.Entries.Select(static entry => entry.Group)));
    }

    [Fact]
    public void Encode_FieldsOfAnotherKind_AreLeftOut()
    {
        var content = new ContentReference(0, [new BlobReference(default, 1)]);
        Entry directory = new() { Name = [1], Kind = EntryKind.Directory, Size = 4096, Content = content };
        var read = ((EntryPage)TreePage.Decode(new EntryPage([directory]).Encode())).Entries[0];
        Assert.Equal(0, read.Size);
        Assert.Null(read.Content);
    }

    [Theory]
    [InlineData("an extent beyond the size")]
    [InlineData("an empty extent")]
    [InlineData("extents that overlap")]
    [InlineData("too much content")]
    [InlineData("too little content")]
    [InlineData("attributes not in order")]
    [InlineData("a link without a target")]
    [InlineData("a self that is no directory")]
    public void Encode_EntryThatAReaderRefuses_IsRefused(string what)
    {
        var file = TenBytes(10);
        TreePage page = what switch
        {
            "an extent beyond the size" => new EntryPage([TenBytes(9, new Extent(0, 10))]),
            "an empty extent" => new EntryPage([TenBytes(10, new Extent(0, 0), new Extent(0, 10))]),
            "extents that overlap" => new EntryPage([TenBytes(10, new Extent(0, 6), new Extent(5, 4))]),
            "too much content" => new EntryPage([TenBytes(9)]),
            "too little content" => new EntryPage([TenBytes(11)]),
            "attributes not in order" =>
                new EntryPage([new() { Name = [1], Kind = EntryKind.Fifo, Attributes = [new([2], []), new([1], [])] }]),
            "a link without a target" => new EntryPage([new() { Name = [1], Kind = EntryKind.SymbolicLink }]),
            _ => new EntryPage([file], file),
        };
        Assert.Throws<InvalidOperationException>(page.Encode);
        Assert.Equal(10, ((EntryPage)TreePage.Decode(new EntryPage([file]).Encode())).Entries[0].Size);
    }

    [Fact]
    public void Decode_EntryThatAWriterRefuses_IsDamaged()
    {
        // One byte less than the size says: the size is the last thing before the content.
        var page = new EntryPage([TenBytes(10)]).Encode();
        var size = page.AsSpan().IndexOf([(byte)12, (byte)10]);
        page[size + 1]++;
        Assert.Throws<DamagedException>(() => TreePage.Decode(page));
    }

    [Fact]
    public void Encode_TwoGraftsOfOneDomain_IsRefused() =>
        Assert.Throws<InvalidOperationException>(
            new GraftPage([new Graft(new DomainId(1), new BlobId(1)), new Graft(new DomainId(1), new BlobId(2))]).Encode);

    [Fact]
    public void Decode_InnerPageWithNothingBelow_IsDamaged()
    {
        Assert.Throws<DamagedException>(() => TreePage.Decode(new InnerPage([]).Encode()));
        Assert.Throws<DamagedException>(() => TreePage.Decode(new InnerGraftPage([]).Encode()));
        Assert.Empty(((GraftPage)TreePage.Decode(new GraftPage([]).Encode())).Grafts);
    }

    [Fact]
    public void Encode_SelfWithTreeAndGrafts_LeavesThemOut()
    {
        Entry self = new() { Name = [1], Kind = EntryKind.Directory, Mode = 7, Tree = new BlobId(1), Grafts = new BlobId(2) };
        var read = ((EntryPage)TreePage.Decode(new EntryPage([], self).Encode())).Self!;
        Assert.Equal(7u, read.Mode);
        Assert.Null(read.Tree ?? read.Grafts);
        Assert.Empty(read.Name);
    }

    [Fact]
    public void EstimateLength_ManyEntries_IsEnough()
    {
        byte[] rest = [.. Enumerable.Repeat((byte)'n', 200)];
        Entry[] entries = [.. Enumerable.Range('0', 200).Select(i => File([(byte)i, .. rest], new byte[i]))];
        var text = new EntryPage(entries).Encode();
        Assert.InRange(text.Length, 1, entries.Sum(EntryPage.EstimateLength));
    }

    [Fact]
    public void Decode_ContentList_IsTheSame()
    {
        BlobReference[] blobs = [new(new BlobId(7), 1), new(new BlobId(8), long.MaxValue - 1)];
        Assert.Equal(blobs, ContentList.Decode(ContentList.Encode(blobs)));
    }

    [Fact]
    public void Decode_ContentListOfImpossibleLength_IsDamaged()
    {
        Assert.Throws<DamagedException>(() => ContentList.Decode([]));
        Assert.Throws<DamagedException>(() => ContentList.Decode(new byte[25]));
        Assert.Throws<DamagedException>(() => ContentList.Decode(ContentList.Encode([new BlobReference(default, 0)])));
        Assert.Throws<DamagedException>(() => ContentList.Decode(ContentList.Encode([new BlobReference(default, -1)])));
        Assert.Throws<DamagedException>(
            () => ContentList.Decode(ContentList.Encode([new BlobReference(default, long.MaxValue), new BlobReference(default, 1)])));
    }

    private static Entry TenBytes(long size, params Extent[] extents) => new()
    {
        Name = [1],
        Kind = EntryKind.File,
        Size = size,
        Extents = extents.Length > 0 ? extents : null,
        Content = new ContentReference(0, [new BlobReference(default, 10)]),
    };

    private static Entry File(ReadOnlySpan<byte> name, byte[]? attribute = null) => new()
    {
        Name = name.ToArray(),
        Kind = EntryKind.File,
        Attributes = attribute is null ? [] : [new ExtendedAttribute([1], attribute)],
    };
}
