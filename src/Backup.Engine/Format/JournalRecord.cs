namespace Backup.Engine.Format;

/// <summary>An access by a reader who is not the owner, <c>journal/…</c>. FORMAT.md, section 11.</summary>
/// <param name="Time">Seconds since 1970.</param>
/// <param name="Host">Who.</param>
/// <param name="Verb">Did what.</param>
/// <param name="Domains">With which domains.</param>
/// <param name="Commitment">Salted hash of the purpose, 32 bytes.</param>
public sealed record JournalRecord(long Time, string Host, string Verb, IReadOnlyList<DomainId> Domains, Hash Commitment)
{
    private const string Thing = "a journal record";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3, 4);

    public byte[] Encode()
    {
        var writer = new CborSpanWriter(256 + (17 * Domains.Count));
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Signed(Time);
        writer.Key(1);
        writer.Text(Host);
        writer.Key(2);
        writer.Text(Verb);
        writer.Key(3);
        writer.Array(Domains, static (ref w, domain) => w.Domain(domain));
        writer.Key(4);
        writer.Hash(Commitment);
        writer.EndMap(map);
        return writer.ToArray();
    }

    public static JournalRecord Decode(ReadOnlySpan<byte> text)
    {
        var reader = new CborSpanReader(text, Thing);
        var (time, host, verb, commitment) = (0L, "", "", default(Hash));
        DomainId[] domains = [];
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: time = reader.Signed(); break;
                case 1: host = reader.Text(); break;
                case 2: verb = reader.Text(); break;
                case 3: domains = reader.Array(17, static (ref r) => r.Domain()); break;
                case 4: commitment = reader.Hash(); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        return new JournalRecord(time, host, verb, domains, commitment);
    }
}
