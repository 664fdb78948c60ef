using Backup.Engine.Format;

namespace Backup.Engine.Keys;

/// <summary>
/// All keys of a repository in memory: its own, those of its domains, and the public keys of its unlock slots. FORMAT.md, sections 6.4 and
/// 6.5. Keys lie in pinned memory that <see cref="Dispose"/> wipes: no domain of it may be used after that. May be used by several threads
/// at once.
/// </summary>
public sealed partial class Keyring : IDisposable
{
    private readonly Lock _lock = new();
    private readonly KeyMemory _memory;
    private readonly Dictionary<DomainId, Shard> _places = [];
    private readonly List<DomainRecord> _added = [];
    private List<KeyringSlot> _slots = [];
    private Shard[] _shards = [new Shard()];
    private int _shardBits;
    private Dictionary<DomainKey, DomainRecord>? _newest;
    private KeyringDuties _duties = new();

    private Keyring(KeyMemory memory, ReadOnlyMemory<byte> rootSeed, RepositoryKeys keys)
    {
        _memory = memory;
        RootSeed = rootSeed;
        Keys = keys;
        RootPublicKey = Signing.PublicKey(rootSeed.Span);
        RepositoryId = Hash.Of(RootPublicKey);
    }

    /// <summary>Hash of the root public key.</summary>
    public Hash RepositoryId { get; }

    /// <summary>Ed25519.</summary>
    public byte[] RootPublicKey { get; }

    /// <summary>Private part of the root key: signs the repository and terms.</summary>
    public ReadOnlyMemory<byte> RootSeed { get; }

    public RepositoryKeys Keys { get; }

    public KeyringDuties Duties
    {
        get
        {
            lock (_lock)
            {
                return _duties;
            }
        }

        set
        {
            lock (_lock)
            {
                _duties = value;
            }
        }
    }

    /// <summary>The unlock slots that every epoch is encapsulated to.</summary>
    public IReadOnlyList<KeyringSlot> Slots
    {
        get
        {
            lock (_lock)
            {
                return [.. _slots];
            }
        }
    }

    /// <summary>Every domain, in no order.</summary>
    public IReadOnlyList<DomainRecord> Domains
    {
        get
        {
            lock (_lock)
            {
                return [.. _shards.SelectMany(static shard => shard.Domains)];
            }
        }
    }

    /// <summary>
    /// Domains that were added since the keyring was drawn or opened: what a run brings along when another epoch was opened meanwhile.
    /// </summary>
    public IReadOnlyList<DomainRecord> Added
    {
        get
        {
            lock (_lock)
            {
                return [.. _added];
            }
        }
    }

    /// <summary>Draws the keys of a new repository.</summary>
    public static Keyring Draw()
    {
        var memory = new KeyMemory();
        var keys = new ReadOnlyMemory<byte>[KeyringRoot.RepositoryKeyCount];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = memory.Draw(KeyringRoot.KeySize);
        }

