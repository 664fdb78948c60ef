using System.Globalization;
using System.Text.RegularExpressions;

namespace Backup.Engine.Policies;

/// <summary>Reads what <c>erase run --redact FILE</c> is to leave out of files that mix people.</summary>
public static class RedactionFile
{
    public static readonly string[] Keys =
        ["source", "path", "format", "match", "regex", "columns", "header", "separator", "fields", "headers_only"];

    private const int ShortestText = 3;

    /// <summary>In the order of <see cref="RedactionFormat"/>.</summary>
    private static readonly string[] Formats = ["lines", "csv", "mbox", "jsonl", "sql"];

    /// <summary>Keys that mean something for one format only.</summary>
    private static readonly (string Key, RedactionFormat Format)[] OwnKeys =
    [
        ("columns", RedactionFormat.Csv), ("header", RedactionFormat.Csv), ("separator", RedactionFormat.Csv),
        ("fields", RedactionFormat.JsonLines), ("headers_only", RedactionFormat.Mbox),
    ];

    /// <summary>Records that have nothing in common: a pattern that finds something in each finds something in nearly every record.</summary>
    private static readonly string[] Dissimilar =
    [
        "qwxzjkvbqwxzjkvbqwxzjkvbqwxzjkvb", "0918273645091827364509182736450918", "-- == ~~ // -- == ~~ // -- == ~~ //", "ÄÖÜẞŁŻĆÄÖÜẞŁŻĆÄÖÜẞŁŻĆÄÖÜẞŁŻĆ",
    ];

    /// <summary>Reads a file.</summary>
    /// <param name="file">As the command line names it.</param>
    /// <param name="environment">Where relative paths begin.</param>
    /// <exception cref="PolicyException">All that is wrong with it.</exception>
    public static IReadOnlyList<RedactionRule> Load(string file, PolicyEnvironment environment) =>
        Read(NamedFile.Read(file, environment.Absolute(file), "the redaction file", PolicyLoader.LongestBytes), file);

    /// <summary>Reads the bytes of a file.</summary>
    internal static IReadOnlyList<RedactionRule> Read(ReadOnlySpan<byte> content, string file)
    {
        var faults = new PolicyFaults(file);
        var reading = new PolicyReading(faults, "/");
        var rules = new List<RedactionRule>();
        if (NamedFile.Parse(content, "the redaction file", faults) is { } root && PolicyFields.Of(root, "a redaction file", ["redact"], reading) is { } top)
        {
            foreach (var node in top.Items("redact", required: true))
            {
                if (PolicyFields.Of(node, "a redaction", Keys, reading) is { } fields)
                {
                    rules.Add(Rule(fields));
                }
            }
        }

        faults.ThrowIfAny();
        return rules;
    }

    private static RedactionRule Rule(PolicyFields fields)
    {
        _ = fields.Require("format");
        var format = fields.Word("format", -1, Formats);
        foreach (var (key, own) in OwnKeys)
        {
            if (format >= 0 && fields.Has(key) && own != (RedactionFormat)format)
            {
                fields.Fault(key, $"'{key}' means nothing for the format {Formats[format]}.", $"Remove it, or write 'format: {Formats[(int)own]}'.");
            }
        }

        var path = fields.RequiredText("path");
        return new RedactionRule
        {
            Source = Source(fields),
            Path = path,
            Pattern = Pattern(fields, path),
            Format = (RedactionFormat)Math.Max(format, 0),
            Texts = Texts(fields),
            Patterns = Patterns(fields),
            Columns = Columns(fields),
            HasHeader = fields.Flag("header", otherwise: true),
            Separator = Separator(fields),
            Fields = FieldPaths(fields),
            HeadersOnly = fields.Flag("headers_only"),
        };
    }

    private static string? Source(PolicyFields fields)
    {
        var source = fields.Text("source");
        if (source is not null && !PolicyKinds.IsId(source))
        {
            fields.Fault(
                "source",
                $"'source' is {PolicyReading.Quote(source)}, which is no id of a source.",
                "Write the id that the policy gives it, or remove 'source'.");
        }

        return source;
    }

    private static PathPattern Pattern(PolicyFields fields, string path)
    {
        string? problem = null;
        var pattern = path.Length == 0 ? null : PathPattern.Parse(path, out problem);
        if (pattern is not null)
        {
            problem = pattern.Components.Length == 0 || Array.TrueForAll(pattern.Components, static component => component.AnyDepth) ? "takes everything"
                : pattern.Components.Any(static component => component.Placeholders.Count > 0) ? "has a placeholder, which nothing would fill"
                : null;
        }

        if (problem is not null)
        {
            fields.Fault("path", $"The path {PolicyReading.Quote(path)} {problem}.", "Write an absolute path like /var/log/app/*.log.");
        }

        return pattern ?? PathPattern.OfPath("/");
    }

