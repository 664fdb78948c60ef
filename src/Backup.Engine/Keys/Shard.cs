using Backup.Engine.Format;

namespace Backup.Engine.Keys;

/// <summary>A part of the keyring in memory: its domains, and the sealed object that holds them as long as nothing was changed.</summary>
internal sealed class Shard
{
    private readonly List<DomainRecord> _domains;
    private Dictionary<DomainId, int>? _positions;

    public Shard() => _domains = [];

    public Shard(KeyringShard opened, ShardReference sealedAs)
    {
        _domains = [.. opened.Domains];
        Sealed = sealedAs;
        Length = _domains.Sum(static domain => (long)KeyringShard.EstimateLength(domain));
    }

    public IReadOnlyList<DomainRecord> Domains => _domains;

    /// <summary>About the bytes its text has.</summary>
    public long Length { get; private set; }

    /// <summary>Where what is in memory stands sealed; null if it was changed since.</summary>
    public ShardReference? Sealed { get; set; }

    public DomainRecord? Find(DomainId id) => Positions().TryGetValue(id, out var at) ? _domains[at] : null;

    public void Add(DomainRecord domain)
    {
        _positions?.Add(domain.Id, _domains.Count);
        _domains.Add(domain);
        Length += KeyringShard.EstimateLength(domain);
        Sealed = null;
    }

    public void SetState(DomainId id, DomainState state)
    {
        var at = Positions()[id];
        if (_domains[at].State != state)
        {
            _domains[at] = _domains[at] with { State = state };
            Sealed = null;
        }
    }

    public void Remove(IReadOnlySet<DomainId> ids)
    {
        _domains.RemoveAll(domain => ids.Contains(domain.Id));
        _positions = null;
        Length = _domains.Sum(static domain => (long)KeyringShard.EstimateLength(domain));
        Sealed = null;
    }

    private Dictionary<DomainId, int> Positions()
    {
        if (_positions is null)
        {
            _positions = new Dictionary<DomainId, int>(_domains.Count);
            for (var i = 0; i < _domains.Count; i++)
            {
                _positions.Add(_domains[i].Id, i);
            }
        }

        return _positions;
    }
}
