using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Sealing;

namespace Backup.Engine.Ledger;

/// <summary>Whether this machine may write the ledger.</summary>
internal enum Ownership
{
    /// <summary>It holds no term.</summary>
    Never,

    /// <summary>A larger term exists: another took over.</summary>
    Former,

    /// <summary>Its term is the current one.</summary>
    Current,
}

/// <summary>
/// A term and the private key that writes the ledger in it. Kept in the state, sealed under the repository key <em>state</em>, and nowhere
/// else.
/// </summary>
internal sealed class Owner : IDisposable
{
    private const string Thing = "the file 'owner' of the state";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3);

    private readonly OwnerKey _key;

    private Owner(Hash repository, TermRecord term, OwnerKey key)
    {
        Repository = repository;
        Term = term;
        _key = key;
    }

    public Hash Repository { get; }

    public TermRecord Term { get; }

    /// <summary>Begins a term: draws its random part and its key, and has the root key sign both.</summary>
    /// <param name="rootSeed">Private part of the root key, from the keyring.</param>
    /// <param name="repository">Whose ledger it is.</param>
    /// <param name="number">One more than the largest seen; 1 for the first.</param>
    public static Owner Draw(ReadOnlySpan<byte> rootSeed, Hash repository, long number)
    {
        var key = OwnerKey.Draw();
        return new Owner(repository, Signing.SignTerm(rootSeed, repository, number, key.PublicKey), key);
    }

    /// <summary>Opens what <see cref="Seal"/> gave.</summary>
    /// <exception cref="WrongKeyException">It was sealed under another key.</exception>
    /// <exception cref="DamagedException">It is not what was sealed.</exception>
    public static Owner Open(Sealer sealer, RepositoryKeys keys, ReadOnlySpan<byte> content)
    {
        var text = sealer.Open(ObjectType.StateFile, keys.For(ObjectType.StateFile), content);
        try
        {
            var reader = new CborSpanReader(text, Thing);
            var (repository, term, key) = (default(Hash), default(TermRecord), default(OwnerKey));
            var map = reader.BeginMap();
            while (reader.NextKey(ref map, out var field))
            {
                switch (field)
                {
                    case 0: reader.Version(); break;
                    case 1: repository = reader.Hash(); break;
                    case 2: term = TermRecord.Read(ref reader); break;
                    case 3: key = OwnerKey.FromSeed(reader.Bytes(Signing.SeedSize)); break;
                    default: reader.SkipUnknown(field); break;
                }
            }

            reader.EndMap(map, Required);
            reader.End();
            return new Owner(repository, term!, key!);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>For the file <c>owner</c> of the state.</summary>
    public byte[] Seal(Sealer sealer, RepositoryKeys keys)
    {
        var writer = new CborSpanWriter(512, secret: true);
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Unsigned(1);
        writer.Key(1);
        writer.Hash(Repository);
        writer.Key(2);
        Term.Write(ref writer);
        writer.Key(3);
        writer.Bytes(_key.Seed.Span);
        writer.EndMap(map);
        var text = writer.ToArray();
        try
        {
            return sealer.Seal(ObjectType.StateFile, keys.For(ObjectType.StateFile), text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>
    /// What a machine is, that holds this term or none, to a ledger with these entries. A term that has no entry yet counts too.
    /// </summary>
    public static Ownership Of(Owner? owner, LedgerGraph graph)
    {
        if (owner is null)
        {
            return Ownership.Never;
        }

        var largest = graph.Entries.Select(node => node.Body.Term).Max();
        return owner.Term.CompareTo(largest) >= 0 ? Ownership.Current : Ownership.Former;
    }

    /// <summary>Whether an entry is of this term.</summary>
    public bool Wrote(LedgerNode entry) => entry.Body.Term.CompareTo(Term) == 0;

    /// <summary>Signs an entry of this term.</summary>
    public LedgerEntry Sign(LedgerBody body, byte[] payload) => Signing.SignEntry(_key.Seed.Span, body, payload);

    public void Dispose() => _key.Dispose();
}
