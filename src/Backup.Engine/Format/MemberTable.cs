namespace Backup.Engine.Format;

/// <summary>What kinds of blobs a member holds. The values are stored.</summary>
[Flags]
public enum MemberContent : byte
{
    None = 0,

    /// <summary>File content.</summary>
    Files = 1,

    /// <summary>Pages of trees, or lists of blobs.</summary>
    Trees = 2,
}

/// <summary>A member in a pack.</summary>
/// <param name="Id">Hash of its bytes.</param>
/// <param name="Domain">Whose blobs it holds.</param>
/// <param name="Offset">First byte in the pack.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Content">What it holds.</param>
public readonly record struct MemberEntry(Hash Id, DomainId Domain, int Offset, int Length, MemberContent Content);

/// <summary>The members of a pack. FORMAT.md, section 7.</summary>
/// <param name="Members">Ascending by offset.</param>
/// <param name="Replaces">Packs whose living members this pack took over.</param>
public sealed record MemberTable(IReadOnlyList<MemberEntry> Members, IReadOnlyList<Hash> Replaces)
{
    /// <summary>Bytes before the first member.</summary>
    public const int FirstOffset = 8;

    /// <summary>The bytes before the first member.</summary>
    public static ReadOnlySpan<byte> Magic => "BKPACK01"u8;

    internal const int LeastMemberBytes = 55;

    private const string Thing = "a member table";

    private static readonly ulong Required = CborMap.Keys(0);

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(64 + (68 * Members.Count) + (34 * Replaces.Count));
        var map = writer.BeginMap();
        writer.Key(0);
        writer.BeginArray(Members.Count);
        foreach (var member in Members)
        {
            writer.BeginArray(5);
            WriteMember(ref writer, member);
        }

        writer.Optional(1, Replaces, static (ref w, id) => w.Hash(id));
        writer.EndMap(map);
        return writer.ToArray();
    }

    public static MemberTable Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        MemberEntry[] members = [];
        Hash[] replaces = [];
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: members = ReadMembers(ref reader); break;
                case 1: replaces = reader.Hashes(); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        return new MemberTable(members, replaces);
    }

    internal static void WriteMember(ref CborSpanWriter writer, in MemberEntry member)
    {
        writer.Hash(member.Id);
        writer.Domain(member.Domain);
        writer.Count(member.Offset);
        writer.Count(member.Length);
        writer.Unsigned((ulong)member.Content);
    }

    /// <summary>Reads the five fields of a member and checks that it stands behind what stands before it.</summary>
    internal static MemberEntry ReadMember(ref CborSpanReader reader, ref int end)
    {
        var member = new MemberEntry(
            reader.Hash(), reader.Domain(), reader.Count(Limits.Pack), reader.Count(Limits.Pack), (MemberContent)reader.Kind(1, 3));
        if (member.Offset < end || member.Length > Limits.Pack - member.Offset)
        {
            throw reader.Damaged("its members overlap, are not in order, or exceed a pack");
        }

        end = member.Offset + member.Length;
        return member;
    }

    private static MemberEntry[] ReadMembers(ref CborSpanReader reader)
    {
        var members = new MemberEntry[reader.BeginArray(LeastMemberBytes)];
        var end = FirstOffset;
        for (var i = 0; i < members.Length; i++)
        {
            reader.BeginTuple(5);
            members[i] = ReadMember(ref reader, ref end);
        }

        return members;
    }
}
