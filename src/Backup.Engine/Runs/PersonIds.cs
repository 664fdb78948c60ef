using Backup.Engine.Keys;
using Backup.Engine.Policies;

namespace Backup.Engine.Runs;

/// <summary>From what somebody typed to all identifiers of that person.</summary>
internal static class PersonIds
{
    private static readonly char[] Wild = ['*', '?', '[', ']'];

    /// <summary>Brings typed identifiers into their one form.</summary>
    /// <exception cref="BackupException">Exit 2: one is none, names no type, or is a pattern.</exception>
    public static IReadOnlyList<string> Parse(IReadOnlyList<string> typed)
    {
        if (typed.Count == 0)
        {
            throw new BackupException(FailureKind.Usage, "No person is named.", "Name one by an identifier with its type, like email:max@example.de or customer:4711.");
        }

        return [.. typed.Select(Parse).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The identifiers and all that are tied to them, in the keyring or in the file of the policy.</summary>
    /// <exception cref="PolicyException">The file is wrong.</exception>
    public static IReadOnlySet<string> WithTies(IReadOnlyList<string> subjects, KeyringDuties duties, Tenant policy)
    {
        var ties = policy.SubjectsFile is { } file ? [.. duties.Ties, .. SubjectsFile.Load(file)] : duties.Ties;
        var person = subjects.ToHashSet(StringComparer.Ordinal);
        while (ties.Any(tie => tie.Any(person.Contains) && !tie.All(person.Contains)))
        {
            foreach (var tie in ties.Where(tie => tie.Any(person.Contains)))
            {
                person.UnionWith(tie);
            }
        }

        return person;
    }

    private static string Parse(string typed)
    {
        if (typed.IndexOfAny(Wild) >= 0)
        {
            throw new BackupException(FailureKind.Usage, "An identifier holds a wildcard.", "Name each person by itself: nothing here works by patterns, so that nobody is meant by mistake.");
        }

        if (!SubjectIdentifier.TryNormalize(typed, out var normalized, out var reason))
        {
            throw new BackupException(FailureKind.Usage, $"An identifier cannot be understood: {reason}.", "Write it with its type, like email:max@example.de or customer:4711.");
        }

        return normalized;
    }
}
