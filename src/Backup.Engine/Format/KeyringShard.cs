namespace Backup.Engine.Format;

/// <summary>Whether a domain may be used. The values are stored.</summary>
public enum DomainState : byte
{
    Live = 0,

    /// <summary>Kept, but not restorable.</summary>
    Restricted = 1,

    /// <summary>About to be erased: neither read nor written.</summary>
    Blocked = 2,
}

/// <summary>A domain and its keys. The keys lie in pinned memory that belongs to the keyring.</summary>
public sealed record DomainRecord
{
    public const int KeySize = 32;

    public required DomainId Id { get; init; }

    /// <summary>Parent key of the domain's members.</summary>
    public required ReadOnlyMemory<byte> DataKey { get; init; }

    /// <summary>Key of the domain's blob ids.</summary>
    public required ReadOnlyMemory<byte> IdKey { get; init; }

    /// <summary>Key of the domain's cut points.</summary>
    public required ReadOnlyMemory<byte> ChunkKey { get; init; }

    public string? Subject { get; init; }

    public string? Class { get; init; }

    public string? Period { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public required long Created { get; init; }

    public DomainState State { get; init; }

    /// <summary>What is printed of a domain: never its keys, never its subject.</summary>
    public override string ToString() => $"domain {Id}";
}

/// <summary>A part of the keyring: domains, ascending by id. FORMAT.md, section 6.5.</summary>
public sealed record KeyringShard(IReadOnlyList<DomainRecord> Domains)
{
    private const string Thing = "a keyring shard";
    private const int LeastDomainBytes = 124;

    private static readonly ulong Required = CborMap.Keys(0);

    /// <summary>About the bytes that a domain takes in a shard.</summary>
    public static int EstimateLength(DomainRecord domain) =>
        128 + (3 * ((domain.Subject?.Length ?? 0) + (domain.Class?.Length ?? 0) + (domain.Period?.Length ?? 0)));

    /// <returns>Pinned; the caller wipes it when it is sealed.</returns>
    public byte[] Encode()
    {
        var writer = new CborSpanWriter(64 + Domains.Sum(EstimateLength), secret: true);
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Array(Domains, static (ref w, domain) =>
        {
            w.BeginArray(9);
            w.Domain(domain.Id);
            w.Bytes(domain.DataKey.Span);
            w.Bytes(domain.IdKey.Span);
            w.Bytes(domain.ChunkKey.Span);
            w.TextOrNull(domain.Subject);
            w.TextOrNull(domain.Class);
            w.TextOrNull(domain.Period);
            w.Signed(domain.Created);
            w.Unsigned((ulong)domain.State);
        });
        writer.EndMap(map);
        return writer.ToArray();
    }

    /// <param name="text">Pinned; the keys of the result lie in it.</param>
    public static KeyringShard Decode(ReadOnlyMemory<byte> text)
    {
        var reader = new CborSpanReader(text.Span, Thing);
        DomainRecord[] domains = [];
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: domains = ReadDomains(ref reader, text); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        return Ordered.IsAscending(domains, static domain => domain.Id)
            ? new KeyringShard(domains)
            : throw reader.Damaged("its domains are not in order");
    }

    private static DomainRecord[] ReadDomains(ref CborSpanReader reader, ReadOnlyMemory<byte> text)
    {
        var domains = new DomainRecord[reader.BeginArray(LeastDomainBytes)];
        var texts = new TextPool();
        for (var i = 0; i < domains.Length; i++)
        {
            reader.BeginTuple(9);
            domains[i] = new DomainRecord
            {
                Id = reader.Domain(),
                DataKey = reader.Slice(text, DomainRecord.KeySize),
                IdKey = reader.Slice(text, DomainRecord.KeySize),
                ChunkKey = reader.Slice(text, DomainRecord.KeySize),
                Subject = reader.TextOrNull(),
                Class = texts.Shared(reader.TextOrNull()),
                Period = texts.Shared(reader.TextOrNull()),
                Created = reader.Signed(),
                State = (DomainState)reader.Kind(0, 2),
            };
        }

        return domains;
    }

    /// <summary>Classes and periods are few: 100,000 domains share their strings.</summary>
    private sealed class TextPool
    {
        private readonly HashSet<string> _texts = new(StringComparer.Ordinal);

        public string? Shared(string? text)
        {
            if (text is not null && !_texts.Add(text))
            {
                _texts.TryGetValue(text, out text);
            }

            return text;
        }
    }
}
