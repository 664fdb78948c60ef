namespace Backup.Engine.Policies;

/// <summary>An identifier as a file writes it, with its type, and where.</summary>
internal sealed record PlacedIdentifier(string Typed, int Line, int Column);

/// <summary>The persons of a subjects file. An identifier belongs to one of them.</summary>
internal sealed class TiedIdentifiers(PolicyFaults faults)
{
    private readonly Dictionary<string, Owner> _owners = new(StringComparer.Ordinal);
    private readonly List<IReadOnlyList<string>> _several = [];

    /// <summary>The types of identifiers that are a person's. A family of mixed files is none.</summary>
    public static IReadOnlyList<string> Types { get; } = [.. SubjectIdentifier.Types.Where(static type => type != SubjectIdentifier.MixedType)];

    /// <summary>The persons with two identifiers or more.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Several => _several;

    /// <summary>Takes the identifiers of one person.</summary>
    public void Add(List<PlacedIdentifier> person)
    {
        Owner? owner = null;
        var identifiers = new List<string>(person.Count);
        foreach (var placed in person)
        {
            owner ??= new Owner(placed.Line);
            if (Normalize(placed) is not { } identifier)
            {
                continue;
            }

            if (_owners.TryAdd(identifier, owner))
            {
                identifiers.Add(identifier);
            }
            else if (_owners[identifier] is var other && other != owner)
            {
                faults.Add(
                    placed.Line,
                    placed.Column,
                    $"The identifier here in line {placed.Line} stands also with another person, in line {other.Line}.",
                    "If both are one person, write all identifiers together; else give the identifier to one of the two.");
            }
        }

        if (identifiers.Count > 1)
        {
            _several.Add(identifiers);
        }
    }

    private string? Normalize(PlacedIdentifier placed)
    {
        if (!SubjectIdentifier.TryNormalize(placed.Typed, out var normalized, out var reason))
        {
            faults.Add(placed.Line, placed.Column, $"The identifier cannot be used: {reason}.", $"Write its type and its text, like {Types[0]}:name@host.");
            return null;
        }

        if (normalized.StartsWith(SubjectIdentifier.MixedType + ":", StringComparison.Ordinal))
        {
            faults.Add(placed.Line, placed.Column, "A family of files that mix people is no person's identifier.", "Remove it.");
            return null;
        }

        return normalized;
    }

    /// <summary>A person, by the line of the first identifier.</summary>
    private sealed class Owner(int line)
    {
        public int Line { get; } = line;
    }
}
