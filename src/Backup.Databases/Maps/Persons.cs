using Backup.Engine.Policies;

namespace Backup.Databases.Maps;

/// <summary>
/// Who the persons of a database are: from a kind and a key, as rows name their owners, to the identifier that names the person's domains. Held in memory
/// for the run: about 150 bytes a person.
/// </summary>
internal sealed class Persons
{
    private readonly DataMap _map;
    private readonly Dictionary<string, string> _subjects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _identifiers = new(StringComparer.Ordinal);

    /// <param name="map">The map.</param>
    public Persons(DataMap map) => _map = map;

    /// <summary>Of each person with more than one identifier all of them.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Ties => [.. _identifiers.Values.Where(static several => several.Count > 1)];

    /// <summary>Takes one row of a query for persons: the key, then identifiers with their types, where the row gives them.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="row">As the server gave it.</param>
    public void Add(MapSubject kind, string?[] row)
    {
        if (row[0] is not { Length: > 0 } key)
        {
            return;
        }

        foreach (var text in row.Skip(1))
        {
            if (text is null || !SubjectIdentifier.TryNormalize(text, out var identifier, out _))
            {
                continue;
            }

            var owner = $"{kind.Name}:{key}";
            if (_subjects.TryAdd(owner, identifier))
            {
                _ = _identifiers.TryAdd(identifier, [identifier]);
            }
            else if (_identifiers[_subjects[owner]] is var known && !known.Contains(identifier, StringComparer.Ordinal))
            {
                known.Add(identifier);
            }
        }
    }

    /// <summary>The identifier of an owner. One of whom nothing else is known is named by the application and the key.</summary>
    /// <param name="owner">Kind and key, or <c>=</c> and an identifier.</param>
    public string Find(ReadOnlySpan<char> owner) =>
        _subjects.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(owner, out var subject) ? subject : Add(owner.ToString());

    private string Add(string owner)
    {
        var text = owner.StartsWith('=') ? owner[1..] : $"customer:{_map.Application}-{owner.Replace(':', '-')}";
        if (!SubjectIdentifier.TryNormalize(text, out var subject, out _))
        {
            subject = SubjectIdentifier.Raw(System.Text.Encoding.UTF8.GetBytes(text));
        }

        _subjects[owner] = subject;
        return subject;
    }
}
