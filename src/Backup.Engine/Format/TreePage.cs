namespace Backup.Engine.Format;

/// <summary>
/// A page of a tree, stored as a blob of kind 1: <see cref="EntryPage"/>, <see cref="InnerPage"/>, <see cref="GraftPage"/> or
/// <see cref="InnerGraftPage"/>. FORMAT.md, section 9.1.
/// </summary>
public abstract record TreePage
{
    private const string Thing = "a page of a tree";

    private static readonly ulong Required = CborMap.Keys(0, 2);

    private protected TreePage()
    {
    }

    /// <exception cref="InvalidOperationException">
    /// Items are not in order, a name is impossible, or the page would exceed <see cref="Limits.Page"/>: a writer's fault.
    /// </exception>
    public byte[] Encode()
    {
        var writer = new CborSpanWriter(EstimateLength());
        var map = writer.BeginMap();
        writer.Key(0);
        WriteItems(ref writer);
        writer.EndMap(map);
        return writer.Length <= Limits.Page ? writer.ToArray() : throw new InvalidOperationException("The page is too large.");
    }

    public static TreePage Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        if (text.Length > Limits.Page)
        {
            throw reader.Damaged("it is too large");
        }

        var (kind, self, page) = (-1, (Entry?)null, (TreePage?)null);
        var names = default(OwnerNames);
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: kind = reader.Kind(0, 3); break;
                case 1: self = EntryCodec.Read(ref reader, self: true); break;
                case 2: page = ReadItems(ref reader, kind, self); break;
                case 3: names.ReadUsers(ref reader); break;
                case 4: names.ReadGroups(ref reader); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        if (kind > 1 && (self is not null || map.Has(3) || map.Has(4)))
        {
            throw reader.Damaged("it has grafts and entries");
        }

        names.Apply(page, self);
        return page!;
    }

    private protected abstract int EstimateLength();

    /// <summary>Writes the kind behind key 0, and all further pairs.</summary>
    private protected abstract void WriteItems(ref CborSpanWriter writer);

    private static TreePage ReadItems(ref CborSpanReader reader, int kind, Entry? self) => kind switch
    {
        0 => EntryPage.Read(ref reader, self),
        1 => InnerPage.Read(ref reader, self),
        2 => GraftPage.Read(ref reader),
        3 => InnerGraftPage.Read(ref reader),
        _ => throw reader.Damaged("a field is missing"),
    };
}

/// <summary>Entries of a directory.</summary>
/// <param name="Entries">Ascending by name, bytewise.</param>
/// <param name="Self">The directory's own metadata, on the first page of a snapshot's root and of a tree that hangs as a graft.</param>
public sealed record EntryPage(IReadOnlyList<Entry> Entries, Entry? Self = null) : TreePage
{
    /// <summary>At least the bytes an entry adds to a page.</summary>
    public static int EstimateLength(Entry entry) => EntryCodec.EstimateLength(entry);

    internal static EntryPage Read(ref CborSpanReader reader, Entry? self)
    {
        var entries = new Entry[reader.BeginArray(EntryCodec.LeastBytes)];
        for (var i = 0; i < entries.Length; i++)
        {
            entries[i] = EntryCodec.Read(ref reader, self: false);
            if (i > 0 && entries[i - 1].Name.AsSpan().SequenceCompareTo(entries[i].Name) >= 0)
            {
                throw reader.Damaged("its entries are not in order");
            }
        }

        return new EntryPage(entries, self);
    }

    private protected override int EstimateLength()
    {
        var length = 256;
        foreach (var entry in Entries)
        {
            length += EntryCodec.EstimateLength(entry);
        }

        return length;
    }

    private protected override void WriteItems(ref CborSpanWriter writer)
    {
        writer.Unsigned(0);
        if (Self is not null)
        {
            writer.Key(1);
            EntryCodec.Write(ref writer, Self, self: true);
        }

        writer.Key(2);
        writer.BeginArray(Entries.Count);
        ReadOnlySpan<byte> last = default;
        foreach (var entry in Entries)
        {
            if (last.SequenceCompareTo(entry.Name) >= 0)
            {
                throw new InvalidOperationException("A page cannot be written: its entries are not in order, or a name is empty.");
            }

            last = entry.Name;
            EntryCodec.Write(ref writer, entry, self: false);
        }

        OwnerNames.Write(ref writer, Entries, Self);
    }
}

