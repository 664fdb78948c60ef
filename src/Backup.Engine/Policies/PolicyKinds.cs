namespace Backup.Engine.Policies;

/// <summary>Reads what sites and sources have in common: a kind that decides the keys, and an id.</summary>
internal static class PolicyKinds
{
    private const int LongestId = 64;

    /// <summary>The mapping with its kind set; null, and a fault, if the kind is missing or unknown.</summary>
    /// <param name="node">The value.</param>
    /// <param name="what">The mapping with its article, for messages.</param>
    /// <param name="kinds">The words for its kinds.</param>
    /// <param name="keys">Every key that it may have, for each kind.</param>
    /// <param name="reading">The policy.</param>
    public static PolicyFields? Read(PolicyNode node, string what, string[] kinds, string[][] keys, PolicyReading reading)
    {
        if (PolicyFields.OfAny(node, what, reading) is not { } fields)
        {
            return null;
        }

        _ = fields.Require("kind");
        var kind = fields.Word("kind", -1, kinds);
        if (kind < 0)
        {
            return null;
        }

        fields.Kind = kinds[kind];
        fields.CheckKeys($"{what} of kind {kinds[kind]}", keys[kind]);
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