    private static List<string> Texts(PolicyFields fields)
    {
        var texts = new List<string>();
        foreach (var node in Items(fields, "match"))
        {
            if (fields.TextOf(node, "each item of 'match'") is not { } text)
            {
                continue;
            }

            if (text.Trim().Length < ShortestText || !text.Any(char.IsLetterOrDigit))
            {
                fields.Faults.Add(
                    node,
                    $"The text is shorter than {ShortestText} characters or has no letter or digit: it would match records of anybody.",
                    "Write a text that only this person's records hold.");
            }

            texts.Add(text.Trim());
        }

        return texts;
    }

    private static List<Regex> Patterns(PolicyFields fields)
    {
        var patterns = new List<Regex>();
        foreach (var node in Items(fields, "regex"))
        {
            if (fields.TextOf(node, "each item of 'regex'") is not { } text)
            {
                continue;
            }

            try
            {
                var pattern = new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
                patterns.Add(pattern);
                if (IsTooWide(pattern))
                {
                    fields.Faults.Add(
                        node,
                        "The pattern finds something in nearly every record.",
                        $"Write a pattern that needs at least {ShortestText} characters that only this person's records hold.");
                }
            }
            catch (RegexParseException broken)
            {
                fields.Faults.Add(
                    node,
                    $"The pattern is not valid at its character {broken.Offset}: {broken.Error}.",
                    "Correct it; in quotes a backslash is written twice (\"\\\\b\").");
            }
            catch (NotSupportedException)
            {
                fields.Faults.Add(
                    node,
                    "The pattern looks ahead, looks behind, or refers back to a group, which could take for ever.",
                    "Write it without (?=…), (?!…), (?<=…), (?<!…), (?>…) and \\1.");
            }
        }

        return patterns;
    }

    /// <summary>Whether a pattern finds something in an empty text, in one or two characters, or in texts that have nothing in common.</summary>
    private static bool IsTooWide(Regex pattern)
    {
        if (pattern.IsMatch("") || Array.TrueForAll(Dissimilar, pattern.IsMatch))
        {
            return true;
        }

        Span<char> two = stackalloc char[2];
        for (var first = ' '; first <= '~'; first++)
        {
            for (var second = ' '; second <= '~'; second++)
            {
                (two[0], two[1]) = (first, second);
                if (pattern.IsMatch(two))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static List<string> Columns(PolicyFields fields)
    {
        var columns = new List<string>();
        foreach (var node in Items(fields, "columns"))
        {
            if (fields.TextOf(node, "each item of 'columns'") is not { } column)
            {
                continue;
            }

            var isNumber = int.TryParse(column, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number);
            if (isNumber && number < 1)
            {
                fields.Faults.Add(node, $"The column {number} is none: the first one is 1.", "Write its number from 1, or its name.");
            }

            if (!isNumber && !fields.Flag("header", otherwise: true))
            {
                fields.Faults.Add(
                    node,
                    $"The column {PolicyReading.Quote(column)} is a name, and without a header nothing names columns.",
                    "Write its number from 1, or 'header: true'.");
            }

            columns.Add(column);
        }

        return columns;
    }

    private static char? Separator(PolicyFields fields)
    {
        char? separator = null;
        _ = fields.Formed("separator", "one character like \";\", or tab", text =>
        {
            separator = text is "tab" or "\t" ? '\t'
                : text is [not '"' and var one] && one is >= ' ' and <= '~' && !char.IsAsciiLetterOrDigit(one) ? one
                : null;
            return separator is not null;
        });
        return separator;
    }

    private static List<string> FieldPaths(PolicyFields fields)
    {
        var paths = new List<string>();
        foreach (var node in Items(fields, "fields"))
        {
            if (fields.TextOf(node, "each item of 'fields'") is { } path)
            {
                if (path.Split('.').Contains("", StringComparer.Ordinal))
                {
                    fields.Faults.Add(node, $"The field {PolicyReading.Quote(path)} has an empty key.", "Write keys from the outside in, like user.email.");
                }

                paths.Add(path);
            }
        }

        return paths;
    }

    /// <summary>The items of a list that is not empty if it is there.</summary>
    private static IReadOnlyList<PolicyNode> Items(PolicyFields fields, string key) => fields.Items(key, required: fields.Has(key));
}
