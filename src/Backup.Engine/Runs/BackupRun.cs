using System.Runtime.CompilerServices;
using Backup.Engine.Blobs;
using Backup.Engine.Chunking;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Ledger;
using Backup.Engine.Packing;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;
using Backup.Engine.Sites;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>
/// Makes one snapshot of each source: read once, compressed once, sealed once, put to all sites at the same time. Start here to understand a backup: the
/// numbered steps call one face each.
/// </summary>
public static class BackupRun
{
    /// <summary>How often a source is begun, when each time a gc condemns something that the new snapshot would refer to.</summary>
    private const int MostAttempts = 3;

    /// <summary>One outcome per source, as each is done.</summary>
    /// <exception cref="BackupException">Exit 2, 10, 11, 12: nothing was begun. What concerns one source only is in its outcome.</exception>
    public static async IAsyncEnumerable<BackupOutcome> RunAsync(RunContext context, BackupRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var sources = Choose(context.Policy, request.Sources);
        await using var session = await Session.OpenForWritingAsync(context, "backup", new ReadOptions { DryRun = request.DryRun }, cancellation);
        foreach (var source in sources)
        {
            yield return await BackUpAsync(session, () => new SourceBackup(session, source, request), cancellation);
            session.Forget();
        }

        if (!request.DryRun)
        {
            await Erasure.ResumeAsync(session, cancellation);
        }
    }

    /// <summary>A source that cannot be backed up costs its own snapshot, never those of the sources after it.</summary>
    private static async Task<BackupOutcome> BackUpAsync(Session session, Func<SourceBackup> make, CancellationToken cancellation)
    {
        for (var left = MostAttempts - 1; ; left--)
        {
            var backup = make();
            try
            {
                return await backup.RunAsync(cancellation);
            }
            catch (CondemnedMeanwhileException) when (left > 0)
            {
                // The catalog knows now what is condemned: what the source still has of it is stored again.
            }
            catch (SourceRestartException restart) when (left > 0)
            {
                session.Context.Progress.Message(new RunFinding(backup.Id, restart.Message, "It is read again from its beginning."));
            }
            catch (ErasedMeanwhileException) when (left > 0)
            {
                // What the source still has of that person is read again, and lies in a new domain.
                await backup.DiscardAsync(cancellation);
            }
            catch (BackupException failure) when (failure.Kind is FailureKind.Failed or FailureKind.Usage)
            {
                return backup.Failed(failure);
            }

            session.Forget();
        }
    }

    private static IReadOnlyList<SourceConfig> Choose(Tenant policy, IReadOnlyList<string> names)
    {
        if (policy.Sources.Count == 0)
        {
            throw new BackupException(FailureKind.Usage, "The policy has no sources.", "Add one under `sources:`.");
        }

        var unknown = names.FirstOrDefault(name => policy.Sources.All(source => source.Id != name));
        return unknown is null
            ? [.. policy.Sources.Where(source => names.Count == 0 || names.Contains(source.Id, StringComparer.Ordinal))]
            : throw new BackupException(FailureKind.Usage, $"The policy has no source '{unknown}'.", $"Its sources are {string.Join(", ", policy.Sources.Select(static source => source.Id))}.");
    }
}

/// <summary>The backup of one source.</summary>
internal sealed class SourceBackup(Session session, SourceConfig source, BackupRequest request)
{
    /// <summary>A long first backup is committed every so many bytes, so that a machine that dies does not begin anew.</summary>
    private const long CommitBytes = 8L << 30;

    private const int CommitBlobs = 400_000;

    /// <summary>What a sealing thread takes: the pack it fills, its compressor, and segments that wait for it.</summary>
    private const long SealerMemory = 24 << 20;

    /// <summary>What a run takes beside them; measured with two versions of the Linux sources.</summary>
    private const long OtherMemory = 176 << 20;

    /// <summary>A pack that is still on its way to a site for which nobody waits: of its buffer no more than this is ever touched.</summary>
    private const long StrayMemory = PackBuffers.Target;

    /// <summary>Who does not wait for a site to come back still brings what it lacks to one that answers.</summary>
    private static readonly TimeSpan LeastFillTime = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LeastLaggardTime = TimeSpan.FromSeconds(30);

