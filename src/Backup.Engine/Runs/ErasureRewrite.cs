using Backup.Engine.Blobs;
using Backup.Engine.Chunking;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Packing;
using Backup.Engine.Posix;
using Backup.Engine.Sites;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>
/// Writes snapshots anew without what a rule takes out of them, and condemns the old ones with every pack that holds what was left behind. All of it is one
/// entry: before that nothing has happened, after it the request is carried through. From the first snapshot of a source that changes, every later one is
/// written anew too, so that their order stays.
/// </summary>
/// <param name="session">Open for writing.</param>
/// <param name="request">For which it is done.</param>
/// <param name="rules">What goes.</param>
internal sealed class ErasureRewrite(Session session, RequestRecord request, IRewriteRules rules)
{
    private const int MostAttempts = 3;
    private const int Buffers = 2;

    private readonly Dictionary<DomainId, DomainRecord> _replaced = [];
    private readonly Dictionary<(DomainId Target, Hash Content, Hash Path), SavedContent?> _saved = [];
    private readonly List<InventoryObject> _packs = [];

    /// <summary>Whether something went from a domain whose key stays. Else what is left behind there are pages that name domains, and nobody.</summary>
    private bool _opens;

    /// <summary>Of its own: the filter of a file reads on a thread of its own.</summary>
    private BlobReader? _content;

