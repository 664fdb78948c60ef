using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Sealing;

namespace Backup.Engine.Keys;

/// <summary>A keyring as it goes to the sites: first the shards, then the root.</summary>
/// <param name="Root">The root object.</param>
/// <param name="RootHash">Its hash, which is its name.</param>
/// <param name="Shards">The objects of those shards that were changed since they were last sealed or opened.</param>
/// <param name="Current">Name and hash of the root and of every shard it reaches, ascending by name, for the ledger.</param>
public sealed record SealedKeyring(
    byte[] Root, Hash RootHash, IReadOnlyList<(Hash Hash, byte[] Object)> Shards, IReadOnlyList<NamedObject> Current);

/// <content>From objects and to objects.</content>
public sealed partial class Keyring
{
    /// <summary>The average length from which shards are split.</summary>
    private const long ShardLength = 1 << 20;

    private const int Fetches = 8;

    /// <summary>Opens a keyring.</summary>
    /// <param name="sealer">Of the repository.</param>
    /// <param name="epoch">The epoch whose root it is.</param>
    /// <param name="rootObject">All of it; the caller has compared its hash with the ledger.</param>
    /// <param name="fetchShard">Gets a shard by its hash; called for several at once.</param>
    /// <exception cref="WrongKeyException">The epoch's key is not the one the root was sealed under.</exception>
    /// <exception cref="DamagedException">The root or a shard is damaged, or they are not of this repository and epoch.</exception>
    public static async Task<Keyring> OpenAsync(
        Sealer sealer, Epoch epoch, ReadOnlyMemory<byte> rootObject, Func<Hash, Task<byte[]>> fetchShard)
    {
        var memory = new KeyMemory();
        try
        {
            var root = OpenRoot(sealer, epoch, rootObject.Span, memory);
            var keyring = new Keyring(memory, root.RootSeed, new RepositoryKeys(root.RepositoryKeys));
            if (keyring.RepositoryId != sealer.RepositoryId || root.Epoch != epoch.Id)
            {
                throw new DamagedException("The keyring root is damaged: it is of another repository or epoch.");
            }

            var shards = new Shard[root.Shards.Count];
            foreach (var batch in Enumerable.Range(0, shards.Length).Chunk(Fetches))
            {
                var objects = await Task.WhenAll(
                    batch.Select(i => root.Shards[i] is { } shard ? fetchShard(shard.Object) : Task.FromResult<byte[]>([])));
                for (var j = 0; j < batch.Length; j++)
                {
                    shards[batch[j]] = OpenShard(sealer, root.Shards[batch[j]], objects[j], memory);
                }
            }

            keyring.Take(root, shards);
            return keyring;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Seals the keyring for an epoch. A shard that was not changed keeps its object; one that was gets a new key, so that whoever knew the
    /// old one, through a key that was removed since or an old root, learns nothing of what comes in. What is returned must be put: the
    /// keyring counts it as sealed.
    /// </summary>
    public SealedKeyring Seal(Sealer sealer, Epoch epoch)
    {
        using var epochKey = epoch.DeriveKey();
        lock (_lock)
        {
            Split();
            var written = new List<(Hash, byte[])>();
            foreach (var shard in _shards.Where(static shard => shard.Sealed is null && shard.Domains.Count > 0))
            {
                var sealedShard = SealShard(sealer, shard);
                written.Add((shard.Sealed!.Object, sealedShard));
            }

            var text = EncodeRoot(epoch.Id);
            var root = sealer.Seal(ObjectType.KeyringRoot, epochKey.Span, text);
            CryptographicOperations.ZeroMemory(text);
            return new SealedKeyring(root, Hash.Of(root), written, Current(Hash.Of(root)));
        }
    }

    private NamedObject[] Current(Hash root)
    {
        var shards = _shards.Where(static shard => shard.Domains.Count > 0).Select(static shard => shard.Sealed!.Object);
        return [.. shards.Append(root).Order().Select(static hash => new NamedObject(ObjectNames.Keyring(hash), hash))];
    }

    private static KeyringRoot OpenRoot(Sealer sealer, Epoch epoch, ReadOnlySpan<byte> rootObject, KeyMemory memory)
    {
        using var epochKey = epoch.DeriveKey();
        return KeyringRoot.Decode(memory.Adopt(sealer.Open(ObjectType.KeyringRoot, epochKey.Span, rootObject)));
    }

    private static Shard OpenShard(Sealer sealer, ShardReference? reference, byte[] shardObject, KeyMemory memory)
    {
        if (reference is null)
        {
            return new Shard();
        }

        if (Hash.Of(shardObject) != reference.Object)
        {
            throw new DamagedException($"The keyring shard {reference.Object} is damaged: its bytes are not those of its name.");
        }

        var text = memory.Adopt(sealer.Open(ObjectType.KeyringShard, reference.Key.Span, shardObject));
        return new Shard(KeyringShard.Decode(text), reference);
    }

    private void Take(KeyringRoot root, Shard[] shards)
    {
        _slots = [.. root.Slots];
        _shardBits = root.ShardBits;
        _shards = shards;
        _duties = new KeyringDuties
        {
            Ties = root.Ties,
            Holds = root.Holds,
            Restrictions = root.Restrictions,
            Requests = root.Requests,
            Approvers = root.Approvers,
            Watch = root.Watch,
        };
        IndexShards();
    }

    private void IndexShards()
    {
        _places.Clear();
        _places.EnsureCapacity(_shards.Sum(static shard => shard.Domains.Count));
        foreach (var shard in _shards)
        {
            foreach (var domain in shard.Domains)
            {
                if (!_places.TryAdd(domain.Id, shard))
                {
                    throw new DamagedException($"The keyring is damaged: domain {domain.Id} stands in it twice.");
                }
            }
        }
    }

    /// <summary>Doubles the number of shards until they are short enough on average; then all are written anew.</summary>
    private void Split()
    {
        var bits = _shardBits;
        var length = _shards.Sum(static shard => shard.Length);
        while (bits < Limits.ShardBits && length > ShardLength << bits)
        {
            bits++;
        }

        if (bits == _shardBits)
        {
            return;
        }

        var shards = new Shard[1 << bits];
        for (var i = 0; i < shards.Length; i++)
        {
            shards[i] = new Shard();
        }

        foreach (var domain in _shards.SelectMany(static shard => shard.Domains))
        {
            shards[ShardOf(domain, bits)].Add(domain);
        }

        _shardBits = bits;
        _shards = shards;
        IndexShards();
    }

    private byte[] SealShard(Sealer sealer, Shard shard)
    {
        var key = _memory.Draw(KeyringRoot.KeySize);
        var text = new KeyringShard([.. shard.Domains.OrderBy(static domain => domain.Id)]).Encode();
        var sealedShard = sealer.Seal(ObjectType.KeyringShard, key.Span, text);
        CryptographicOperations.ZeroMemory(text);
        shard.Sealed = new ShardReference(Hash.Of(sealedShard), key);
        return sealedShard;
    }

    private byte[] EncodeRoot(EpochId epoch) => new KeyringRoot
    {
        Epoch = epoch,
        RootSeed = RootSeed,
        RepositoryKeys = Keys.All,
        Slots = _slots,
        ShardBits = _shardBits,
        Shards = [.. _shards.Select(static shard => shard.Domains.Count > 0 ? shard.Sealed : null)],
        Ties = _duties.Ties,
        Holds = _duties.Holds,
        Restrictions = _duties.Restrictions,
        Requests = _duties.Requests,
        Approvers = _duties.Approvers,
        Watch = _duties.Watch,
    }.Encode();
}
