using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>A person as the keyring knows it: all identifiers, and all domains.</summary>
/// <param name="Subjects">Every identifier that is tied to what was asked for.</param>
/// <param name="Domains">Whatever their class, period and state.</param>
/// <param name="DutyOf">What keeps a domain.</param>
internal sealed record Person(IReadOnlySet<string> Subjects, IReadOnlyList<DomainRecord> Domains, Func<DomainRecord, DomainDuty> DutyOf)
{
    /// <summary>Finds a person.</summary>
    /// <param name="session">An open repository.</param>
    /// <param name="subjects">In their one form.</param>
    /// <exception cref="BackupException">Exit 1: nobody has these identifiers.</exception>
    public static Person Find(Session session, IReadOnlyList<string> subjects)
    {
        var person = TryFind(session, subjects);
        return person.Domains.Count > 0 ? person : throw Nobody(person.Subjects);
    }

    /// <summary>The same; somebody of whom the keyring knows nothing has no domains.</summary>
    public static Person TryFind(Session session, IReadOnlyList<string> subjects)
    {
        var (duties, policy) = (session.Keyring.Duties, session.Context.Policy);
        var person = PersonIds.WithTies(subjects, duties, policy);
        var now = session.Context.Clock.GetUtcNow();
        return new Person(person, session.Keyring.OfSubjects(person), domain => DomainDuty.Of(domain, policy.Classes, duties.Holds, person, now));
    }

    private static BackupException Nobody(IReadOnlySet<string> person)
    {
        var one = person.Count == 1 ? "this identifier" : "any of these identifiers";
        var mail = person.Any(static subject => subject.StartsWith("email:", StringComparison.Ordinal));
        return new BackupException(
            FailureKind.Failed, $"No domain of the repository belongs to {one}.",
            mail ? "Look at the spelling; the person may be known by another identifier, like customer:4711. What the rules do not catch is found by `backupctl subject find --content`."
                : "Look at the spelling and the type; what the rules do not catch is found by `backupctl subject find --content`.");
    }
}
