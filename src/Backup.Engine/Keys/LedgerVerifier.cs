using System.Collections.Concurrent;
using Backup.Engine.Format;

namespace Backup.Engine.Keys;

/// <summary>An entry whose name, repository, payload and both signatures were found right.</summary>
/// <param name="Hash">Of the whole entry; other entries name it by it.</param>
/// <param name="Entry">As stored.</param>
/// <param name="Body">Its signed part.</param>
public sealed record VerifiedEntry(Hash Hash, LedgerEntry Entry, LedgerBody Body)
{
    public string Name => ObjectNames.Ledger(Body.Sequence, Hash);
}

/// <summary>
/// Checks ledger entries. A term's signature is checked once, however many entries it has. May be used by several threads at once.
/// </summary>
/// <param name="repositoryId">Whose ledger it is.</param>
/// <param name="rootPublicKey">From the object <c>repository</c>.</param>
public sealed class LedgerVerifier(Hash repositoryId, ReadOnlyMemory<byte> rootPublicKey)
{
    private readonly ConcurrentDictionary<Hash, bool> _terms = new();

    /// <summary>Checks an entry.</summary>
    /// <param name="name">Under which it stands at a site.</param>
    /// <param name="entryObject">Its bytes.</param>
    /// <exception cref="DamagedException">It is not an entry of this ledger: to be ignored, with an alarm that says the
    /// message.</exception>
    /// <exception cref="UnsupportedFormatException">It uses what this program does not know.</exception>
    public VerifiedEntry Verify(string name, ReadOnlySpan<byte> entryObject)
    {
        var hash = Hash.Of(entryObject);
        var entry = LedgerEntry.Decode(entryObject);
        var body = LedgerBody.Decode(entry.Body);
        var fault = name != ObjectNames.Ledger(body.Sequence, hash) ? "its name is not that of its bytes"
            : body.RepositoryId != repositoryId ? "it is of another repository"
            : !IsTerm(body.Term) ? "its term is not signed by the root key"
            : !Signing.VerifyEntry(entry, body.Term) ? "its signature is wrong"
            : Hash.Of(entry.Payload) != body.PayloadHash ? "its payload is not the one it names"
            : null;
        return fault is null
            ? new VerifiedEntry(hash, entry, body)
            : throw new DamagedException($"The ledger entry '{name}' is damaged or forged: {fault}.");
    }

    private bool IsTerm(TermRecord term)
    {
        var writer = new CborSpanWriter(128);
        term.Write(ref writer);
        return _terms.GetOrAdd(Hash.Of(writer.ToArray()), _ => Signing.VerifyTerm(term, repositoryId, rootPublicKey.Span));
    }
}
