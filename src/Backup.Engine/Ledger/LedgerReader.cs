using System.Collections.Concurrent;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Ledger;

/// <summary>
/// Reads the ledger from the state and from all sites at once, and says of each site what it shows. Changes nothing anywhere.
/// </summary>
/// <param name="state">Whose copies are read first, and whose pin the sites are compared with.</param>
/// <param name="patience">How often a store that says so is asked again.</param>
/// <param name="time">Measures the pauses.</param>
internal sealed class LedgerReader(StateDirectory state, Patience patience, TimeProvider time)
{
    private const int FetchesAtOnce = 8;

    /// <summary>A repository object has 220 bytes.</summary>
    private const int MostRepositoryBytes = 1 << 16;

    /// <summary>Reads everything. A site that does not answer is an outcome.</summary>
    /// <param name="sites">In the order of preference.</param>
    /// <param name="expected">Which repository it must be, where nothing is pinned; null: that of the first site that has one.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<LedgerReading> ReadAsync(IReadOnlyList<Site> sites, Hash? expected, CancellationToken cancellation)
    {
        var pin = state.ReadPin();
        var looks = await Task.WhenAll(sites.Select(site => LookAsync(site, cancellation)));
        var (repository, bytes) = Choose(looks, pin?.Repository ?? expected);
        if (repository is null)
        {
            var none = new LedgerGraph(default, ReadOnlyMemory<byte>.Empty);
            return new LedgerReading(null, null, none, pin, [.. looks.Select(look => Classify(look, none, pin))], [], []);
        }

        // The state after the sites: an entry of this machine that a site lists stands in the state before that. One that does not is a
        // sign of an old state.
        var graph = new LedgerGraph(repository.RepositoryId, repository.RootPublicKey);
        graph.AddRange(state.EntryNames().Select(name => (name, (ReadOnlyMemory<byte>)state.ReadEntry(name))));
        var (added, damage) = await FetchAsync(graph, looks.Where(look => look.IsOf(repository.RepositoryId)), cancellation);
        var faceless = looks.Where(static look => look.Damaged is not null).Select(static look => new Finding(look.Site, ObjectNames.Repository, Damage.Damaged));
        return new LedgerReading(repository, bytes, graph, pin, [.. looks.Select(look => Classify(look, graph, pin))], added, [.. damage, .. faceless]);
    }

    private async Task<Look> LookAsync(Site site, CancellationToken cancellation)
    {
        var look = new Look(site);
        if (!site.IsUp)
        {
            return look;
        }

        (look.Presence, look.Failure) = await site.Store.ProbeAsync(cancellation);
        if (look.Presence == StorePresence.Repository)
        {
            await site.AskAsync(() => look.ReadAsync(MostRepositoryBytes, cancellation), patience, time, cancellation);
        }

        return look;
    }

    /// <summary>Which repository is meant. Its root key is believed because its id is the hash of it.</summary>
    private (RepositoryBody? Body, byte[]? Bytes) Choose(IReadOnlyList<Look> looks, Hash? expected)
    {
        var found = looks.Select(look => (look.Body, look.Bytes)).Where(item => item.Body is not null).ToList();
        if (state.ReadRepository() is { } copy && Look.TryOpen(copy, out var body))
        {
            found.Add((body, copy));
        }

        return found.FirstOrDefault(item => expected is null || item.Body!.RepositoryId == expected);
    }

    private async Task<(IReadOnlyList<(LedgerNode Node, ReadOnlyMemory<byte> Bytes)> Added, IReadOnlyList<Finding> Damage)> FetchAsync(
        LedgerGraph graph, IEnumerable<Look> holders, CancellationToken cancellation)
    {
        var unknown = new Dictionary<string, (Hash Hash, List<Site> Sites)>(StringComparer.Ordinal);
        foreach (var (look, name) in holders.SelectMany(look => look.Names.Select(name => (look, name))))
        {
            if (!ObjectNames.TryParse(name, out var parsed) || parsed.Kind != ObjectKind.Ledger)
            {
                graph.Ignore(name, "It is not the name of an entry.");
            }
            else if (graph.Find(parsed.Hash) is null)
            {
                unknown.TryAdd(name, (parsed.Hash, []));
                unknown[name].Sites.Add(look.Site);
            }
        }

        var (fetched, damage) = (new ConcurrentBag<(string Name, ReadOnlyMemory<byte> Bytes)>(), new ConcurrentBag<Finding>());
        await Parallel.ForEachAsync(
            unknown,
            new ParallelOptions { MaxDegreeOfParallelism = FetchesAtOnce, CancellationToken = cancellation },
            async (wanted, token) =>
            {
                var reader = new SiteReader(wanted.Value.Sites, patience, time);
                try
                {
                    var (bytes, _) = await reader.GetAsync(wanted.Key, wanted.Value.Hash, Limits.Object, token);
                    fetched.Add((wanted.Key, bytes));
                }
                catch (ObjectLostException)
                {
                    // Every site that lists it is in the findings, or has gone down.
                }

                foreach (var finding in reader.Findings)
                {
                    damage.Add(finding);
                }
            });
        var bytesOf = fetched.ToDictionary(item => item.Name, item => item.Bytes, StringComparer.Ordinal);
        return ([.. graph.AddRange(fetched).Reverse().Select(node => (node, bytesOf[node.Name]))], [.. damage]);
    }

