using System.Security.Cryptography;
using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Sealing;

namespace Backup.Engine.Keys;

/// <summary>The keys of a repository that belong to no domain; 32 random bytes each. They lie in the memory of the keyring.</summary>
public sealed class RepositoryKeys
{
    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _keys;

    internal RepositoryKeys(IReadOnlyList<ReadOnlyMemory<byte>> keys) => _keys = keys;

    /// <summary>In stored order: index, snapshot, ledger, table, journal, subject, state.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> All => _keys;

    /// <summary>The parent key of a type of objects.</summary>
    /// <param name="type">One whose parent is a repository key.</param>
    public ReadOnlySpan<byte> For(ObjectType type) => type switch
    {
        ObjectType.Index => _keys[0].Span,
        ObjectType.Snapshot => _keys[1].Span,
        ObjectType.LedgerPayload => _keys[2].Span,
        ObjectType.MemberTable => _keys[3].Span,
        ObjectType.JournalRecord => _keys[4].Span,
        ObjectType.StateFile => _keys[6].Span,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No repository key is its parent."),
    };

    /// <summary>A keyed hash of a subject: says whether two are the same person, and to nobody without the key who it is.</summary>
    public Hash HashSubject(string subject)
    {
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_keys[5].Span, Encoding.UTF8.GetBytes(subject), digest);
        return Hash.Read(digest);
    }
}
