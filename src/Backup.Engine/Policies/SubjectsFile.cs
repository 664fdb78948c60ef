namespace Backup.Engine.Policies;

/// <summary>
/// Reads what ties the identifiers of one person (<c>subjects_file</c>), by the ending of its name.
/// <list type="bullet">
/// <item><c>.csv</c>: a row is a person, a cell that is not empty an identifier <c>email:…</c>, <c>customer:…</c>. If the first row names types as columns
/// (<c>email;customer;email_2</c>), a cell needs no type. <c>;</c> or <c>,</c> divides, a cell may stand in quotes, a line that begins with <c>#</c> is a
/// comment.</item>
/// <item><c>.yaml</c>, <c>.yml</c>: a list of persons, each a list of typed identifiers, or a mapping of types to a text or a list of texts.</item>
/// </list>
/// </summary>
public static class SubjectsFile
{
    /// <summary>A million persons, and room.</summary>
    public const int LongestBytes = 256 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Absolute, as the policy gives it.</param>
    /// <returns>Of each person with at least two identifiers all of them, normalized, in the order of the file.</returns>
    /// <exception cref="PolicyException">All that is wrong with it.</exception>
    public static IReadOnlyList<IReadOnlyList<string>> Load(string path)
    {
        var csv = IsCsv(path);
        if (!csv && !path.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) && !path.EndsWith(".yml", StringComparison.OrdinalIgnoreCase))
        {
            throw new PolicyException([new PolicyFault(path, 0, 0, "The name of the subjects file tells no format.", "End it with .csv or .yaml.")]);
        }

        return Read(NamedFile.Read(path, path, "the subjects file", LongestBytes), path);
    }

    /// <summary>Reads the bytes of a file.</summary>
    internal static IReadOnlyList<IReadOnlyList<string>> Read(ReadOnlySpan<byte> content, string file)
    {
        var faults = new PolicyFaults(file);
        var persons = new TiedIdentifiers(faults);
        if (IsCsv(file))
        {
            SubjectsCsv.Read(content, persons, faults);
        }
        else if (NamedFile.Parse(content, "the subjects file", faults) is { } root)
        {
            ReadList(root, persons, new PolicyReading(faults, "/"));
        }

        faults.ThrowIfAny();
        return persons.Several;
    }

    private static bool IsCsv(string file) => file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    private static void ReadList(PolicyNode root, TiedIdentifiers persons, PolicyReading reading)
    {
        if (root is not ListNode list)
        {
            reading.Faults.Add(
                root,
                $"A subjects file is a list of persons, and not {root.Shape}.",
                "Write one person a line: '- [ \"email:…\", \"customer:…\" ]'.");
            return;
        }

        foreach (var node in list.Items)
        {
            var person = new List<PlacedIdentifier>();
            switch (node)
            {
                case ListNode identifiers:
                    AddTexts(person, identifiers, type: null, reading.Faults);
                    break;
                case MapNode when PolicyFields.Of(node, "a person", TiedIdentifiers.Types, reading) is { } fields:
                    foreach (var entry in fields.Entries)
                    {
                        AddTexts(person, entry.Value, entry.Key.Text, reading.Faults);
                    }

                    break;
                case not MapNode:
                    reading.Faults.Add(
                        node,
                        $"A person is a list of identifiers or a mapping of types, and not {node.Shape}.",
                        "Write '- [ \"email:…\", \"customer:…\" ]'.");
                    break;
            }

            persons.Add(person);
        }
    }

    private static void AddTexts(List<PlacedIdentifier> person, PolicyNode value, string? type, PolicyFaults faults)
    {
        // An unknown type is a fault already.
        if (type is not null && !TiedIdentifiers.Types.Contains(type, StringComparer.Ordinal))
        {
            return;
        }

        foreach (var node in value is ListNode list ? list.Items : [value])
        {
            if (node is ScalarNode { IsNothing: false } text)
            {
                person.Add(new PlacedIdentifier(type is null ? text.Text : $"{type}:{text.Text}", text.Line, text.Column));
            }
            else
            {
                faults.Add(node, $"An identifier is text, and not {node.Shape}.", "Write it in quotes.");
            }
        }
    }
}