    private readonly RunContext _context = session.Context;
    private readonly BackupReport _report = new(session.Context);
    private readonly List<InventoryObject> _packs = [];
    private readonly List<(Hash Pack, IReadOnlyList<DomainId> Domains)> _personal = [];
    private readonly int _sealers = (int)Math.Clamp((session.Context.Policy.Limits.Memory - OtherMemory) / SealerMemory, 2, Math.Max(2, Environment.ProcessorCount));
    private long _bytesStored;
    private long _uncommitted;
    private int _condemnations;

    public async Task<BackupOutcome> RunAsync(CancellationToken cancellation)
    {
        var started = _context.Clock.GetUtcNow();
        _context.Progress.Phase("backing up " + source.Id);

        // 1. The parent: what is unchanged since then is not read again.
        _condemnations = await session.TakeUpAsync(cancellation);
        var parent = session.ParentOf(source.Id);
        _context.Progress.Expect(parent?.Record.Counts.Files, parent?.Record.Counts.Bytes);

        // 2. The way of the data: known? → segment → seal → pack → sites → index.
        using var hooks = new Hooks(source, _report);
        using var index = new IndexWriter(session.State.SpoolPath);
        // One pack for each sealing thread, and one on its way to the sites.
        var packs = _sealers + 1;
        using var buffers = new PackBuffers(packs);
        await using var sites = new Fanout([.. session.Sites.Select(static site => site.Site)], LimitsOf(packs, buffers), _context.Clock, cancellation);
        buffers.Short = sites.Press;
        using var blobs = new BlobWriter(
            () => new PackBuilder(session.Sealer, session.Keyring.Keys.For(ObjectType.MemberTable).ToArray(), buffers),
            id => session.IsStored(id) || index.Contains(id),
            (pack, stop) => Send(pack, sites, index, stop),
            _sealers,
            cancellation);

        // 3. Walk the source and build its trees.
        hooks.Before(cancellation);
        var reader = _context.Sources(source, _context.OwnPlaces);
        var files = new FileSaver(blobs, reader.HasRows ? ChunkSizes.Rows : ChunkSizes.Files, _report, cancellation);
        SnapshotTree tree;
        try
        {
            tree = Builder(parent, blobs, files, sites, index, started).Build(reader, cancellation);
            blobs.Complete();
            GiveBack(buffers);
        }
        catch (NoSiteLeftException)
        {
            // Nobody takes anything any more: to read on would be for nothing. The outcome says why of each site.
            return Outcome(null, new SnapshotFigures(), files.BytesRead, blobs.BytesAdded, started);
        }

        hooks.After();

        // 4. Commit: keyring, index, inventory, snapshot, ledger entry, at every site in this order.
        var record = Record(parent, tree, started, blobs.BytesAdded);
        var snapshot = request.DryRun ? null : await CommitAsync((record, tree.Domains), sites, index, cancellation);

        // 5. What a site lacks, of earlier runs or because it lagged in this one, is copied from one that has it.
        if (snapshot is { } made)
        {
            await new SourcePersons(session, source.Id).TieAsync(reader.Ties, cancellation);
            session.NoteDomains(made, parent?.Id, tree.Domains);
            await session.ReviveAsync(cancellation);
            await session.FillAsync(new FillOptions { Within = FillTime, WithinForLaggards = LaggardTime(started) }, cancellation);
        }

        return Outcome(snapshot, tree.Figures, files.BytesRead, blobs.BytesAdded, started);
    }

    public string Id => source.Id;

    private TimeSpan FillTime => _context.Policy.Limits.Wait > LeastFillTime ? _context.Policy.Limits.Wait : LeastFillTime;

    /// <summary>A site that was too slow in this run is not waited for much longer than the run took without it.</summary>
    private TimeSpan LaggardTime(DateTimeOffset started)
    {
        var part = (_context.Clock.GetUtcNow() - started) / 4;
        return part < LeastLaggardTime ? LeastLaggardTime : part < FillTime ? part : FillTime;
    }

    private FanoutLimits LimitsOf(int packs, PackBuffers buffers) => new(packs)
    {
        Strays = (int)Math.Clamp((_context.Policy.Limits.Memory - OtherMemory - (_sealers * SealerMemory)) / StrayMemory, 1, session.Sites.Count),
        Wait = _context.Policy.Limits.Wait,
        Keep = session.KeepFor,
        Exempt = buffers.Exempt,
    };