        return new Keyring(memory, memory.Draw(Signing.SeedSize), new RepositoryKeys(keys));
    }

    /// <summary>A domain, or null.</summary>
    public DomainRecord? Find(DomainId id)
    {
        lock (_lock)
        {
            return _places.TryGetValue(id, out var shard) ? shard.Find(id) : null;
        }
    }

    /// <summary>The newest domain of a subject, class and period, or null. One that is restricted or about to be erased takes what comes too: its state says that nobody reads it.</summary>
    public DomainRecord? Newest(string? subject, string? retentionClass, string? period)
    {
        lock (_lock)
        {
            return NewestOf(new DomainKey(subject, retentionClass, period));
        }
    }

    /// <summary>Every domain of some subjects, whatever their class, period and state.</summary>
    public IReadOnlyList<DomainRecord> OfSubjects(IReadOnlySet<string> subjects)
    {
        lock (_lock)
        {
            return [.. subjects.Select(subject => _shards[ShardOf(Keys.HashSubject(subject), _shardBits)]).Distinct()
                .SelectMany(static shard => shard.Domains).Where(domain => domain.Subject is { } subject && subjects.Contains(subject))];
        }
    }

    /// <summary>Every domain whose subject has one of these keyed hashes.</summary>
    public IReadOnlyList<DomainRecord> OfHashes(IReadOnlySet<Hash> subjects)
    {
        lock (_lock)
        {
            return [.. subjects.Select(hash => _shards[ShardOf(hash, _shardBits)]).Distinct()
                .SelectMany(static shard => shard.Domains).Where(domain => domain.Subject is { } subject && subjects.Contains(Keys.HashSubject(subject)))];
        }
    }

    /// <summary>Adds a domain with fresh keys, whether one of that subject, class and period exists or not.</summary>
    /// <param name="subject">Or null.</param>
    /// <param name="retentionClass">Or null.</param>
    /// <param name="period">Or null.</param>
    /// <param name="created">Seconds since 1970.</param>
    public DomainRecord AddDomain(string? subject, string? retentionClass, string? period, long created)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(subject, "");
        lock (_lock)
        {
            return AddNew(new DomainKey(subject, retentionClass, period), created);
        }
    }

    /// <summary>The newest domain of a subject, class and period, or a new one.</summary>
    public DomainRecord GetOrAdd(string? subject, string? retentionClass, string? period, long created)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(subject, "");
        lock (_lock)
        {
            var key = new DomainKey(subject, retentionClass, period);
            return NewestOf(key) ?? AddNew(key, created);
        }
    }

    /// <summary>Adds a domain of another keyring, with a copy of its keys; one that is here already stays as it is.</summary>
    public void Add(DomainRecord domain)
    {
        lock (_lock)
        {
            AddCopy(domain);
        }
    }

    /// <summary>Restricts, blocks or releases a domain.</summary>
    /// <exception cref="KeyNotFoundException">There is no such domain.</exception>
    public void SetState(DomainId id, DomainState state)
    {
        lock (_lock)
        {
            _places[id].SetState(id, state);
            _newest = null;
        }
    }

    /// <summary>The state of what comes of a person: what is restricted stays so.</summary>
    public DomainState StateOfNew(string? subject, string? retentionClass)
    {
        lock (_lock)
        {
            return subject is not null && _duties.Restrictions.Any(each => each.Subject == subject && (each.Class is null || each.Class == retentionClass))
                ? DomainState.Restricted : DomainState.Live;
        }
    }

    /// <summary>Takes domains out. Their shards are written under new keys with the next epoch.</summary>
    public void Remove(IReadOnlySet<DomainId> ids)
    {
        lock (_lock)
        {
            foreach (var shard in ids.Select(id => _places.GetValueOrDefault(id)).OfType<Shard>().Distinct())
            {
                shard.Remove(ids);
            }

            foreach (var id in ids)
            {
                _places.Remove(id);
            }

            _added.RemoveAll(domain => ids.Contains(domain.Id));
            _newest = null;
        }
    }

    /// <summary>Adds an unlock slot; it opens epochs that are drawn from now on.</summary>
    public void AddSlot(KeyringSlot slot)
    {
        lock (_lock)
        {
            if (_slots.Count >= Limits.Slots)
            {
                throw new BackupException(
                    FailureKind.Refused, $"A repository has at most {Limits.Slots} unlock slots.", "Remove one with 'key remove'.");
            }

            _slots = [.. _slots.Where(other => other.Id != slot.Id), slot];
        }
    }

    /// <summary>Removes an unlock slot; it opens no epoch that is drawn from now on.</summary>
    /// <returns>False if there was none of that id.</returns>
    public bool RemoveSlot(Hash id)
    {
        lock (_lock)
        {
            return _slots.RemoveAll(slot => slot.Id == id) > 0;
        }
    }

    /// <summary>
    /// Takes up everything that another branch's keyring has and this one has not, and takes out what was erased in any branch.
    /// Of a domain that both have, the stricter state counts. The caller removes slots that either branch removed.
    /// </summary>
    /// <exception cref="DamagedException">The other keyring is of another repository.</exception>
    public void UnionWith(Keyring other, IReadOnlySet<DomainId> erased)
    {
        if (other.RepositoryId != RepositoryId)
        {
            throw new DamagedException("Keyrings of two repositories cannot be joined.");
        }

        var (domains, slots, duties) = (other.Domains, other.Slots, other.Duties);
        foreach (var domain in domains.Where(domain => !erased.Contains(domain.Id)))
        {
            Add(domain);
            if (Find(domain.Id)!.State < domain.State)
            {
                SetState(domain.Id, domain.State);
            }
        }

        Remove(erased);
        foreach (var slot in slots.Where(slot => Slots.All(mine => mine.Id != slot.Id)))
        {
            AddSlot(slot);
        }

        Duties = Duties.Union(duties);
    }

    public void Dispose() => _memory.Dispose();

    /// <summary>The number of a shard: the first bits of the keyed hash of the subject.</summary>
    internal static int ShardOf(Hash subject, int bits) => bits == 0 ? 0 : (int)(subject.High.High >> (64 - bits));

    private DomainRecord? NewestOf(DomainKey key)
    {
        if (_newest is null)
        {
            _newest = [];
            foreach (var domain in _shards.SelectMany(static shard => shard.Domains))
            {
                Remember(domain);
            }
        }

        return _newest.GetValueOrDefault(key);
    }

    private void Remember(DomainRecord domain)
    {
        var key = new DomainKey(domain.Subject, domain.Class, domain.Period);
        if (_newest is null)
        {
            return;
        }

        if (!_newest.TryGetValue(key, out var known) || (known.Created, known.Id).CompareTo((domain.Created, domain.Id)) < 0)
        {
            _newest[key] = domain;
        }
    }

    private DomainRecord AddNew(DomainKey key, long created)
    {
        var domain = new DomainRecord
        {
            Id = DomainId.Draw(),
            DataKey = _memory.Draw(DomainRecord.KeySize),
            IdKey = _memory.Draw(DomainRecord.KeySize),
            ChunkKey = _memory.Draw(DomainRecord.KeySize),
            Subject = key.Subject,
            Class = key.Class,
            Period = key.Period,
            Created = created,
            State = StateOfNew(key.Subject, key.Class),
        };
        Place(domain);
        return domain;
    }

    private void AddCopy(DomainRecord domain)
    {
        if (!_places.ContainsKey(domain.Id))
        {
            Place(domain with
            {
                DataKey = _memory.CopyOf(domain.DataKey.Span),
                IdKey = _memory.CopyOf(domain.IdKey.Span),
                ChunkKey = _memory.CopyOf(domain.ChunkKey.Span),
            });
        }
    }

    private void Place(DomainRecord domain)
    {
        var shard = _shards[ShardOf(domain, _shardBits)];
        shard.Add(domain);
        _places.Add(domain.Id, shard);
        _added.Add(domain);
        Remember(domain);
    }

    private int ShardOf(DomainRecord domain, int bits) => bits == 0 ? 0 : ShardOf(Keys.HashSubject(domain.Subject ?? ""), bits);

    private readonly record struct DomainKey(string? Subject, string? Class, string? Period);
}