/// <summary>Pages of a directory, by the first name below each.</summary>
/// <param name="Pages">Ascending by name, bytewise.</param>
/// <param name="Self">As in <see cref="EntryPage"/>.</param>
public sealed record InnerPage(IReadOnlyList<PageReference> Pages, Entry? Self = null) : TreePage
{
    internal static InnerPage Read(ref CborSpanReader reader, Entry? self)
    {
        var pages = new PageReference[reader.BeginArray(20)];
        for (var i = 0; i < pages.Length; i++)
        {
            reader.BeginTuple(2);
            pages[i] = new PageReference(reader.Bytes().ToArray(), reader.Blob());
            if (!EntryRules.IsName(pages[i].FirstName) ||
                (i > 0 && pages[i - 1].FirstName.AsSpan().SequenceCompareTo(pages[i].FirstName) >= 0))
            {
                throw reader.Damaged("its pages are not in order");
            }
        }

        return pages.Length > 0 ? new InnerPage(pages, self) : throw reader.Damaged("it has nothing below");
    }

    private protected override int EstimateLength() => 512 + Pages.Sum(static page => 22 + page.FirstName.Length);

    private protected override void WriteItems(ref CborSpanWriter writer)
    {
        writer.Unsigned(1);
        if (Self is not null)
        {
            writer.Key(1);
            EntryCodec.Write(ref writer, Self, self: true);
        }

        writer.Key(2);
        writer.Array(Pages, static (ref w, page) =>
        {
            w.BeginArray(2);
            w.Bytes(page.FirstName);
            w.Blob(page.Page);
        });
        OwnerNames.Write(ref writer, [], Self);
    }
}

/// <summary>A page below an inner page.</summary>
/// <param name="FirstName">The first name below it.</param>
/// <param name="Page">Its blob.</param>
public readonly record struct PageReference(byte[] FirstName, BlobId Page);

/// <summary>Grafts that hang in a directory: whose they are is known to nobody who lacks the keys of their domains.</summary>
/// <param name="Grafts">Ascending by domain, each domain once.</param>
public sealed record GraftPage(IReadOnlyList<Graft> Grafts) : TreePage
{
    internal static GraftPage Read(ref CborSpanReader reader) => new(Graft.ReadAll(ref reader));

    private protected override int EstimateLength() => 64 + (Graft.Size * Grafts.Count);

    private protected override void WriteItems(ref CborSpanWriter writer)
    {
        writer.Unsigned(2);
        writer.Key(2);
        Graft.WriteAll(ref writer, Grafts);
    }
}

/// <summary>Pages of grafts, by the first domain below each.</summary>
/// <param name="Pages">Ascending; <see cref="Graft.Tree"/> is the blob of the page below.</param>
public sealed record InnerGraftPage(IReadOnlyList<Graft> Pages) : TreePage
{
    internal static InnerGraftPage Read(ref CborSpanReader reader) =>
        Graft.ReadAll(ref reader) is { Length: > 0 } pages ? new InnerGraftPage(pages) : throw reader.Damaged("it has nothing below");

    private protected override int EstimateLength() => 64 + (Graft.Size * Pages.Count);

    private protected override void WriteItems(ref CborSpanWriter writer)
    {
        writer.Unsigned(3);
        writer.Key(2);
        Graft.WriteAll(ref writer, Pages);
    }
}

/// <summary>The place where a domain's entries of a directory hang.</summary>
/// <param name="Domain">Whose entries.</param>
/// <param name="Tree">The first page of their tree, in that domain.</param>
public readonly record struct Graft(DomainId Domain, BlobId Tree) : IComparable<Graft>
{
    internal const int Size = DomainId.Size + BlobId.Size;

    public int CompareTo(Graft other) => Domain != other.Domain ? Domain.CompareTo(other.Domain) : Tree.CompareTo(other.Tree);

    internal static void WriteAll(ref CborSpanWriter writer, IReadOnlyList<Graft> grafts)
    {
        var destination = writer.BytesOf(Size * grafts.Count);
        for (var i = 0; i < grafts.Count; i++, destination = destination[Size..])
        {
            if (i > 0 && grafts[i - 1].Domain.CompareTo(grafts[i].Domain) >= 0)
            {
                throw new InvalidOperationException("A page cannot be written: its grafts are not in order, or two are of one domain.");
            }

            grafts[i].Domain.Write(destination);
            grafts[i].Tree.Write(destination[DomainId.Size..]);
        }
    }

    internal static Graft[] ReadAll(ref CborSpanReader reader)
    {
        var records = reader.Records(Size);
        var grafts = new Graft[records.Length / Size];
        for (var i = 0; i < grafts.Length; i++, records = records[Size..])
        {
            grafts[i] = new Graft(DomainId.Read(records), BlobId.Read(records[DomainId.Size..]));
            if (i > 0 && grafts[i - 1].Domain.CompareTo(grafts[i].Domain) >= 0)
            {
                throw reader.Damaged("its grafts are not in order");
            }
        }

        return grafts;
    }
}