    /// <summary>After much was stored, its buffers make room for the index: the memory of a run is highest there.</summary>
    private void GiveBack(PackBuffers buffers)
    {
        if (Interlocked.Read(ref _bytesStored) > PackBuffers.Target)
        {
            buffers.Trim();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        }
    }

    /// <summary>Removes at the sites what this run put of persons who were erased meanwhile: no entry names it, so nobody else would.</summary>
    public async Task DiscardAsync(CancellationToken cancellation)
    {
        await session.RefreshKeysAsync(cancellation);
        foreach (var (pack, _) in _personal.Where(item => item.Domains.Any(domain => session.ErasedAt(domain) is not null)))
        {
            session.State.Spool.Delete(ObjectNames.Pack(pack));
            foreach (var site in session.Sites.Where(static site => site.Serves))
            {
                await site.Site.AskAsync(() => site.Site.Store.DeleteAsync(ObjectNames.Pack(pack), cancellation), Patience.Default, _context.Clock, cancellation);
            }
        }
    }

    /// <summary>There is no snapshot, for a reason that lies in the source.</summary>
    public BackupOutcome Failed(BackupException failure) =>
        Outcome(null, new SnapshotFigures(), 0, 0, _context.Clock.GetUtcNow()) with { Failure = failure };

    private SnapshotBuilder Builder(KnownSnapshot? parent, BlobWriter blobs, FileSaver files, Fanout sites, IndexWriter index, DateTimeOffset started)
    {
        var trees = new TreeReader(session.NewBlobReader().Read);
        var tools = new SnapshotBuilderTools
        {
            Trees = new TreeWriter(blobs),
            Files = files,
            Domains = (subject, retentionClass, period) => session.Keyring.GetOrAdd(subject, retentionClass, period, started.ToUnixTimeSeconds()),
            Report = _report,
            IsStored = session.IsStored,
            Progress = _context.Progress.Advance,
            AfterDirectory = stop =>
            {
                if (Interlocked.Read(ref _uncommitted) >= CommitBytes || blobs.Pending >= CommitBlobs)
                {
                    blobs.Complete();
                    CommitAsync(null, sites, index, stop).GetAwaiter().GetResult();
                }
            },
        };
        var reader = new ParentReader(session.Keyring.Find, trees.Entries, trees.Grafts);
        return new SnapshotBuilder(tools, Rules, parent is null ? null : ParentDirectory.Open(reader, parent.Record), started);
    }

    /// <summary>Rows carry their periods themselves: what is nobody's has none.</summary>
    private SubjectRules Rules => source is PathSourceConfig paths ? paths.Rules : new SubjectRules([], source.Class is null ? null : source.Class with { Starts = null });

    /// <summary>Called by the sealing threads: a pack goes to all sites from the one copy in memory.</summary>
    private void Send(SealedPack pack, Fanout sites, IndexWriter index, CancellationToken cancellation)
    {
        if (request.DryRun)
        {
            pack.Dispose();
            return;
        }

        if (!session.Sites.Any(static site => site.Site.IsUp))
        {
            throw new NoSiteLeftException();
        }

        session.State.Trees.Put(TreeMembers.Select(pack.Index, pack.Bytes));
        index.Add(pack.Index);
        lock (_packs)
        {
            _packs.Add(new InventoryObject(ObjectClass.Pack, pack.Index.Id, pack.Index.Length));
            _personal.Add((pack.Index.Id, [.. pack.Index.Members.Select(static member => member.Member.Domain).Distinct()]));
        }

        Interlocked.Add(ref _bytesStored, pack.Index.Length);
        Interlocked.Add(ref _uncommitted, pack.Index.Length);
        session.Keep(ObjectNames.Pack(pack.Index.Id), pack.Bytes);
        sites.PutAsync(ObjectNames.Pack(pack.Index.Id), pack.Bytes, pack, cancellation).GetAwaiter().GetResult();
        TestStop.Reach(TestStop.PackPut);
    }

