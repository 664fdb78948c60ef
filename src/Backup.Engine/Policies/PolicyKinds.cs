namespace Backup.Engine.Policies;

/// <summary>A kind of site or source.</summary>
/// <param name="Word">What the policy calls it.</param>
/// <param name="Keys">Every key that it may have.</param>
/// <param name="OwnKey">A key that tells the kind where its word does not; null: there is none. Kinds that are read alike share it.</param>
internal sealed record PolicyKind(string Word, string[] Keys, string? OwnKey);

/// <summary>Reads what sites and sources have in common: a kind that decides the keys, and an id.</summary>
internal static class PolicyKinds
{
    private const int LongestId = 64;

    /// <summary>
    /// The mapping with its kind set; null, and a fault, if it is no mapping. A kind that is missing or unknown is a fault and hides no other one: then the
    /// kind is the one whose own key is there, else empty, and a key is known that any kind knows.
    /// </summary>
    /// <param name="node">The value.</param>
    /// <param name="what">The mapping with its article, for messages.</param>
    /// <param name="kinds">The words for its kinds.</param>
    /// <param name="reading">The policy.</param>
    public static PolicyFields? Read(PolicyNode node, string what, PolicyKind[] kinds, PolicyReading reading)
    {
        if (PolicyFields.OfAny(node, what, reading) is not { } fields)
        {
            return null;
        }

        _ = fields.Require("kind");
        var kind = fields.Word("kind", -1, [.. kinds.Select(static each => each.Word)]);
        if (kind >= 0)
        {
            fields.Kind = kinds[kind].Word;
            fields.CheckKeys($"{what} of kind {fields.Kind}", kinds[kind].Keys);
            return fields;
        }

        fields.Kind = Array.Find(kinds, each => each.OwnKey is { } own && fields.Has(own))?.Word ?? "";
        fields.CheckKeys(what, [.. kinds.SelectMany(static each => each.Keys).Distinct(StringComparer.Ordinal)]);
        return fields;
    }

    /// <summary>The id of a tenant, site or source: it names folders and is typed.</summary>
    public static string Id(PolicyFields fields, string key)
    {
        var id = fields.RequiredText(key);
        if (id.Length > 0 && !IsId(id))
        {
            fields.Fault(key, $"'{key}' is {PolicyReading.Quote(id)}, which cannot be typed as a name.", IdForm);
            return "";
        }

        return id;
    }

    public const string IdForm = "Use letters a-z, digits, '-', '_' and '.', a letter or digit first, 64 at most.";

    public static bool IsId(string text) =>
        text.Length is > 0 and <= LongestId && char.IsAsciiLetterOrDigit(text[0]) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
