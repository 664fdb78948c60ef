using Backup.Engine.Keys;

namespace Backup.Engine.Runs;

/// <summary>What a backup learns of the persons in a source.</summary>
internal sealed class SourcePersons(Session session, string source)
{
    /// <summary>What the source knows of persons with several identifiers is kept in the keyring, as what <c>subject tie</c> says.</summary>
    public async Task TieAsync(IReadOnlyList<IReadOnlyList<string>> ties, CancellationToken cancellation)
    {
        var known = session.Keyring.Duties.Ties.Select(KeyringDuties.NameOf).ToHashSet(StringComparer.Ordinal);
        List<IReadOnlyList<string>> added = [.. ties.Where(tie => !known.Contains(KeyringDuties.NameOf(tie)))];
        if (added.Count > 0)
        {
            await session.ChangeKeyringAsync(
                keyring => keyring.Duties = keyring.Duties.Union(new KeyringDuties { Ties = added }), new Format.LedgerPayload(), cancellation);
        }
    }

    /// <summary>Domains that this run made of persons who were erased not long ago: the source was not cleaned, or the person is a customer again.</summary>
    /// <param name="started">When the run began.</param>
    public IEnumerable<RunFinding> Returned(DateTimeOffset started)
    {
        var watched = session.Keyring.Duties.Watch.Where(watch => watch.Until > started.ToUnixTimeSeconds()).Select(static watch => watch.SubjectHash).ToHashSet();
        return watched.Count == 0 ? [] : session.Keyring.Added
            .Where(domain => domain.Created == started.ToUnixTimeSeconds() && domain.Subject is { } subject && watched.Contains(session.Keyring.Keys.HashSubject(subject)))
            .Select(domain => new RunFinding(
                source, $"the source holds data of a person who was erased not long ago; it is saved in the new domain {domain.Id}",
                "If the person is no customer again, remove the data from the source, then erase once more: `backupctl erase run`."));
    }
}
