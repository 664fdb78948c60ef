using System.Globalization;
using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Indexing;

namespace Backup.Engine.Tests.Indexing;

/// <summary>Made-up ids that say in a failing test what they are of.</summary>
internal static class Ids
{
    public static Hash Repository { get; } = Hash("repository", 0);

    public static Hash Pack(int i) => Hash("pack", i);

    public static Hash Index(int i) => Hash("index", i);

    public static Hash Inventory(int i) => Hash("inventory", i);

    public static Hash Member(int i) => Hash("member", i);

    public static DomainId Domain(int i) => new(Hash("domain", i).High);

    public static BlobId Blob(int i) => new(Hash("blob", i).High);

    public static Hash Hash(string what, int i) => Engine.Format.Hash.Of(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what} {i}")));

    /// <summary>Member i holds the blobs i and i+1, in the domain i / 2.</summary>
    public static IndexedMember IndexedMember(int i, int offset) =>
        new(new MemberEntry(Member(i), Domain(i / 2), offset, 100 + i, MemberContent.Files), [Blob(i), Blob(i + 1)]);

    public static IndexedPack IndexedPack(int pack, params int[] members) =>
        new(Pack(pack), 1000 + pack, [.. members.Select((member, position) => IndexedMember(member, 8 + (200 * position)))]);

    public static MemberPlace Place(int member, int pack, ObjectState state, int offset = 8) =>
        new(Member(member), Domain(member / 2), MemberContent.Files, Pack(pack), state, offset, 100 + member);

    public static InventoryRecord Adds(params int[] packs) =>
        new(Repository, [.. packs.Select(pack => new InventoryObject(ObjectClass.Pack, Pack(pack), 1000 + pack))], []);

    public static InventoryRecord Condemns(params int[] packs) =>
        new(Repository, [], [.. packs.Select(pack => new CondemnedObject(ObjectClass.Pack, Pack(pack)))]);

    public static FaultyCopy Lacks(int pack) => new(ObjectClass.Pack, Pack(pack), CopyFault.Missing);
}
