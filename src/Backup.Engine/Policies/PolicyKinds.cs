namespace Backup.Engine.Policies;

/// <summary>Reads what sites and sources have in common: a kind that decides the keys, and an id.</summary>
internal static class PolicyKinds
{
    private const int LongestId = 64;

    /// <summary>The mapping and its kind; null, and a fault, if the kind is missing or unknown.</summary>
    public static (PolicyFields Fields, string Kind)? Read(PolicyNode node, string what, IReadOnlyList<(string Kind, string[] Keys)> kinds, PolicyReading reading)
    {
        if (PolicyFields.OfAny(node, what, reading) is not { } fields)
        {
            return null;
        }

        _ = fields.Require("kind");
        var kind = fields.Word("kind", "", kinds.Select(each => (each.Kind, each.Kind)).ToList());
        foreach (var (name, keys) in kinds)
        {
            if (name == kind)
            {
                fields.CheckKeys($"{what} of kind {kind}", keys);
                return (fields, kind);
            }
        }

        return null;
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
