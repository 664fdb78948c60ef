using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>The first steps of every session: which sites answer, which repository they hold, and what their ledgers say.</summary>
internal sealed class SessionOpening(RunContext context, ReadOptions options, CancellationToken cancellation)
{
    private const int SmallObject = 1 << 20;

    public required StateDirectory State { get; init; }

    public LedgerPin? Pin { get; private set; }

    public List<SiteStanding> Sites { get; } = [];

    public RepositoryBody Repository { get; private set; } = null!;

    public byte[] RepositoryObject { get; private set; } = [];

    public LedgerGraph Graph { get; private set; } = null!;

    /// <summary>True if copies of the state may be used; false with <c>--site</c>, where nothing but the site itself counts.</summary>
    public bool UseState => options.Site is null;

    /// <summary>Asks every site of the policy, or the one named, and reads the ledgers.</summary>
    /// <exception cref="BackupException">Exit 10: no site holds the repository. Exit 11: another repository holds the places.</exception>
    public async Task RunAsync()
    {
        Pin = State.ReadPin();
        MakeSites();
        await Task.WhenAll(Sites.Select(ProbeAsync));
        await FindRepositoryAsync();
        Graph = new LedgerGraph(Repository.RepositoryId, Repository.RootPublicKey);
        if (UseState)
        {
            Graph.AddRange([.. State.EntryNames().Select(name => (name, (ReadOnlyMemory<byte>)State.ReadEntry(name)))]);
        }

        await Task.WhenAll(Sites.Where(static site => site.IsUp).Select(ListLedgerAsync));
        await ReadEntriesAsync();
        PlaceHeads();
    }

    private void MakeSites()
    {
        var chosen = context.Policy.Sites.Where(site => options.Site is null || site.Id == options.Site).ToList();
        if (chosen.Count == 0)
        {
            var known = string.Join(", ", context.Policy.Sites.Select(static site => site.Id));
            throw new BackupException(FailureKind.Usage, $"the policy has no site '{options.Site}'", $"its sites are {known}");
        }

        foreach (var config in chosen)
        {
            Sites.Add(new SiteStanding(Make(config), config));
        }
    }

    private Site Make(SiteConfig config) => new()
    {
        Id = config.Id,
        City = config.City,
        Country = config.Country,
        Location = config.Location is { } place ? (place.Latitude, place.Longitude) : null,
        Store = context.Stores(config),
        Connections = config is SftpSiteConfig { Connections: var connections } ? connections : 1,
    };

    private async Task ProbeAsync(SiteStanding site)
    {
        site.Presence = await site.Site.Store.ProbeAsync(cancellation);
        if (site.Presence == StorePresence.Unreachable)
        {
            site.GoDown(StoreFault.Unreachable, "it does not answer");
        }
    }

    private async Task FindRepositoryAsync()
    {
        var found = new List<(SiteStanding Site, RepositoryBody Body, byte[] Bytes)>();
        foreach (var site in Sites.Where(static site => site.Presence == StorePresence.Repository))
        {
            if (await ReadRepositoryAsync(site) is { } read)
            {
                found.Add((site, read.Body, read.Bytes));
            }
        }

        var id = Pin?.Repository ?? Agreed(found.ConvertAll(static item => item.Body.RepositoryId));
        foreach (var (site, body, _) in found.Where(item => item.Body.RepositoryId != id))
        {
            site.GoDown(StoreFault.Denied, $"the place holds another repository ({body.RepositoryId.ToString()[..16]}…); this one is {id.ToString()[..16]}…");
        }

        if (found.Find(item => item.Body.RepositoryId == id) is not { Site: not null } own)
        {
            throw NoneHolds(found.Count > 0);
        }

        (Repository, RepositoryObject) = (own.Body, own.Bytes);
    }

    private async Task<(RepositoryBody Body, byte[] Bytes)?> ReadRepositoryAsync(SiteStanding site)
    {
        try
        {
            var bytes = await site.Site.Store.GetAsync(ObjectNames.Repository, SmallObject, cancellation);
            return (Signing.OpenRepository(bytes), bytes);
        }
        catch (StoreException failure)
        {
            site.GoDown(failure.Fault, failure.Message);
        }
        catch (DamagedException damage)
        {
            site.GoDown(StoreFault.Damaged, damage.Message);
            context.Report(new DamageFinding(site.Site.Id, ObjectNames.Repository, damage.Message, Healed: false));
        }

        return null;
    }

