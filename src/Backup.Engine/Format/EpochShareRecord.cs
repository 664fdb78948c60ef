namespace Backup.Engine.Format;

/// <summary>The share of an epoch, encapsulated to every slot, <c>epochs/…/a</c>. FORMAT.md, section 6.3.</summary>
/// <param name="RepositoryId">Whose epoch it is.</param>
/// <param name="Epoch">Which one.</param>
/// <param name="Shares">Ascending by slot id.</param>
public sealed record EpochShareRecord(Hash RepositoryId, EpochId Epoch, IReadOnlyList<EncapsulatedShare> Shares)
{
    public const int CiphertextSize = 1120;

    private const string Thing = "the share of an epoch";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3, 4);

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(128 + (1400 * Shares.Count));
        var map = writer.BeginMap();
        WriteHead(ref writer, RepositoryId, Epoch);
        writer.Key(4);
        writer.Array(Shares, static (ref w, share) =>
        {
            w.BeginArray(3);
            w.Hash(share.Slot);
            w.Bytes(share.Ciphertext);
            w.Bytes(share.SealedShare);
        });
        writer.EndMap(map);
        return writer.ToArray();
    }

    public static EpochShareRecord Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        var (id, number, random) = (default(Hash), 0, default(Id128));
        EncapsulatedShare[] shares = [];
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: reader.Version(); break;
                case 1: id = reader.Hash(); break;
                case 2: number = reader.Count(EpochId.Limit); break;
                case 3: random = reader.Random(); break;
                case 4: shares = reader.Array(CiphertextSize, ReadShare); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        if (shares.Length > Limits.Slots || !Ordered.IsAscending(shares, static share => share.Slot))
        {
            throw reader.Damaged("its slots are too many or not in order");
        }

        return new EpochShareRecord(id, new EpochId(number, random), shares);
    }

    /// <summary>Writes what both objects of an epoch begin with.</summary>
    internal static void WriteHead(ref CborSpanWriter writer, Hash repositoryId, EpochId epoch)
    {
        writer.Key(0);
        writer.Unsigned(1);
        writer.Key(1);
        writer.Hash(repositoryId);
        writer.Key(2);
        writer.Count(epoch.Number);
        writer.Key(3);
        writer.Random(epoch.Random);
    }

    private static EncapsulatedShare ReadShare(ref CborSpanReader reader)
    {
        reader.BeginTuple(3);
        return new EncapsulatedShare(reader.Hash(), reader.Bytes(CiphertextSize).ToArray(), reader.Bytes().ToArray());
    }
}

/// <summary>The share of an epoch for one slot.</summary>
/// <param name="Slot">Its id.</param>
/// <param name="Ciphertext">X-Wing, 1,120 bytes.</param>
/// <param name="SealedShare">a_n, sealed under the shared secret.</param>
public sealed record EncapsulatedShare(Hash Slot, byte[] Ciphertext, byte[] SealedShare);
