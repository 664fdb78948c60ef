namespace Backup.Engine.Format;

/// <summary>The site secret of an epoch, <c>epochs/…/s</c>. Never kept anywhere but at the sites. FORMAT.md, section 6.3.</summary>
/// <param name="RepositoryId">Whose epoch it is.</param>
/// <param name="Epoch">Which one.</param>
/// <param name="Secret">S_n, 32 bytes.</param>
public sealed record EpochSecretRecord(Hash RepositoryId, EpochId Epoch, byte[] Secret)
{
    public const int SecretSize = 32;

    private const string Thing = "the site secret of an epoch";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3, 4);

    /// <returns>Pinned; the caller wipes it after the put.</returns>
    public byte[] Encode()
    {
        var writer = new CborSpanWriter(128, secret: true);
        var map = writer.BeginMap();
        EpochShareRecord.WriteHead(ref writer, RepositoryId, Epoch);
        writer.Key(4);
        writer.Bytes(Secret);
        writer.EndMap(map);
        return writer.ToArray();
    }

    public static EpochSecretRecord Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        var (id, number, random) = (default(Hash), 0, default(Id128));
        var secret = GC.AllocateArray<byte>(SecretSize, pinned: true);
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: reader.Version(); break;
                case 1: id = reader.Hash(); break;
                case 2: number = reader.Count(EpochId.Limit); break;
                case 3: random = reader.Random(); break;
                case 4: reader.Bytes(SecretSize).CopyTo(secret); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        return new EpochSecretRecord(id, new EpochId(number, random), secret);
    }
}