    /// <summary>Makes what was stored part of the repository.</summary>
    /// <param name="made">The snapshot, with the domains that lie in it; null: only what is stored so far.</param>
    /// <param name="sites">Where the packs are on their way.</param>
    /// <param name="index">The packs of this run.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <returns>The snapshot's id; null if no site took it.</returns>
    private async Task<Hash?> CommitAsync((SnapshotRecord Record, IReadOnlySet<DomainId> Domains)? made, Fanout sites, IndexWriter index, CancellationToken cancellation)
    {
        var record = made?.Record;
        var objects = new InventoryBuilder(session, [.. _packs]);
        objects.SealIndex(index);
        await sites.FlushAsync(cancellation);
        await objects.IndexedAsync();
        TestStop.Reach(TestStop.PacksStand);
        if (!session.Sites.Any(static site => site.Site.IsUp))
        {
            return null;
        }

        using var keys = await session.PutKeyringAsync(cancellation);
        await objects.PutIndexAsync(cancellation);
        Hash? snapshot = record is null ? null : objects.AddSnapshot(record);
        var inventory = await objects.PutInventoryAsync([.. session.LostPacks.Select(static pack => new CondemnedObject(ObjectClass.Pack, pack))], cancellation);
        await objects.PutSnapshotAsync(cancellation);
        if (!session.Sites.Any(static site => site.Site.IsUp))
        {
            return null;
        }

        var complete = session.CompleteSites.Select(static site => site.Id).ToList();
        await new UncondemnedEntry(session, record, _packs).WriteAsync(
            _condemnations,
            state => made is { } of && of.Domains.Any(state.Erased.ContainsKey) ? throw new ErasedMeanwhileException() : LedgerDraft.After(state, record is null ? LedgerKind.Progress : LedgerKind.Backup) with
            {
                Sites = session.SitesNow(state.Sites),
                Inventory = inventory,
                Condemned = session.LostPacks,
                Payload = new LedgerPayload
                {
                    SnapshotsAdded = snapshot is { } added ? [added] : [],
                    Complete = snapshot is { } marked ? [.. complete.Select(site => new CompleteSnapshot(marked, site))] : [],
                },
            },
            cancellation);
        await objects.ApplyAsync();
        _packs.Clear();
        _uncommitted = 0;
        return snapshot;
    }

    private SnapshotRecord Record(KnownSnapshot? parent, SnapshotTree tree, DateTimeOffset started, long added) => new()
    {
        Source = source.Id,
        Host = Environment.MachineName,
        Started = Stamp(started),
        Finished = Stamp(_context.Clock.GetUtcNow()),
        RootDomain = tree.Domain,
        RootTree = tree.Tree,
        RootGrafts = tree.Grafts,
        Counts = new SnapshotCounts(tree.Figures.Files, tree.Figures.Directories, tree.Figures.Others, tree.Figures.Bytes, added),
        Tags = [.. source.Tags.Concat(request.Tags).Distinct(StringComparer.Ordinal)],
        Parent = parent?.Id,
        Rules = Rules.Hash,
        ProgramVersion = _context.ProgramVersion,
        Unread = _report.Errors.Count,
        SourceKind = source.Kind,
        Class = source.Class?.Name,
    };

    private BackupOutcome Outcome(Hash? snapshot, SnapshotFigures figures, long read, long added, DateTimeOffset started) => new()
    {
        Source = source.Id,
        Snapshot = snapshot,
        Started = started,
        Finished = _context.Clock.GetUtcNow(),
        Counts = new BackupCounts(
            figures.FilesNew, figures.FilesChanged, figures.FilesUnmodified, figures.Directories, figures.Others, read, added, _bytesStored, figures.Bytes),
        Errors = _report.Errors,
        Warnings = [.. _report.Warnings, .. new SourcePersons(session, source.Id).Returned(started)],
        Sites = session.Outcomes(snapshot is not null || request.DryRun),
        Placement = session.Placement(),
    };

    private static Timestamp Stamp(DateTimeOffset time) => new(time.ToUnixTimeSeconds(), (uint)(time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));

    private sealed class NoSiteLeftException() : BackupException(FailureKind.NoRepository, "No site takes anything any more.");
}

/// <summary>A person of whom the new snapshot holds something was erased while it was made.</summary>
internal sealed class ErasedMeanwhileException() : BackupException(
    FailureKind.Failed, "Persons were erased, again and again, while this source was saved.", "Run the backup again when no erasure runs.");