    private Hash Agreed(List<Hash> ids)
    {
        var distinct = ids.Distinct().ToList();
        return distinct.Count switch
        {
            0 => throw NoneHolds(others: false),
            1 => distinct[0],
            _ => throw new BackupException(
                FailureKind.NotOwner, "the sites of the policy hold different repositories", "correct the places in the policy; `--site ID` opens one of them alone"),
        };
    }

    private BackupException NoneHolds(bool others)
    {
        var reasons = string.Join("; ", Sites.Select(site => $"{site}: {site.Site.Failure?.Reason ?? Describe(site.Presence)}"));
        return others
            ? new BackupException(FailureKind.NotOwner, $"other repositories hold the places of the policy ({reasons})", "correct the places, or use the state directory that belongs to them")
            : new BackupException(
                FailureKind.NoRepository,
                $"no site that was asked holds {(Pin is null ? "a repository" : "this repository")} ({reasons})",
                Pin is null ? "`backupctl init` makes one; if there is one already, correct the sites of the policy" : "bring a site back; an empty one is filled by `backupctl sync --to ID --rebuild` from another");
    }

    private static string Describe(StorePresence presence) => presence switch
    {
        StorePresence.Empty => "it is empty",
        StorePresence.Missing => "the place does not exist",
        StorePresence.Foreign => "it holds other files",
        StorePresence.Unfinished => "it holds parts of a repository that was not finished",
        StorePresence.Unreachable => "it does not answer",
        _ => "it cannot be read",
    };

    private async Task ListLedgerAsync(SiteStanding site)
    {
        if (site.Presence != StorePresence.Repository)
        {
            return;
        }

        var names = new List<string>();
        try
        {
            await foreach (var found in site.Site.Store.ListAsync(ObjectNames.LedgerPrefix, cancellation))
            {
                names.Add(found.Name);
            }
        }
        catch (StoreException failure)
        {
            site.GoDown(failure.Fault, failure.Message);
        }

        site.Entries = names;
    }

    /// <summary>Reads each entry that is not known yet from the first site that gives it sound.</summary>
    private async Task ReadEntriesAsync()
    {
        var wanted = Sites.SelectMany(static site => site.Entries).Distinct(StringComparer.Ordinal)
            .Where(name => ObjectNames.TryParse(name, out var parsed) && Graph.Find(parsed.Hash) is null).ToList();
        var reader = new SiteReader([.. Sites.Where(static site => site.IsUp).Select(static site => site.Site)], Patience.Default, context.Clock);
        var read = new List<(string Name, ReadOnlyMemory<byte> Bytes)>();
        foreach (var batch in wanted.Chunk(16))
        {
            read.AddRange(await Task.WhenAll(batch.Select(async name =>
            {
                ObjectNames.TryParse(name, out var parsed);
                try
                {
                    return (name, (ReadOnlyMemory<byte>)(await reader.GetAsync(name, parsed.Hash, Limits.Object, cancellation)).Content);
                }
                catch (ObjectLostException)
                {
                    return (name, default);
                }
            })));
        }

        foreach (var finding in reader.Findings)
        {
            if (finding.Damage == Damage.Damaged)
            {
                context.Report(new DamageFinding(finding.Site.Id, finding.Name, "its bytes are not what was put", Healed: false));
            }
        }

        var sound = read.Where(static item => !item.Bytes.IsEmpty).ToList();
        var valid = Graph.AddRange(sound).Select(static node => node.Name).ToHashSet(StringComparer.Ordinal);
        if (UseState)
        {
            State.SaveEntries([.. sound.Where(item => valid.Contains(item.Name))]);
        }
    }

    private void PlaceHeads()
    {
        foreach (var site in Sites)
        {
            var nodes = site.Entries.Select(name => ObjectNames.TryParse(name, out var parsed) ? Graph.Find(parsed.Hash) : null).OfType<LedgerNode>();
            site.Head = LedgerGraph.HeadsAmong(nodes) is [var head, ..] ? head : null;
        }

        if (Graph.Head is null)
        {
            throw new BackupException(
                FailureKind.Damage, "no site that was asked shows a valid ledger entry of this repository", "ask more sites; if none has one, the repository was not finished: run `backupctl init` again");
        }

        foreach (var site in Sites)
        {
            site.Behind = site.Head is null || site.Head.Hash != Graph.Head.Hash;
        }
    }
}
