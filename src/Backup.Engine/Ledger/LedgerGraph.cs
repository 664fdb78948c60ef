using Backup.Engine.Format;
using Backup.Engine.Keys;

namespace Backup.Engine.Ledger;

/// <summary>
/// The valid entries of a ledger and how they build on each other. What it answers depends on the set of entries alone, not on the order in
/// which they were added. For one thread at a time. FORMAT.md, section 10.
/// </summary>
/// <param name="repository">Whose ledger it is.</param>
/// <param name="rootPublicKey">From the object <c>repository</c>, checked.</param>
internal sealed class LedgerGraph(Hash repository, ReadOnlyMemory<byte> rootPublicKey)
{
    private readonly LedgerVerifier _verifier = new(repository, rootPublicKey);
    private readonly Dictionary<Hash, LedgerNode> _nodes = [];
    private readonly HashSet<Hash> _named = [];
    private readonly HashSet<LedgerAlarm> _alarms = [];
    private LedgerBody? _last;

    public Hash Repository { get; } = repository;

    public int Count => _nodes.Count;

    /// <summary>What was ignored, each once.</summary>
    public IReadOnlyCollection<LedgerAlarm> Alarms => _alarms;

    /// <summary>The entries that no other names as predecessor, the one that counts first.</summary>
    public IReadOnlyList<LedgerNode> Heads => HeadsAmong(_nodes.Values);

    /// <summary>The head that counts; null if there is no entry.</summary>
    public LedgerNode? Head => Heads is [var head, ..] ? head : null;

    /// <summary>The other heads: not joined yet.</summary>
    public IReadOnlyList<LedgerNode> Branches => [.. Heads.Skip(1)];

    /// <summary>All entries in the order of the ledger.</summary>
    public IReadOnlyList<LedgerNode> Entries => Ordered(_nodes.Values);

    /// <summary>Entries that others name and that were not found.</summary>
    public IReadOnlyList<Hash> Missing => [.. _named.Where(hash => !_nodes.ContainsKey(hash)).Order()];

    /// <summary>Of the heads among some entries the one that counts first.</summary>
    public static IReadOnlyList<LedgerNode> HeadsAmong(IEnumerable<LedgerNode> entries)
    {
        var all = entries.ToList();
        var named = all.SelectMany(node => node.Body.Predecessors).ToHashSet();
        all.RemoveAll(node => named.Contains(node.Hash));
        all.Sort((left, right) => LedgerNode.CompareHeads(right, left));
        return all;
    }

    /// <summary>Takes up what was found under a name, if it is a valid entry; else it becomes an alarm.</summary>
    /// <returns>The entry; null if it is ignored.</returns>
    public LedgerNode? Add(string name, ReadOnlyMemory<byte> bytes) => Take(Verify(name, bytes, out var alarm), alarm);

    /// <summary>
    /// Takes up many at once, the newest first: what a valid entry names by its hash is what the owner saw and found valid when he wrote
    /// it, so a chain costs one check of a signature (200 µs) and not one for each of its entries.
    /// </summary>
    /// <returns>The valid ones, the newest first.</returns>
    public IReadOnlyList<LedgerNode> AddRange(IEnumerable<(string Name, ReadOnlyMemory<byte> Bytes)> found) =>
        [.. found.OrderByDescending(item => item.Name, StringComparer.Ordinal)
            .Select(item => Vouched(item.Name, item.Bytes.Span) is { } node ? Take(node, null) : Add(item.Name, item.Bytes))
            .OfType<LedgerNode>()];

    /// <summary>Checks what was found under a name, without taking it up.</summary>
    /// <param name="name">Under which it was found.</param>
    /// <param name="bytes">What was found.</param>
    /// <param name="alarm">Set where the result is null: why it is ignored.</param>
    public LedgerNode? Verify(string name, ReadOnlyMemory<byte> bytes, out LedgerAlarm? alarm)
    {
        try
        {
            var entry = _verifier.Verify(name, bytes.Span);
            var isFirst = entry.Body.Predecessors.Count == 0;
            alarm = isFirst == (entry.Body.Sequence == 1)
                ? null
                : new LedgerAlarm(name, "Its sequence number is not that of its place.", Unsupported: false);
            return alarm is null ? new LedgerNode(entry.Hash, entry.Body, entry.Entry.Payload) : null;
        }
        catch (Exception failure) when (failure is DamagedException or UnsupportedFormatException)
        {
            alarm = new LedgerAlarm(name, failure.Message, failure is UnsupportedFormatException);
            return null;
        }
    }

