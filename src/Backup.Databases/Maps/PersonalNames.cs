namespace Backup.Databases.Maps;

/// <summary>
/// Tells columns that look personal by their names: what reaches a person (mail, telephone, place, account), names one, or dates a birth, in
/// English and German, as applications write it. A plain <c>name</c>, <c>user</c> or <c>title</c> is not among them: settings have them too,
/// and who is warned of everything reads nothing.
/// </summary>
internal static class PersonalNames
{
    private static readonly HashSet<string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        "mail", "email", "emails", "mailaddress", "emailaddress", "recipient", "recipients",
        "phone", "phones", "phonenumber", "telephone", "telefon", "telefonnummer", "tel", "fax", "mobile", "mobil", "handy",
        "firstname", "lastname", "fullname", "surname", "vorname", "nachname",
        "street", "strasse", "straße", "address", "addresses", "adresse", "anschrift", "zip", "zipcode", "plz", "postcode", "town", "city", "ort",
        "birth", "birthday", "birthdate", "dateofbirth", "dob", "geburt", "geburtstag", "geburtsdatum",
        "iban", "ip", "ipaddress", "ipaddr", "passport", "ssn",
    };

    /// <summary>Words that are one only together.</summary>
    private static readonly string[] Pairs = ["first name", "last name", "family name", "full name", "post code", "postal code"];

    /// <summary>Whatever the words before it are, such a column names a row or counts.</summary>
    private static readonly string[] Numbers = ["id", "ids", "count", "number", "length"];

    /// <summary>Types in which a flag or a moment stands, not a word.</summary>
    private static readonly string[] Flags =
    [
        "tinyint", "smallint", "boolean", "bit", "enum", "set",
        "date", "datetime", "timestamp", "time", "timestamp with time zone", "timestamp without time zone",
    ];

    /// <summary>True if a name has a word of the list: parts are told by what is no letter, and by capitals within.</summary>
    /// <param name="name">Of a column.</param>
    /// <param name="type">As the server names it.</param>
    public static bool Contains(string name, string type)
    {
        var parts = Parts(name);
        if (parts.Count == 0 || Numbers.Contains(parts[^1], StringComparer.OrdinalIgnoreCase))
        {
            return false;
        }

        if (Flags.Contains(type, StringComparer.Ordinal))
        {
            return parts.Any(static part => Words.Contains(part) && IsBirth(part));
        }

        var pairs = parts.Zip(parts.Skip(1), static (first, second) => $"{first} {second}");
        return parts.Any(Words.Contains) || pairs.Any(static pair => Pairs.Contains(pair, StringComparer.OrdinalIgnoreCase));
    }

    private static bool IsBirth(string part) => part.Contains("birth", StringComparison.OrdinalIgnoreCase)
        || part.StartsWith("geburt", StringComparison.OrdinalIgnoreCase) || part.Equals("dob", StringComparison.OrdinalIgnoreCase);

    private static List<string> Parts(string name)
    {
        var parts = new List<string>();
        var start = 0;
        for (var at = 1; at <= name.Length; at++)
        {
            if (at == name.Length || !char.IsLetter(name[at]) || !char.IsLetter(name[at - 1]) || (char.IsUpper(name[at]) && char.IsLower(name[at - 1])))
            {
                parts.Add(name[start..at]);
                start = at;
            }
        }

        return [.. parts.Where(static part => char.IsLetter(part[0]))];
    }
}
