namespace Backup.Engine.Format;

/// <summary>What a ledger entry is about. The values are stored.</summary>
public enum LedgerKind : byte
{
    Opened = 1,
    Backup = 2,
    Progress = 3,
    Takeover = 4,
    Join = 5,
    EpochOpened = 6,
    EpochClosed = 7,
    Sites = 8,
    Verified = 9,
    Drilled = 10,
    Forgotten = 11,
    Condemned = 12,
    Deleted = 13,
    Erased = 14,
    Attested = 15,
    Accessed = 16,
    Synchronized = 17,

    /// <summary>Of the keyring ties, holds, restrictions or open requests changed.</summary>
    Duties = 18,
}

/// <summary>Where a site stands in its life. The values are stored.</summary>
public enum SiteState : byte
{
    /// <summary>Named before its first object stands there.</summary>
    Awaited = 0,

    Active = 1,

    /// <summary>Counts nowhere any more.</summary>
    Retired = 2,
}

/// <summary>A time in which one owner writes. Of two terms the larger is the current one.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Random">Decides between two terms of one number.</param>
/// <param name="OwnerPublicKey">Ed25519, 32 bytes: signs the entries of the term.</param>
/// <param name="Signature">64 bytes, by the root key.</param>
public sealed record TermRecord(long Number, Id128 Random, byte[] OwnerPublicKey, byte[] Signature) : IComparable<TermRecord>
{
    public int CompareTo(TermRecord? other) =>
        other is null ? 1 : Number != other.Number ? Number.CompareTo(other.Number) : Random.CompareTo(other.Random);

    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(4);
        writer.Count(Number);
        writer.Random(Random);
        writer.Bytes(OwnerPublicKey);
        writer.Bytes(Signature);
    }

    internal static TermRecord Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(4);
        var (number, random, owner) = (reader.Count(), reader.Random(), reader.Bytes(32).ToArray());
        return new TermRecord(number, random, owner, reader.Bytes(LedgerEntry.SignatureSize).ToArray());
    }
}

/// <summary>The epoch that is current, and every object that belongs to it.</summary>
/// <param name="Id">Which one.</param>
/// <param name="Root">Hash of the keyring root.</param>
/// <param name="Objects">Of <c>epochs/</c> and <c>keyring/</c>, ascending by name.</param>
public sealed record LedgerEpoch(EpochId Id, Hash Root, IReadOnlyList<NamedObject> Objects)
{
    /// <summary>Every shard, the root, and the two objects of the epoch.</summary>
    private const int MostObjects = (1 << Limits.ShardBits) + 3;

    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(4);
        writer.Count(Id.Number);
        writer.Random(Id.Random);
        writer.Hash(Root);
        writer.Array(Objects, static (ref w, item) =>
        {
            w.BeginArray(2);
            w.Text(item.Name);
            w.Hash(item.Hash);
        });
    }

    internal static LedgerEpoch Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(4);
        var id = new EpochId(reader.Count(EpochId.Limit), reader.Random());
        var epoch = new LedgerEpoch(id, reader.Hash(), reader.Array(36, ReadObject, MostObjects));
        for (var i = 1; i < epoch.Objects.Count; i++)
        {
            if (string.CompareOrdinal(epoch.Objects[i - 1].Name, epoch.Objects[i].Name) >= 0)
            {
                throw reader.Damaged("the objects of its epoch are not in order");
            }
        }

        return epoch;
    }

    private static NamedObject ReadObject(ref CborSpanReader reader)
    {
        reader.BeginTuple(2);
        return new NamedObject(reader.Text(), reader.Hash());
    }
}

/// <summary>An object and the hash of its bytes.</summary>
/// <param name="Name">Its whole name at a site.</param>
/// <param name="Hash">Of its bytes.</param>
public readonly record struct NamedObject(string Name, Hash Hash);

/// <summary>A site as the ledger knows it.</summary>
/// <param name="Id">As in the policy.</param>
/// <param name="Kind">local, s3, azure, sftp.</param>
/// <param name="City">Where it is.</param>
/// <param name="Country">Two letters.</param>
/// <param name="State">Where it stands in its life.</param>
/// <param name="Since">Seconds since 1970: since when it is in that state.</param>
public sealed record SiteRecord(string Id, string Kind, string City, string Country, SiteState State, long Since)
{
    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(6);
        writer.Text(Id);
        writer.Text(Kind);
        writer.Text(City);
        writer.Text(Country);
        writer.Unsigned((ulong)State);
        writer.Signed(Since);
    }

    internal static SiteRecord Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(6);
        var (id, kind, city, country) = (reader.Text(), reader.Text(), reader.Text(), reader.Text());
        return new SiteRecord(id, kind, city, country, (SiteState)reader.Kind(0, 2), reader.Signed());
    }
}

/// <summary>An object named by its hash, with its length.</summary>
/// <param name="Id">Hash of its bytes.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct ObjectReference(Hash Id, long Length)
{
    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(2);
        writer.Hash(Id);
        writer.Count(Length);
    }

    internal static ObjectReference Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(2);
        return new ObjectReference(reader.Hash(), reader.Count());
    }
}

/// <summary>Until when a store keeps an object against everybody.</summary>
/// <param name="Name">Its whole name at a site.</param>
/// <param name="Lock">Kind of lock, in the words of the policy.</param>
/// <param name="Until">Seconds since 1970.</param>
public sealed record LockRecord(string Name, string Lock, long Until)
{
    /// <summary>No name of an object is shorter than <c>repository</c>.</summary>
    internal const int LeastBytes = 14;

    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(3);
        writer.Text(Name);
        writer.Text(Lock);
        writer.Signed(Until);
    }

    internal static LockRecord Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(3);
        return new LockRecord(reader.Text(), reader.Text(), reader.Signed());
    }
}