    /// <summary>Does it.</summary>
    /// <returns>How many snapshots were written anew.</returns>
    /// <exception cref="BackupException">Exit 20: too few sites took it. Exit 21: a snapshot cannot be read. Exit 1: backups came in between again and again.</exception>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        for (var left = MostAttempts; ; left--)
        {
            try
            {
                return await TryAsync(cancellation);
            }
            catch (LedgerChangedException) when (left > 1)
            {
                // Another run added a snapshot: it is looked at too.
            }
            catch (LedgerChangedException)
            {
                throw new BackupException(FailureKind.Failed, "Other runs wrote, again and again, while snapshots were written anew.", "Run it again when no backup runs.");
            }
        }
    }

    private async Task<int> TryAsync(CancellationToken cancellation)
    {
        await session.TakeUpAsync(cancellation);
        var changes = session.Changes;
        _saved.Clear();
        _packs.Clear();
        _opens = false;
        _content = session.NewBlobReader();

        // 1. The new trees, and what no new snapshot has any more.
        using var index = new IndexWriter(session.State.SpoolPath);
        using var buffers = new PackBuffers(Buffers);
        await using var sites = new Fanout([.. session.Sites.Select(static site => site.Site)], new FanoutLimits(Buffers), session.Context.Clock, cancellation);
        using var blobs = Writer(buffers, index, sites, cancellation);
        var rewrite = new SnapshotRewrite(Tools(blobs, cancellation));
        var (renewed, forgotten) = (Renew(rewrite, cancellation), Forgotten(rewrite, cancellation));
        if (renewed.Count == 0 && forgotten.Count == 0)
        {
            return 0;
        }

        blobs.Complete();
        var objects = new InventoryBuilder(session, [.. _packs]);
        objects.SealIndex(index);
        await sites.FlushAsync(cancellation);
        await objects.IndexedAsync();

        // 2. The packs that hold what was left behind, without it.
        var dead = Dead(rewrite.Left, renewed, forgotten, cancellation);
        await using var moved = new PackRewrite(session, blob => !dead.Contains(blob), cancellation);
        var packs = _opens ? PacksWith(dead) : [];
        await moved.RunAsync(packs, cancellation, objects);
        if (moved.Damaged.Count > 0 || !ErasureObjects.StandsSafely(session))
        {
            throw new BackupException(
                FailureKind.Degraded, "What must be written in the place of older objects could not be read, or came to too few sites; nothing was changed.",
                "Bring the sites back, or run `backupctl verify --heal`, then run it again.");
        }

        // 3. One entry for all of it.
        await CommitAsync(changes, objects, new Outcome(renewed, forgotten, packs), cancellation);
        return renewed.Count;
    }

    /// <summary>The snapshots that change, each with what takes its place, in the order of the ledger.</summary>
    private List<(Hash Old, SnapshotRecord New)> Renew(SnapshotRewrite rewrite, CancellationToken cancellation)
    {
        var (renewed, sources) = (new List<(Hash, SnapshotRecord)>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var snapshot in session.Ledger.Snapshots.ToList())
        {
            session.Context.Progress.Phase("writing anew snapshot " + snapshot.Id.ToString()[..8]);
            var record = session.RecordOf(snapshot.Id) ?? throw new DamagedException($"The snapshot {snapshot.Id} cannot be had from any site.");
            if (rewrite.Rewrite(record, cancellation) is { } changed)
            {
                sources.Add(record.Source);
                renewed.Add((snapshot.Id, changed));
            }
            else if (sources.Contains(record.Source))
            {
                renewed.Add((snapshot.Id, record));
            }
        }

        return renewed;
    }

    /// <summary>Forgotten snapshots could be brought back: those that hold something of it can be no more.</summary>
    private List<Hash> Forgotten(SnapshotRewrite rewrite, CancellationToken cancellation)
    {
        var found = new List<Hash>();
        foreach (var snapshot in session.Ledger.Forgotten.Where(snapshot => session.Catalog.Find(snapshot.Id) is (_, ObjectState.Live)).ToList())
        {
            try
            {
                if (session.RecordOf(snapshot.Id) is { } record && rewrite.Rewrite(record, cancellation) is not null)
                {
                    found.Add(snapshot.Id);
                }
            }
            catch (DamagedException)
            {
                // A gc condemned what it needs: it cannot be brought back anyway.
                found.Add(snapshot.Id);
            }
        }

        return found;
    }

    /// <summary>What of the things that were left behind no snapshot that stays needs.</summary>
    private HashSet<BlobId> Dead(HashSet<BlobId> left, List<(Hash Old, SnapshotRecord New)> renewed, List<Hash> forgotten, CancellationToken cancellation)
    {
        session.Context.Progress.Phase("looking for what is needed");
        var reach = new ReachSet(session.Catalog.BlobCount());
        var walk = new ReachWalk(reach, session.NewBlobReader().Read, session.Keyring.Find, domain => session.ErasedAt(domain) is not null);
        var gone = renewed.Select(static item => item.Old).Concat(forgotten).ToHashSet();
        foreach (var snapshot in session.Ledger.Snapshots.Where(snapshot => !gone.Contains(snapshot.Id)))
        {
            walk.Add(session.RecordOf(snapshot.Id)!, cancellation);
        }

        renewed.ForEach(item => walk.Add(item.New, cancellation));
        return [.. left.Where(blob => !reach.Contains(blob))];
    }

    /// <summary>The live packs that hold dead blobs; those of domains whose key goes are found when it has gone.</summary>
    private HashSet<Hash> PacksWith(HashSet<BlobId> dead)
    {
        var own = _packs.Select(static pack => pack.Id).ToHashSet();
        return [.. dead.SelectMany(session.Catalog.Places).Where(place => place.State == ObjectState.Live && !_replaced.ContainsKey(place.Domain) && !own.Contains(place.Pack))
            .Select(static place => place.Pack)];
    }

    private async Task CommitAsync(int changes, InventoryBuilder objects, Outcome outcome, CancellationToken cancellation)
    {
        using var keys = await session.LockKeysAsync(cancellation);
        var ids = Ids(objects, outcome.Renewed);
        await session.PutRequestAsync(keyring => keyring.Duties = keyring.Duties with { Requests = [.. keyring.Duties.Requests.Select(each => each.Id == request.Id ? Next(each) : each)] }, cancellation);
        List<CondemnedObject> condemned =
        [
            .. outcome.Renewed.Select(static item => new CondemnedObject(ObjectClass.Snapshot, item.Old)),
            .. outcome.Forgotten.Select(static id => new CondemnedObject(ObjectClass.Snapshot, id)),
            .. outcome.Packs.Order().Select(static id => new CondemnedObject(ObjectClass.Pack, id)),
        ];
        await objects.PutIndexAsync(cancellation);
        var inventory = await objects.PutInventoryAsync(condemned, cancellation);
        await objects.PutSnapshotAsync(cancellation);
        var complete = session.CompleteSites.Select(static site => site.Id).ToList();
        await session.WriteEntryAsync(
            state => session.Changes != changes ? throw new LedgerChangedException() : LedgerDraft.After(state, LedgerKind.Erased) with
            {
                Inventory = inventory,
                Payload = new LedgerPayload
                {
                    SnapshotsAdded = [.. ids.Values],
                    SnapshotsRemoved = [.. ids.Keys],
                    Complete = [.. ids.Values.SelectMany(id => complete.Select(site => new CompleteSnapshot(id, site)))],
                    Pinned = [.. ids.Where(item => state.Pinned.Contains(item.Key)).Select(static item => item.Value)],
                    Facts = [Facts(inventory!.Value.Id, outcome).ToFact()],
                },
            },
            cancellation);
        await objects.ApplyAsync();
        TestStop.Reach(TestStop.ErasureCondemned);
    }

    /// <summary>The new ids, by the old ones; each snapshot names the new one of its parent.</summary>
    private static Dictionary<Hash, Hash> Ids(InventoryBuilder objects, List<(Hash Old, SnapshotRecord New)> renewed)
    {
        var ids = new Dictionary<Hash, Hash>();
        foreach (var (old, record) in renewed)
        {
            ids[old] = objects.AddSnapshot(record.Parent is { } parent && ids.TryGetValue(parent, out var renamed) ? record with { Parent = renamed } : record);
        }

        return ids;
    }

    /// <summary>With domains whose keys are to go it waits for the epoch; without, its objects are all there is to be destroyed.</summary>
    private RequestRecord Next(RequestRecord known) => known with
    {
        Domains = [.. known.Domains.Union(_replaced.Keys)],
        State = known.Partial && known.Domains.Count + _replaced.Count == 0 ? RequestState.Erasing : known.State,
    };

    private ErasureFacts Facts(Hash inventory, Outcome outcome)
    {
        var known = ErasureFacts.All(session.Ledger).FirstOrDefault(facts => facts.Id == request.Id) ?? new ErasureFacts { Id = request.Id };
        var now = session.Context.Clock.GetUtcNow().ToUnixTimeSeconds();
        return known with
        {
            Reason = request.Reason,
            Received = request.Received,
            Approved = request.Approved,
            Erased = now,
            FormerEpoch = session.Ledger.Epoch.Id.Number,
            Epoch = session.Ledger.Epoch.Id.Number,
            Rewritten = known.Rewritten + outcome.Renewed.Count,
            Snapshots = Math.Max(known.Snapshots, outcome.Renewed.Count),
            Objects = known.Objects + outcome.Packs.Count,
            OpensWithCurrentKeys = known.OpensWithCurrentKeys || _opens,
            Inventories = [.. known.Inventories, inventory],
        };
    }

    private BlobWriter Writer(PackBuffers buffers, IndexWriter index, Fanout sites, CancellationToken cancellation) => new(
        () => new PackBuilder(session.Sealer, session.Keyring.Keys.For(Sealing.ObjectType.MemberTable).ToArray(), buffers),
        id => session.IsStored(id) || index.Contains(id),
        (pack, stop) =>
        {
            session.State.Trees.Put(TreeMembers.Select(pack.Index, pack.Bytes));
            index.Add(pack.Index);
            _packs.Add(new InventoryObject(ObjectClass.Pack, pack.Index.Id, pack.Index.Length));
            session.Keep(ObjectNames.Pack(pack.Index.Id), pack.Bytes);
            sites.PutAsync(ObjectNames.Pack(pack.Index.Id), pack.Bytes, pack, stop).GetAwaiter().GetResult();
        },
        sealers: 1,
        cancellation);

    private RewriteTools Tools(BlobWriter blobs, CancellationToken cancellation)
    {
        var files = new FileSaver(blobs, ChunkSizes.Files, new NoWalkReport(), cancellation);
        return new RewriteTools
        {
            Read = session.NewBlobReader().Read,
            Writer = new TreeWriter(blobs),
            Domains = session.Keyring.Find,
            Decide = Decide,
            Target = Target,
            Save = (source, entry, target, filter) => Save(files, source, (entry, target, filter), cancellation),
        };
    }

    private RewriteAction Decide(string source, RawEntry entry)
    {
        var action = rules.Decide(source, entry);
        _opens |= action == RewriteAction.Drop && !rules.Replaces(entry.Domain);
        return action;
    }

    private DomainRecord Target(DomainRecord domain)
    {
        if (!rules.Replaces(domain))
        {
            return domain;
        }

        if (!_replaced.TryGetValue(domain.Id, out var next))
        {
            next = session.Keyring.AddDomain(domain.Subject, domain.Class, domain.Period, session.Context.Clock.GetUtcNow().ToUnixTimeSeconds());
            _replaced.Add(domain.Id, next);
        }

        return next;
    }

    /// <summary>One content is stored once, in however many snapshots and under however many names it stands.</summary>
    private Entry Save(FileSaver files, string source, (RawEntry Raw, DomainRecord Target, bool Filter) job, CancellationToken cancellation)
    {
        var entry = job.Raw.Entry;
        var key = (job.Target.Id, HashOf(entry), job.Filter ? Hash.Of(job.Raw.Path) : default);
        if (!_saved.TryGetValue(key, out var saved))
        {
            saved = _saved[key] = Store(files, source, job, cancellation);
        }

        return saved is null ? entry
            : job.Filter ? entry with { Content = saved.Content, Size = saved.Length, Extents = null }
            : entry with { Content = saved.Content };
    }

    /// <returns>Null if nothing of it went, and it stays where it is.</returns>
    private SavedContent? Store(FileSaver files, string source, (RawEntry Raw, DomainRecord Target, bool Filter) job, CancellationToken cancellation)
    {
        var (entry, domain) = (job.Raw.Entry, job.Raw.Domain);
        var trees = new TreeReader(_content!.Read);
        using var content = new StoredContent(entry, trees.Content(domain, entry.Content!), blob => _content.Read(domain, blob), withHoles: job.Filter);
        using var file = job.Filter
            ? RewrittenFile.Filtered(entry, output => rules.Filter(source, job.Raw, content, output, cancellation))
            : RewrittenFile.Whole(entry, content);
        var saved = files.Save(file, job.Target);
        var isSame = job.Target.Id == domain.Id && file.Length == entry.Size;
        _opens |= job.Target.Id == domain.Id && !isSame;
        return isSame ? null : new SavedContent(saved, file.Length);
    }

    private static Hash HashOf(Entry entry)
    {
        var bytes = new byte[(entry.Content!.Blobs.Count * BlobId.Size) + sizeof(long)];
        for (var i = 0; i < entry.Content.Blobs.Count; i++)
        {
            entry.Content.Blobs[i].Id.Write(bytes.AsSpan(i * BlobId.Size));
        }

        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(entry.Content.Blobs.Count * BlobId.Size), entry.Size);
        return Hash.Of(bytes);
    }

    /// <param name="Content">Where it stands; null: nothing is left.</param>
    /// <param name="Length">Bytes.</param>
    private sealed record SavedContent(ContentReference? Content, long Length);

    private sealed record Outcome(List<(Hash Old, SnapshotRecord New)> Renewed, List<Hash> Forgotten, HashSet<Hash> Packs);

    private sealed class NoWalkReport : Sources.IWalkReport
    {
        public void Failed(byte[] path, string reason)
        {
        }

        public void Excluded(byte[] path, string reason)
        {
        }
    }
}