    /// <summary>Says that something is ignored that was not even looked at.</summary>
    public void Ignore(string name, string reason) => _alarms.Add(new LedgerAlarm(name, reason, Unsupported: false));

    public LedgerNode? Find(Hash hash) => _nodes.GetValueOrDefault(hash);

    /// <summary>
    /// Whether <paramref name="descendant"/> builds on <paramref name="ancestor"/>, directly or through others. No entry builds on itself.
    /// </summary>
    public bool IsAncestor(Hash ancestor, Hash descendant)
    {
        if (ancestor == descendant)
        {
            return false;
        }

        // What has a smaller sequence number cannot build on it. An ancestor that is missing itself is found all the same, by its name.
        var least = Find(ancestor)?.Body.Sequence ?? 0;
        return Reach([descendant], node => node.Body.Sequence > least).Contains(ancestor);
    }

    public LedgerRelation Relate(Hash entry, Hash other) =>
        entry == other ? LedgerRelation.Same
        : IsAncestor(entry, other) ? LedgerRelation.Ancestor
        : IsAncestor(other, entry) ? LedgerRelation.Descendant
        : LedgerRelation.Fork;

    /// <summary>Some entries and all they build on, in the order of the ledger. What is missing is left out.</summary>
    public IReadOnlyList<LedgerNode> Below(IEnumerable<Hash> heads) => Ordered(Reach(heads, _ => true).Select(Find).OfType<LedgerNode>());

    private static List<LedgerNode> Ordered(IEnumerable<LedgerNode> nodes)
    {
        var ordered = nodes.ToList();
        ordered.Sort(LedgerNode.CompareOrder);
        return ordered;
    }

    private static bool IsSame(TermRecord left, TermRecord right) =>
        left.CompareTo(right) == 0
        && left.OwnerPublicKey.AsSpan().SequenceEqual(right.OwnerPublicKey)
        && left.Signature.AsSpan().SequenceEqual(right.Signature);

    private static bool IsSame(LedgerEpoch left, LedgerEpoch right) =>
        left.Id == right.Id && left.Root == right.Root && left.Objects.SequenceEqual(right.Objects);

    private static T Shared<T>(T known, T read, bool same) => same ? known : read;

    /// <summary>
    /// The hashes of some entries, of their predecessors, and so on; the predecessors of an entry only where <paramref name="further"/>
    /// says so.
    /// </summary>
    private HashSet<Hash> Reach(IEnumerable<Hash> from, Func<LedgerNode, bool> further)
    {
        var reached = from.ToHashSet();
        var open = new Stack<Hash>(reached);
        while (open.TryPop(out var hash))
        {
            if (Find(hash) is { } node && further(node))
            {
                foreach (var predecessor in node.Body.Predecessors.Where(reached.Add))
                {
                    open.Push(predecessor);
                }
            }
        }

        return reached;
    }

    private LedgerNode? Vouched(string name, ReadOnlySpan<byte> bytes)
    {
        var hash = Hash.Of(bytes);
        if (!_named.Contains(hash))
        {
            return null;
        }

        try
        {
            var entry = LedgerEntry.Decode(bytes);
            var node = new LedgerNode(hash, LedgerBody.Decode(entry.Body), entry.Payload);
            return node.Name == name ? node : null;
        }
        catch (Exception failure) when (failure is DamagedException or UnsupportedFormatException)
        {
            // Verify says what is wrong.
            return null;
        }
    }

    private LedgerNode? Take(LedgerNode? node, LedgerAlarm? alarm)
    {
        if (node is null)
        {
            _alarms.Add(alarm!);
            return null;
        }

        if (_nodes.TryGetValue(node.Hash, out var known))
        {
            return known;
        }

        _last = WithoutRepetition(node.Body);
        _named.UnionWith(_last.Predecessors);
        return _nodes[node.Hash] = node with { Body = _last };
    }

    /// <summary>Entry after entry names the same epoch, slots and sites; ten years of them shall not be kept ten thousand times.</summary>
    private LedgerBody WithoutRepetition(LedgerBody body) => _last is not { } last ? body : body with
    {
        Term = Shared(last.Term, body.Term, IsSame(last.Term, body.Term)),
        Epoch = Shared(last.Epoch, body.Epoch, IsSame(last.Epoch, body.Epoch)),
        Slots = Shared(last.Slots, body.Slots, last.Slots.SequenceEqual(body.Slots)),
        Sites = Shared(last.Sites, body.Sites, last.Sites.SequenceEqual(body.Sites)),
    };
}
