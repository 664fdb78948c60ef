using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Ledger;

namespace Backup.Engine.Runs;

/// <summary>
/// What the ledger says of one request for erasure: facts called <c>erasure/ID</c>, one of the request and one of each site, whose values are words of the
/// form <c>name=value</c>. No personal data. FORMAT.md, section 10.
/// </summary>
internal sealed record ErasureFacts
{
    private const string Prefix = "erasure/";

    public required Id128 Id { get; init; }

    /// <summary>In a word of the command line.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Seconds since 1970; 0: not yet. The same for all times here.</summary>
    public long Received { get; init; }

    public long Approved { get; init; }

    /// <summary>When the keys left the keyring.</summary>
    public long Erased { get; init; }

    /// <summary>When every site was done.</summary>
    public long Certified { get; init; }

    /// <summary>The last epoch that had the keys.</summary>
    public int FormerEpoch { get; init; }

    /// <summary>The first epoch that has them no more.</summary>
    public int Epoch { get; init; }

    public int Domains { get; init; }

    /// <summary>SHA-256 over ids and keys that were taken out: they are random, so it tells nothing of them.</summary>
    public Hash Keys { get; init; }

    /// <summary>Of what was erased.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>Of what a duty keeps, with the day on which that ends.</summary>
    public IReadOnlyList<string> Held { get; init; } = [];

    /// <summary>Packs that held something of it.</summary>
    public long Objects { get; init; }

    /// <summary>Of its members.</summary>
    public long Bytes { get; init; }

    /// <summary>Snapshots in which it lay.</summary>
    public int Snapshots { get; init; }

    /// <summary>Snapshots that were written anew because records in files went.</summary>
    public int Rewritten { get; init; }

    /// <summary>Whether something lay in a domain whose key stays: copies of it, wherever they are, open with current keys.</summary>
    public bool OpensWithCurrentKeys { get; init; }

    /// <summary>The inventories that condemned the packs, and name what was written in their place.</summary>
    public IReadOnlyList<Hash> Inventories { get; init; } = [];

    /// <summary>By site.</summary>
    public IReadOnlyDictionary<string, ErasureSiteFacts> Sites { get; init; } = new Dictionary<string, ErasureSiteFacts>(StringComparer.Ordinal);

    /// <summary>All requests that the ledger knows, the oldest first.</summary>
    public static IReadOnlyList<ErasureFacts> All(LedgerState ledger) =>
        [.. ledger.Facts.Select(static item => item.Fact).Where(static fact => fact.Name.StartsWith(Prefix, StringComparison.Ordinal))
            .GroupBy(static fact => fact.Name, StringComparer.Ordinal)
            .Select(static same => Read(same.Key, [.. same])).OfType<ErasureFacts>().OrderBy(static facts => facts.Received).ThenBy(static facts => facts.Id)];

    /// <summary>The fact of the request itself.</summary>
    public LedgerFact ToFact()
    {
        var words = new List<string>();
        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                words.Add($"{name}={value}");
            }
        }

        void Count(string name, long value) => Add(name, value == 0 ? "" : value.ToString(CultureInfo.InvariantCulture));
        Add("reason", Reason);
        Count("received", Received);
        Count("approved", Approved);
        Count("erased", Erased);
        Count("certified", Certified);
        Count("former-epoch", FormerEpoch);
        Count("epoch", Epoch);
        Count("domains", Domains);
        Add("keys", Keys == default ? "" : Keys.ToString());
        Add("classes", string.Join(',', Classes));
        Add("held", string.Join(',', Held));
        Count("objects", Objects);
        Count("bytes", Bytes);
        Count("snapshots", Snapshots);
        Count("rewritten", Rewritten);
        Add("opens-with-current-keys", OpensWithCurrentKeys ? "yes" : "");
        Add("inventories", string.Join(',', Inventories));
        return new LedgerFact(null, Prefix + Id, string.Join(' ', words));
    }

    /// <summary>The fact of one site.</summary>
    public LedgerFact ToFact(string site, ErasureSiteFacts facts) => new(site, Prefix + Id, facts.ToText());

    private static ErasureFacts? Read(string name, IReadOnlyList<LedgerFact> facts)
    {
        var digits = name[Prefix.Length..];
        if (digits.Length != 2 * Id128.Size || !digits.All(char.IsAsciiHexDigit))
        {
            return null;
        }

        var words = new FactWords(facts.FirstOrDefault(static fact => fact.Site is null)?.Value ?? "");
        return new ErasureFacts
        {
            Id = Id128.Read(Convert.FromHexString(digits)),
            Reason = words.Text("reason"),
            Received = words.Number("received"),
            Approved = words.Number("approved"),
            Erased = words.Number("erased"),
            Certified = words.Number("certified"),
            FormerEpoch = (int)words.Number("former-epoch"),
            Epoch = (int)words.Number("epoch"),
            Domains = (int)words.Number("domains"),
            Keys = Hash.TryParse(words.Text("keys"), out var keys) ? keys : default,
            Classes = words.List("classes"),
            Held = words.List("held"),
            Objects = words.Number("objects"),
            Bytes = words.Number("bytes"),
            Snapshots = (int)words.Number("snapshots"),
            Rewritten = (int)words.Number("rewritten"),
            OpensWithCurrentKeys = words.Text("opens-with-current-keys").Length > 0,
            Inventories = [.. words.List("inventories").Select(static text => Hash.TryParse(text, out var id) ? id : default)],
            Sites = facts.Where(static fact => fact.Site is not null).ToDictionary(static fact => fact.Site!, static fact => ErasureSiteFacts.Read(fact.Value), StringComparer.Ordinal),
        };
    }
}

/// <summary>What the ledger says of one request at one site.</summary>
/// <param name="Deleted">Objects that were deleted there.</param>
/// <param name="Verified">When a listing there showed none of them, seconds since 1970; 0: not yet.</param>
/// <param name="Listing">SHA-256 over the names that the listing showed.</param>
/// <param name="RetainedUntil">Until when the store keeps something of it, seconds since 1970; 0: it keeps nothing.</param>
internal sealed record ErasureSiteFacts(long Deleted, long Verified, Hash Listing, long RetainedUntil)
{
    public string ToText() => string.Join(' ', Words());

    public static ErasureSiteFacts Read(string text)
    {
        var words = new FactWords(text);
        return new ErasureSiteFacts(words.Number("deleted"), words.Number("verified"), Hash.TryParse(words.Text("listing"), out var listing) ? listing : default, words.Number("retained-until"));
    }

    private IEnumerable<string> Words()
    {
        yield return FormattableString.Invariant($"deleted={Deleted}");
        if (Verified > 0)
        {
            yield return FormattableString.Invariant($"verified={Verified}");
            yield return $"listing={Listing}";
        }

        if (RetainedUntil > 0)
        {
            yield return FormattableString.Invariant($"retained-until={RetainedUntil}");
        }
    }
}

/// <summary>Words of the form <c>name=value</c>, separated by blanks.</summary>
internal sealed class FactWords(string text)
{
    private readonly Dictionary<string, string> _words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(static word => word.Split('=', 2)).Where(static pair => pair.Length == 2).GroupBy(static pair => pair[0], StringComparer.Ordinal)
        .ToDictionary(static same => same.Key, static same => same.Last()[1], StringComparer.Ordinal);

    public string Text(string name) => _words.GetValueOrDefault(name, "");

    public long Number(string name) => long.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    public IReadOnlyList<string> List(string name) => Text(name).Split(',', StringSplitOptions.RemoveEmptyEntries);
}
