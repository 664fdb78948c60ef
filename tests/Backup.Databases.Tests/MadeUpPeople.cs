using System.Globalization;
using System.Text;

namespace Backup.Databases.Tests;

/// <summary>
/// Databases of people who do not exist, shaped like the applications', and an oracle: what is true of each row, as the generator knows it from what it
/// made. The same numbers give the same bytes.
/// </summary>
internal static class MadeUpPeople
{
    /// <summary>The help topic of requests of data subjects: <c>map_parameters: { privacy_topics: "7" }</c>.</summary>
    public const int PrivacyTopic = 7;

    /// <summary>A helpdesk; its tables are those of <c>Schemas/osticket.sql</c>.</summary>
    /// <param name="persons">How many users.</param>
    /// <param name="seed">Another one gives another database.</param>
    public static MadeUpDatabase OsTicket(int persons, int seed) => new MadeUpTickets(persons, seed).Make();

    /// <summary>A merchant's books; its tables are those of <c>Schemas/dolibarr.sql</c>.</summary>
    /// <param name="persons">How many third parties; contacts, members and donors come on top.</param>
    /// <param name="seed">Another one gives another database.</param>
    public static MadeUpDatabase Dolibarr(int persons, int seed) => new MadeUpInvoices(persons, seed).Make();
}

/// <summary>A database as it is made, and what is true of it.</summary>
/// <param name="Statements">INSERTs in an order that foreign keys allow.</param>
/// <param name="Rows">Every row that a backup saves. Rows of tables that the application makes again are not here.</param>
internal sealed record MadeUpDatabase(IReadOnlyList<string> Statements, IReadOnlyList<OracleRow> Rows);

/// <summary>What is true of a row.</summary>
/// <param name="Table">With its prefix.</param>
/// <param name="Key">The values of the primary key, with commas between them.</param>
/// <param name="Owner">The normalized identifier of the person whose row it is; null: nobody's.</param>
/// <param name="Class">The retention class, as the maps name it; null for nobody's.</param>
/// <param name="Period">The year; null if the row has no date yet, or never.</param>
internal sealed record OracleRow(string Table, string Key, string? Owner, string? Class, string? Period);

/// <summary>Owner, class and period of a row that is about to be made.</summary>
internal sealed record Whose(string? Owner, string? Class, string? Period)
{
    public static Whose Nobody { get; } = new(null, null, null);

    /// <summary>The same class and period, another owner.</summary>
    public Whose Of(string owner) => this with { Owner = owner };

    /// <summary>The same owner in another class, from a date on.</summary>
    public Whose As(string @class, DateTime? starts = null) =>
        Owner is null ? Nobody : new Whose(Owner, @class, starts?.Year.ToString(CultureInfo.InvariantCulture));
}

/// <summary>Rows as INSERTs, by table in the order in which the tables came up, and what the oracle says of them.</summary>
internal sealed class MadeUpRows
{
    private const int MostRowsInOne = 200;

    private readonly List<string> _heads = [];
    private readonly Dictionary<string, List<string>> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _last = new(StringComparer.Ordinal);
    private readonly List<OracleRow> _oracle = [];

    /// <summary>The next number of a table.</summary>
    public int Next(string table) => _last[table] = _last.GetValueOrDefault(table) + 1;

    /// <summary>A row whose first column is its key.</summary>
    public void Add(string table, Whose whose, params (string Column, object? Value)[] row) => Add(table, 1, whose, row);

    /// <summary>A row whose first columns are its key.</summary>
    public void Add(string table, int keys, Whose whose, params (string Column, object? Value)[] row)
    {
        AddUnsaved(table, row);
        var key = string.Join(',', row.Take(keys).Select(static each => Convert.ToString(each.Value, CultureInfo.InvariantCulture)));
        _oracle.Add(new OracleRow(table, key, whose.Owner, whose.Class, whose.Period));
    }

    /// <summary>A row of which a backup saves nothing.</summary>
    public void AddUnsaved(string table, params (string Column, object? Value)[] row)
    {
        var head = $"INSERT INTO {table} ({string.Join(", ", row.Select(static each => $"`{each.Column}`"))}) VALUES\n";
        if (!_values.TryGetValue(head, out var values))
        {
            _heads.Add(head);
            _values[head] = values = [];
        }

        values.Add($"({string.Join(", ", row.Select(static each => Literal(each.Value)))})");
    }

