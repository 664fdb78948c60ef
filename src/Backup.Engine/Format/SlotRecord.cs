namespace Backup.Engine.Format;

/// <summary>How an unlock slot is opened. The values are stored.</summary>
public enum SlotKind : byte
{
    /// <summary>By the recovery key, which is the slot's seed.</summary>
    Recovery = 1,

    /// <summary>By a passphrase, under which the slot's seed is sealed.</summary>
    Passphrase = 2,
}

/// <summary>What a passphrase is stretched with: Argon2id, one lane.</summary>
/// <param name="MemoryKiB">Kibibytes.</param>
/// <param name="Passes">Iterations.</param>
/// <param name="Salt">16 bytes.</param>
public sealed record Argon2Parameters(int MemoryKiB, int Passes, byte[] Salt)
{
    public const int SaltSize = 16;
    public const int LeastMemoryKiB = 65_536;
    public const int MostMemoryKiB = 1_048_576;
    public const int MostPasses = 16;
}

/// <summary>An unlock slot, <c>slots/…</c>. FORMAT.md, section 6.2.</summary>
/// <param name="RepositoryId">Whose slot it is.</param>
/// <param name="Kind">How it is opened.</param>
/// <param name="PublicKey">X-Wing, 1,216 bytes.</param>
/// <param name="Argon2">For a passphrase, else null.</param>
/// <param name="SealedSeed">For a passphrase: the seed, sealed under the stretched passphrase; else null.</param>
public sealed record SlotRecord(
    Hash RepositoryId, SlotKind Kind, byte[] PublicKey, Argon2Parameters? Argon2 = null, byte[]? SealedSeed = null)
{
    public const int PublicKeySize = 1216;

    private const string Thing = "an unlock slot";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3);

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(1536);
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Unsigned(1);
        writer.Key(1);
        writer.Hash(RepositoryId);
        writer.Key(2);
        writer.Unsigned((ulong)Kind);
        writer.Key(3);
        writer.Bytes(PublicKey);
        if (Kind is SlotKind.Passphrase)
        {
            var (memory, passes, salt) = Argon2 ?? throw new InvalidOperationException("A passphrase slot has Argon2id parameters.");
            writer.Key(4);
            writer.BeginArray(4);
            writer.Count(memory);
            writer.Count(passes);
            writer.Unsigned(1);
            writer.Bytes(salt);
            writer.Key(5);
            writer.Bytes(SealedSeed);
        }

        writer.EndMap(map);
        return writer.ToArray();
    }

    public static SlotRecord Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        var (id, kind, publicKey) = (default(Hash), SlotKind.Recovery, Array.Empty<byte>());
        Argon2Parameters? argon2 = null;
        byte[]? sealedSeed = null;
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: reader.Version(); break;
                case 1: id = reader.Hash(); break;
                case 2: kind = (SlotKind)reader.Kind(1, 2); break;
                case 3: publicKey = reader.Bytes(PublicKeySize).ToArray(); break;
                case 4: argon2 = ReadArgon2(ref reader); break;
                case 5: sealedSeed = reader.Bytes().ToArray(); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        if (kind is SlotKind.Passphrase != (argon2 is not null && sealedSeed is not null) || argon2 is null != sealedSeed is null)
        {
            throw reader.Damaged("its kind and its fields do not belong together");
        }

        return new SlotRecord(id, kind, publicKey, argon2, sealedSeed);
    }

    private static Argon2Parameters ReadArgon2(ref CborSpanReader reader)
    {
        reader.BeginTuple(4);
        var (memory, passes, lanes) = (reader.Count(int.MaxValue), reader.Count(int.MaxValue), reader.Unsigned());
        var salt = reader.Bytes(Argon2Parameters.SaltSize).ToArray();
        if (memory is < Argon2Parameters.LeastMemoryKiB or > Argon2Parameters.MostMemoryKiB ||
            passes is < 1 or > Argon2Parameters.MostPasses || lanes != 1)
        {
            throw reader.Damaged("its Argon2id parameters are out of bounds");
        }

        return new Argon2Parameters(memory, passes, salt);
    }
}
