using System.Text;

namespace Backup.Engine.Policies;

/// <summary>
/// The typed identifier of a person: <c>email:…</c>, <c>customer:…</c>. Normalized, one person's identifier is one text, whoever wrote it; keys are found
/// by a keyed hash of that text, so its form must never change.
/// </summary>
public static class SubjectIdentifier
{
    /// <summary>Begins the identifier of a domain whose owner has no identifier; the rest is hexadecimal.</summary>
    public const string RawType = "raw";

    /// <summary>Begins the identifier of a family of files that mix people; the rest is the rule's pattern.</summary>
    public const string MixedType = "mixed";

    /// <summary>More is a mistake, not a name.</summary>
    private const int LongestUtf8 = 1024;

    /// <summary>The types a rule may give.</summary>
    public static IReadOnlyList<string> RuleTypes { get; } = ["email", "customer"];

    /// <summary>The types a reader may ask for: those of the rules, and the two that the program itself gives.</summary>
    public static IReadOnlyList<string> Types { get; } = ["email", "customer", RawType, MixedType];

    /// <summary>
    /// Brings <c>type:text</c> into the one form: <c>email:</c> NFC and lower case, its host in ASCII (<c>xn--…</c>), without a final dot;
    /// <c>customer:</c> NFC without space around it; <c>raw:</c> lower case; <c>mixed:</c> as it is.
    /// </summary>
    /// <param name="typed">The identifier with its type.</param>
    /// <param name="normalized">The one form, empty if there is none.</param>
    /// <param name="reason">Why there is none, as a clause without a name in it; else null.</param>
    public static bool TryNormalize(string typed, out string normalized, out string? reason)
    {
        normalized = "";
        var colon = typed.IndexOf(':', StringComparison.Ordinal);
        var type = colon < 0 ? "" : typed[..colon];
        var text = typed[(colon + 1)..];
        reason = type is "" ? $"it has no type ({string.Join(", ", Types)})" : TextProblem(text);
        if (reason is null)
        {
            (normalized, reason) = type switch
            {
                "email" => Email(Compose(text.Trim())),
                "customer" => (Compose(text.Trim()), null),
                RawType => (text.ToLowerInvariant(), IsHex(text) ? null : "what follows 'raw:' is not hexadecimal"),
                MixedType => (text, null),
                _ => ("", $"'{type}' is no type of identifier ({string.Join(", ", Types)})"),
            };
            normalized = reason is null ? $"{type}:{normalized}" : "";
        }

        return reason is null;
    }

    /// <summary>The identifier of a domain whose owner's identifier cannot be formed from these bytes.</summary>
    public static string Raw(ReadOnlySpan<byte> bytes) => $"{RawType}:{Convert.ToHexStringLower(bytes)}";

    private static string? TextProblem(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune == Rune.ReplacementChar)
            {
                return "it holds a control character or is not valid text";
            }
        }

        return string.IsNullOrWhiteSpace(text) ? "it is empty"
            : Encoding.UTF8.GetByteCount(text) > LongestUtf8 ? $"it is longer than {LongestUtf8} bytes"
            : null;
    }

    /// <summary>
    /// NFC. Where the runtime was told to do without Unicode tables it silently returns text as it is; an identifier must never differ by that.
    /// </summary>
    private static string Compose(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        return "e\u0301".Normalize(NormalizationForm.FormC) == "\u00e9"
            ? text.Normalize(NormalizationForm.FormC)
            : throw new BackupException(
                FailureKind.Failed,
                "Identifiers that are not ASCII cannot be compared: the runtime has no Unicode tables.",
                "Install libicu, and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
    }

    private static (string Text, string? Reason) Email(string text)
    {
        var at = text.LastIndexOf('@');
        if (at <= 0)
        {
            return ("", "it is no mail address: nothing stands before an '@'");
        }

        // Lower case can undo NFC (İ gives two characters), so NFC comes last again.
        var local = Compose(text[..at].ToLowerInvariant());
        var host = Punycode.ToAscii(Compose(text[(at + 1)..].ToLowerInvariant()));
        host = host.EndsWith('.') ? host[..^1] : host;
        foreach (var label in host.Split('.'))
        {
            if (label.Length is 0 or > 63 || label.Contains(' ', StringComparison.Ordinal))
            {
                return ("", "it is no mail address: the host after the '@' is none");
            }
        }

        return ($"{local}@{host}", null);
    }

    private static bool IsHex(string text) => text.Length % 2 == 0 && text.All(char.IsAsciiHexDigit);
}