    public MadeUpDatabase Make() =>
        new([.. _heads.SelectMany(head => _values[head].Chunk(MostRowsInOne).Select(rows => head + string.Join(",\n", rows)))], _oracle);

    private static string Literal(object? value) => value switch
    {
        null => "NULL",
        string text => Quoted(text),
        byte[] { Length: 0 } => "''",
        byte[] bytes => $"0x{Convert.ToHexString(bytes)}",
        DateTime moment => $"'{moment.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}'",
        DateOnly day => $"'{day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}'",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"A {value.GetType().Name} has no literal.", nameof(value)),
    };

    private static string Quoted(string text)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal);
        return $"'{escaped.Replace("\n", "\\n", StringComparison.Ordinal)}'";
    }
}

/// <summary>Names, addresses, texts, dates: all that chance decides.</summary>
internal sealed class MadeUpTexts(int seed)
{
    /// <summary>The last year in which anything ends: no test runs before it is over.</summary>
    public const int LastYear = 2025;

    private const int FirstYear = 2016;
    private const string GreenHost = "grün.example";

    private static readonly string[] FirstNames = ["Jürgen", "Anne-Marie", "Zoë", "Łukasz", "Nguyễn", "Seán", "Ωmega", "Björk", "李", "Äffchen", "Ute"];
    private static readonly string[] LastNames = ["Müller", "O'Neill", "Groß-Gerau", "D\"Arc", "van 't Hoff", "Šimůnek", "Back\\slash", "Çelik", "König"];
    private static readonly string[] Hosts = ["example.org", "Example.COM", GreenHost, "mail.example.net"];
    private static readonly string[] Plain =
    [
        "Guten Tag,\nder Drucker \"Süd\" druckt nicht.", "It's broken; it isn't ours.", "Pfad: C:\\Daten\\neu\\", "100 % sicher -- oder /* nicht */?",
        "Straße 5, 59423 Unna", "x", "", "Zeile eins\n\nZeile drei", "'); DROP TABLE ost_ticket; --", "Wie geht's weiter? _alles_ `gut`",
    ];
    private static readonly string[] Bright = ["Danke 🙏🏽 sehr!", "👩‍👩‍👧 kommt mit", "Grüße 🦊\\🦊 'ende'", "𝔘𝔫𝔫𝔞 😀"];

    private readonly Random _random = new(seed);

    public int Number(int from, int below) => _random.Next(from, below);

    /// <summary>True once in so many times.</summary>
    public bool Once(int times) => _random.Next(times) == 0;

    public T One<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    public string FirstName() => One(FirstNames);

    public string LastName() => One(LastNames);

    public string Name() => $"{FirstName()} {LastName()}";

    /// <summary>An address that nobody else has.</summary>
    public string Address(string who, int number) => $"{(Once(3) ? who.ToUpperInvariant() : who)}.{number}@{One(Hosts)}";

    /// <summary>The identifier that an address gives.</summary>
    public static string Identifier(string address) =>
        $"email:{address.ToLowerInvariant().Replace(GreenHost, "xn--grn-ioa.example", StringComparison.Ordinal)}";

    /// <summary>A text, with characters of four bytes where the column takes them.</summary>
    public string Text(bool bright = true)
    {
        var text = new StringBuilder(One(Plain));
        for (var more = Number(0, 4); more > 0; more--)
        {
            text.Append(Once(5) ? '\n' : ' ').Append(bright && Once(2) ? One(Bright) : One(Plain));
        }

        return text.ToString();
    }

    public byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    public decimal Amount() => Number(100, 500_000) / 100m;

    /// <summary>A moment of the years that the data is about.</summary>
    public DateTime Moment() => new DateTime(Number(FirstYear, LastYear), 1, 1, 0, 0, 0, DateTimeKind.Unspecified).AddMinutes(Number(0, 365 * 1440));

    /// <summary>A later moment, but not after <see cref="LastYear"/>.</summary>
    public DateTime After(DateTime moment)
    {
        var later = moment.AddMinutes(Number(1, 500 * 1440));
        return later.Year > LastYear ? new DateTime(LastYear, 12, 31, 23, 59, 59, DateTimeKind.Unspecified) : later;
    }
}
