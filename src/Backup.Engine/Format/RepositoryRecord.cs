namespace Backup.Engine.Format;

/// <summary>The object <c>repository</c>: a signed body. The signature is checked in Keys. FORMAT.md, section 6.1.</summary>
/// <param name="Body">An encoded <see cref="RepositoryBody"/>: what is signed.</param>
/// <param name="Signature">64 bytes.</param>
public sealed record RepositoryRecord(byte[] Body, byte[] Signature)
{
    public const int SignatureSize = 64;

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(Body.Length + 80);
        writer.BeginArray(2);
        writer.Bytes(Body);
        writer.Bytes(Signature);
        return writer.ToArray();
    }

    public static RepositoryRecord Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, "the object 'repository'");
        reader.BeginTuple(2);
        var record = new RepositoryRecord(reader.Bytes().ToArray(), reader.Bytes(SignatureSize).ToArray());
        reader.End();
        return record;
    }
}

/// <summary>What a repository is.</summary>
/// <param name="RepositoryId">The hash of <paramref name="RootPublicKey"/>.</param>
/// <param name="RootPublicKey">Ed25519, 32 bytes.</param>
/// <param name="Created">Seconds since 1970.</param>
public sealed record RepositoryBody(Hash RepositoryId, byte[] RootPublicKey, long Created)
{
    private const string Thing = "the object 'repository'";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3, 4, 5);

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(128);
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Unsigned(1);
        writer.Key(1);
        writer.Hash(RepositoryId);
        writer.Key(2);
        writer.Unsigned(1);
        writer.Key(3);
        writer.Bytes(RootPublicKey);
        writer.Key(4);
        writer.Signed(Created);
        writer.Key(5);
        writer.BeginArray(0);
        writer.EndMap(map);
        return writer.ToArray();
    }

    /// <exception cref="UnsupportedFormatException">It names a suite or a critical feature that is not known.</exception>
    public static RepositoryBody Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        var (id, publicKey, created) = (default(Hash), Array.Empty<byte>(), 0L);
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: reader.Version(); break;
                case 1: id = reader.Hash(); break;
                case 2: reader.Kind(1, 1); break;
                case 3: publicKey = reader.Bytes(32).ToArray(); break;
                case 4: created = reader.Signed(); break;
                case 5: RefuseFeatures(ref reader); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        return new RepositoryBody(id, publicKey, created);
    }

    private static void RefuseFeatures(ref CborSpanReader reader)
    {
        var features = reader.Array(1, static (ref r) => r.Text());
        if (features.Length > 0)
        {
            var names = string.Join(", ", features);
            throw new UnsupportedFormatException($"The repository uses features that this program does not know: {names}.");
        }
    }
}
