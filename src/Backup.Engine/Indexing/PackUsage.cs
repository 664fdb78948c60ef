using Backup.Engine.Format;

namespace Backup.Engine.Indexing;

/// <summary>How much of a live pack is still needed.</summary>
/// <param name="Id">The pack.</param>
/// <param name="Length">Bytes of the pack.</param>
internal sealed record PackUsage(Hash Id, long Length)
{
    /// <summary>Bytes of its members of which something is needed, each counted by the share of its blobs that is. A guess: the lengths of blobs stand in the members only.</summary>
    public double LiveBytes { get; set; }

    /// <summary>Whether a blob of it is needed that no other live pack holds.</summary>
    public bool IsNeeded { get; set; }

    /// <summary>Whether it holds a small part of the data of a domain that lies in many such parts.</summary>
    public bool IsScattered { get; set; }

    /// <summary>Bytes of all its members: what is around them is as large in a pack that is written anew.</summary>
    public double MemberBytes { get; set; }

    /// <summary>Bytes of its members that nobody needs.</summary>
    public double DeadBytes => Math.Max(0, MemberBytes - LiveBytes);

    /// <summary>The share of its members that nobody needs.</summary>
    public double DeadShare => MemberBytes == 0 ? 0 : DeadBytes / MemberBytes;
}

/// <summary>What the packs are still needed for.</summary>
/// <param name="Packs">Every live pack of which it is known what stands in it.</param>
/// <param name="Condemned">Condemned packs that hold a needed blob which stands nowhere else.</param>
/// <param name="Lost">How many needed blobs stand in no pack at all.</param>
internal sealed record CatalogUsage(IReadOnlyList<PackUsage> Packs, IReadOnlySet<Hash> Condemned, long Lost);