    private static SiteLedger Classify(Look look, LedgerGraph graph, LedgerPin? pin)
    {
        var heads = LedgerGraph.HeadsAmong(graph.Entries.Where(node => look.Names.Contains(node.Name)));
        var head = heads.Count > 0 ? heads[0] : null;
        var standing = StandingOf(look, head, graph, pin);
        return new SiteLedger(look.Site, standing, head, look.Names, MessageFor(look, standing));
    }

    private static SiteStanding StandingOf(Look look, LedgerNode? head, LedgerGraph graph, LedgerPin? pin) => look switch
    {
        { Site.IsUp: false } or { Presence: StorePresence.Unreachable } => SiteStanding.Unreachable,
        { Presence: StorePresence.Foreign } => SiteStanding.Foreign,
        { Presence: not StorePresence.Repository } => WasFilled(look.Site, graph) ? SiteStanding.Lost : SiteStanding.Empty,
        _ when !look.IsOf(pin?.Repository ?? graph.Repository) => SiteStanding.Foreign,
        _ when head is null => SiteStanding.Behind,
        _ => Compare(head, graph, pin),
    };

    private static SiteStanding Compare(LedgerNode head, LedgerGraph graph, LedgerPin? pin)
    {
        var reference = pin?.Head ?? graph.Head!.Hash;

        // Of a pinned head that neither the state nor a site has any more only the number is known.
        return graph.Relate(head.Hash, reference) switch
        {
            LedgerRelation.Same => SiteStanding.Current,
            LedgerRelation.Ancestor => SiteStanding.Behind,
            LedgerRelation.Descendant => SiteStanding.Ahead,
            _ => graph.Find(reference) is null && head.Body.Sequence < pin!.Sequence ? SiteStanding.Behind : SiteStanding.Forked,
        };
    }

    private static bool WasFilled(Site site, LedgerGraph graph) =>
        graph.Heads.Any(head => head.Body.Sites.Any(known => known.Id == site.Id && known.State == SiteState.Active));

    private static string? MessageFor(Look look, SiteStanding standing) => standing switch
    {
        SiteStanding.Unreachable => look.Site.Failure?.Reason ?? look.Failure?.Message ?? "It does not answer.",
        SiteStanding.Foreign when look.Body is { } other => $"It holds another repository: {other.RepositoryId}.",
        SiteStanding.Foreign => "It holds things that are none of this program.",
        SiteStanding.Lost when look.Presence == StorePresence.Unfinished => "It holds objects, but the object 'repository' is gone.",
        SiteStanding.Lost => "It held the repository and is empty now, or something else stands in its place.",
        _ => look.Damaged,
    };

    /// <summary>What a site showed.</summary>
    private sealed class Look(Site site)
    {
        public Site Site { get; } = site;

        public StorePresence Presence { get; set; } = StorePresence.Unreachable;

        public StoreException? Failure { get; set; }

        public byte[]? Bytes { get; private set; }

        public RepositoryBody? Body { get; private set; }

        public string? Damaged { get; private set; }

        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public static bool TryOpen(byte[] bytes, out RepositoryBody? body)
        {
            try
            {
                body = Signing.OpenRepository(bytes);
                return true;
            }
            catch (DamagedException)
            {
                body = null;
                return false;
            }
        }

        /// <summary>
        /// A damaged object 'repository' says nothing against the entries beside it: they prove by themselves whose they are.
        /// </summary>
        public bool IsOf(Hash repository) => Presence == StorePresence.Repository && (Body is null || Body.RepositoryId == repository);

        /// <summary>May be called again after a failure.</summary>
        public async Task ReadAsync(int mostRepositoryBytes, CancellationToken cancellation)
        {
            try
            {
                Bytes = await Site.Store.GetAsync(ObjectNames.Repository, mostRepositoryBytes, cancellation);
                Body = TryOpen(Bytes, out var body) ? body : null;
            }
            catch (StoreException failure) when (failure.Fault is StoreFault.Damaged)
            {
                Body = null;
            }

            Damaged = Body is null ? "Its object 'repository' is damaged." : null;
            await foreach (var item in Site.Store.ListAsync(ObjectNames.LedgerPrefix, cancellation))
            {
                Names.Add(item.Name);
            }
        }
    }
}
