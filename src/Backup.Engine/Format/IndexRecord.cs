namespace Backup.Engine.Format;

/// <summary>A member as the index knows it.</summary>
/// <param name="Member">Its line of the member table.</param>
/// <param name="Blobs">In the order of its footer.</param>
public sealed record IndexedMember(MemberEntry Member, IReadOnlyList<BlobId> Blobs);

/// <summary>A pack as the index knows it.</summary>
/// <param name="Id">Hash of the pack.</param>
/// <param name="Length">Bytes of the pack.</param>
/// <param name="Members">Ascending by offset.</param>
public sealed record IndexedPack(Hash Id, int Length, IReadOnlyList<IndexedMember> Members);

/// <summary>Where the blobs of some packs are, <c>index/…</c>. FORMAT.md, section 8.1.</summary>
/// <param name="Packs">In any order.</param>
public sealed record IndexRecord(IReadOnlyList<IndexedPack> Packs)
{
    private const string Thing = "an index";
    private const int LeastPackBytes = 37;

    private static readonly ulong Required = CborMap.Keys(0);

    public byte[] Encode()
    {
        var members = Packs.SelectMany(static pack => pack.Members);
        var writer = new CborSpanWriter(64 + (48 * Packs.Count) + members.Sum(static member => 76 + (BlobId.Size * member.Blobs.Count)));
        var map = writer.BeginMap();
        writer.Key(0);
        writer.BeginArray(Packs.Count);
        foreach (var pack in Packs)
        {
            writer.BeginArray(3);
            writer.Hash(pack.Id);
            writer.Count(pack.Length);
            writer.BeginArray(pack.Members.Count);
            foreach (var member in pack.Members)
            {
                writer.BeginArray(6);
                MemberTable.WriteMember(ref writer, member.Member);
                WriteBlobs(writer.BytesOf(BlobId.Size * member.Blobs.Count), member.Blobs);
            }
        }

        writer.EndMap(map);
        return writer.ToArray();
    }

    public static IndexRecord Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        IndexedPack[] packs = [];
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: packs = reader.Array(LeastPackBytes, ReadPack); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        return new IndexRecord(packs);
    }

    private static void WriteBlobs(Span<byte> destination, IReadOnlyList<BlobId> blobs)
    {
        for (var i = 0; i < blobs.Count; i++)
        {
            blobs[i].Write(destination[(BlobId.Size * i)..]);
        }
    }

    private static IndexedPack ReadPack(ref CborSpanReader reader)
    {
        reader.BeginTuple(3);
        var (id, length) = (reader.Hash(), reader.Count(Limits.Pack));
        var members = new IndexedMember[reader.BeginArray(MemberTable.LeastMemberBytes)];
        var end = MemberTable.FirstOffset;
        for (var i = 0; i < members.Length; i++)
        {
            reader.BeginTuple(6);
            var member = MemberTable.ReadMember(ref reader, ref end);
            members[i] = new IndexedMember(member, ReadBlobs(ref reader));
        }

        return end <= Math.Max(length, MemberTable.FirstOffset)
            ? new IndexedPack(id, length, members)
            : throw reader.Damaged("a member exceeds its pack");
    }

    private static BlobId[] ReadBlobs(ref CborSpanReader reader)
    {
        var records = reader.Records(BlobId.Size);
        var blobs = new BlobId[records.Length / BlobId.Size];
        for (var i = 0; i < blobs.Length; i++)
        {
            blobs[i] = BlobId.Read(records[(BlobId.Size * i)..]);
        }

        return blobs;
    }
}
