using Backup.Engine.Format;
using Backup.Engine.Indexing;

namespace Backup.Engine.Tests.Indexing;

/// <summary>What a <see cref="Catalog"/> must answer, in dictionaries.</summary>
internal sealed class CatalogModel
{
    private readonly List<Hash> _known = [];
    private readonly Dictionary<Hash, ObjectState> _states = [];
    private readonly List<int> _members = [];
    private readonly HashSet<(int Member, int Pack, int Offset)> _places = [];
    private readonly HashSet<Hash> _indexes = [];
    private readonly HashSet<Hash> _inventories = [];
    private readonly Dictionary<string, HashSet<FaultyCopy>> _sites = new(StringComparer.Ordinal);

    public void AddIndex(Hash id, params (int Pack, int[] Members)[] packs)
    {
        if (!_indexes.Add(id))
        {
            return;
        }

        // What comes at once is numbered in the order of the ids.
        _members.AddRange(packs.SelectMany(static pack => pack.Members).Distinct().Except(_members).OrderBy(Ids.Member));
        foreach (var (pack, members) in packs)
        {
            Mark([Ids.Pack(pack)], ObjectState.Unlisted);
            for (var i = 0; i < members.Length; i++)
            {
                _places.Add((members[i], pack, 8 + (200 * i)));
            }
        }
    }

    public void Apply(Hash id, InventoryRecord inventory)
    {
        if (_inventories.Add(id))
        {
            Mark(inventory.Added.Select(item => item.Id), ObjectState.Live);
            Mark(inventory.Condemned.Select(item => item.Id), ObjectState.Condemned);
        }
    }

    public void Mark(IEnumerable<Hash> ids, ObjectState state)
    {
        foreach (var id in ids)
        {
            _known.AddRange(new[] { id }.Except(_known));
            _states[id] = (ObjectState)Math.Max((byte)state, (byte)_states.GetValueOrDefault(id));
        }
    }

    public void SetListing(string site, IEnumerable<FaultyCopy> faults)
    {
        Site(site).RemoveWhere(fault => fault.Fault != CopyFault.Damaged);
        Site(site).UnionWith(faults);
    }

    public void AddFault(string site, FaultyCopy fault) => Site(site).Add(fault);

    public void ClearFault(string site, Hash id) => Site(site).RemoveWhere(fault => fault.Id == id);

    public void RemoveSite(string site) => _sites.Remove(site);

    public MemberPlace? Find(int blob) => BestOf(blob) is { Stands: true } best ? best.Place : null;

    public MemberPlace? Locate(int blob) => BestOf(blob)?.Place;

    public IEnumerable<MemberPlace> Places(int member) =>
        Candidates(member, ObjectState.Condemned).OrderBy(static candidate => candidate.Place.State == ObjectState.Condemned).Select(static candidate => candidate.Place);

    public IEnumerable<Hash> Objects(ObjectState state) => _known.Where(id => _states[id] == state);

    public IEnumerable<FaultyCopy> Faults(string site) => _sites.GetValueOrDefault(site, []);

    private HashSet<FaultyCopy> Site(string site) => _sites.TryGetValue(site, out var faults) ? faults : _sites[site] = [];

    /// <summary>Of the members that hold a blob the one that stands, and in the newest pack.</summary>
    private Candidate? BestOf(int blob) => _members.Where(member => member == blob || member + 1 == blob)
        .Select(Best).OfType<Candidate>().OrderByDescending(static place => place.Stands).ThenByDescending(static place => place.Pack).FirstOrDefault();

    private Candidate? Best(int member) => Candidates(member, ObjectState.Live).FirstOrDefault();

    private IEnumerable<Candidate> Candidates(int member, ObjectState upTo) =>
        from place in _places
        where place.Member == member && _states[Ids.Pack(place.Pack)] <= upTo
        let state = _states[Ids.Pack(place.Pack)]
        let lost = _sites.Count > 0 && _sites.Values.All(faults => faults.Any(fault => fault.Id == Ids.Pack(place.Pack)))
        let number = _known.IndexOf(Ids.Pack(place.Pack))
        orderby state descending, lost, number descending, place.Offset
        select new Candidate(Ids.Place(member, place.Pack, state, place.Offset), state == ObjectState.Live && !lost, number);

    private sealed record Candidate(MemberPlace Place, bool Stands, int Pack);
}
