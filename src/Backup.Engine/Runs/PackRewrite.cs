using System.Buffers;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Packing;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>
/// Writes what lives of some packs into new ones, member by member in the order of their domains, and puts these to all sites: a member that lives whole is
/// moved as it is, of another the living blobs are sealed anew. Every member is compared with its id, every blob that is sealed anew with its own.
/// </summary>
internal sealed class PackRewrite : IAsyncDisposable
{
    private const int Buffers = 2;

    private readonly Session _session;
    private readonly Predicate<BlobId> _lives;
    private readonly SegmentCodec _codec = new();
    private readonly PackBuffers _buffers = new(Buffers);
    private readonly IndexWriter _index;
    private readonly PackBuilder _builder;
    private readonly Fanout _sites;
    private readonly List<InventoryObject> _packs = [];
    private readonly HashSet<Hash> _damaged = [];
    private byte[] _member = [];
    private OpenDomain? _open;

    /// <param name="session">Open for writing.</param>
    /// <param name="lives">Whether a blob is needed; what is not is left out.</param>
    /// <param name="cancellation">Ends the run.</param>
    public PackRewrite(Session session, Predicate<BlobId> lives, CancellationToken cancellation)
    {
        _session = session;
        _lives = lives;
        _index = new IndexWriter(session.State.SpoolPath);
        _builder = new PackBuilder(session.Sealer, session.Keyring.Keys.For(ObjectType.MemberTable).ToArray(), _buffers);
        _sites = new Fanout([.. session.Sites.Select(static site => site.Site)], new FanoutLimits(Buffers), session.Context.Clock, cancellation);
    }

    /// <summary>The new packs.</summary>
    public IReadOnlyList<InventoryObject> Packs => _packs;

    /// <summary>Packs of which something could not be read anywhere: they are to stay.</summary>
    public IReadOnlySet<Hash> Damaged => _damaged;

    /// <summary>Whether so many cities took all of it as the placement demands: only then may what was there before go.</summary>
    public bool StandsEverywhere =>
        Cities.Of(_session.Sites.Where(static site => site.Site is { IsUp: true, Backlog.Count: 0 }).Select(static site => site.Config)).Count >= _session.Context.Policy.Placement.Cities;

    /// <summary>Writes and puts.</summary>
    /// <param name="sources">The packs; one that cannot be read is left as it is.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <param name="into">What names it in the ledger together with other things; null: it by itself.</param>
    /// <returns>What is to be named in the ledger; its index is put.</returns>
    public async Task<InventoryBuilder> RunAsync(IReadOnlySet<Hash> sources, CancellationToken cancellation, InventoryBuilder? into = null)
    {
        var members = _session.Catalog.MembersIn(sources).DistinctBy(static place => place.Member).Where(place => _session.ErasedAt(place.Domain) is null)
            .OrderBy(static place => place.Domain).ThenBy(static place => place.Content).ThenBy(static place => place.Pack).ThenBy(static place => place.Offset);
        foreach (var place in members)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                await TakeAsync(place, cancellation);
            }
            catch (DamagedException damage)
            {
                // What is needed of it stands nowhere else: so its pack is not condemned.
                _damaged.Add(place.Pack);
                _session.Context.Progress.Message(new RunFinding(ObjectNames.Pack(place.Pack), $"left as it is: {damage.Message}", "Run `backupctl verify --heal`."));
            }
        }

        await CloseDomainAsync(cancellation);
        await SendAsync(cancellation);
        var added = into ?? new InventoryBuilder(_session, []);
        added.Add(_packs);
        added.SealIndex(_index);
        await _sites.FlushAsync(cancellation);
        await added.IndexedAsync();
        TestStop.Reach(TestStop.GcPacksPut);
        await added.PutIndexAsync(cancellation);
        return added;
    }

    public async ValueTask DisposeAsync()
    {
        _open?.Dispose();
        await _sites.DisposeAsync();
        _builder.Dispose();
        _buffers.Dispose();
        _index.Dispose();
        _codec.Dispose();
    }

    /// <summary>Reads a member whole.</summary>
    /// <exception cref="DamagedException">No site has it so.</exception>
    private void Read(MemberPlace place)
    {
        if (_member.Length < place.Length)
        {
            _member = GC.AllocateUninitializedArray<byte>(Math.Max(place.Length, PackBuffers.Target));
        }

        foreach (var at in _session.PackPlaces(place.Pack))
        {
            try
            {
                at.Read(place.Offset, _member.AsMemory(0, place.Length));
                if (Hash.Of(_member.AsSpan(0, place.Length)) == place.Member)
                {
                    return;
                }

                throw new DamagedException($"Member {place.Member} is not what its id says.");
            }
            catch (BackupException failure) when (failure is DamagedException or StoreException)
            {
                _session.PlaceFailed(at, place.Pack, failure);
            }
        }

        throw new DamagedException($"Member {place.Member} cannot be had whole from any site.");
    }

    private async Task TakeAsync(MemberPlace place, CancellationToken cancellation)
    {
        var record = _session.Keyring.Find(place.Domain);
        if (record is null && _session.Catalog.Find(place.Pack) is not (_, ObjectState.Live))
        {
            // A run that was killed had made the domain, and its key went with it: no entry names the pack, and nobody can need that.
            return;
        }

        Read(place);
        _ = record ?? throw new DamagedException($"The keyring has no key for domain {place.Domain}.");
        using var member = OpenMember.Open(_session.Repository, record, place.Length, Bytes);
        var blobs = member.Footer.Segments.SelectMany(static segment => segment.Blobs).Select(static blob => blob.Id).ToList();
        var living = blobs.Count(blob => _lives(blob));
        if (living == blobs.Count)
        {
            if (!_builder.HasRoom(place.Length))
            {
                await SendAsync(cancellation);
            }

            var entry = new MemberEntry(place.Member, place.Domain, 0, place.Length, place.Content);
            await SendIfAsync(_builder.Append(new IndexedMember(entry, blobs), _member.AsSpan(0, place.Length), cancellation), cancellation);
        }
        else if (living > 0)
        {
            await ResealAsync(record, member, cancellation);
        }
    }

    private async Task ResealAsync(DomainRecord record, OpenMember member, CancellationToken cancellation)
    {
        if (_open?.Record.Id != record.Id)
        {
            await CloseDomainAsync(cancellation);
            _open = new OpenDomain(record);
        }

        for (var i = 0; i < member.Footer.Segments.Count; i++)
        {
            var segment = member.Footer.Segments[i];
            if (segment.Blobs.Any(blob => _lives(blob.Id)))
            {
                foreach (var job in Living(member, i, segment))
                {
                    await AppendAsync(job, cancellation);
                }
            }
        }
    }

    /// <summary>Fills the living blobs of a segment into new ones, and gives out those that are full.</summary>
    private List<SegmentJob> Living(OpenMember member, int number, SegmentEntry segment)
    {
        var full = new List<SegmentJob>();
        var scratch = ArrayPool<byte>.Shared.Rent(segment.FrameLength);
        var plain = ArrayPool<byte>.Shared.Rent(segment.PlainLength);
        member.ReadSegment(number, Bytes, _codec, scratch, plain.AsSpan(0, segment.PlainLength));
        var offset = 0;
        foreach (var blob in segment.Blobs)
        {
            var bytes = plain.AsSpan(offset, blob.Length);
            offset += blob.Length;
            if (!_lives(blob.Id))
            {
                continue;
            }

            if (_open!.IdOf(blob.Kind, bytes) != blob.Id)
            {
                throw new DamagedException($"Blob {blob.Id} of domain {_open.Record.Id} is not what its id says.");
            }

            var target = _open.SegmentFor(blob.Kind);
            if (target.Length > 0 && target.Length + blob.Length > SegmentJob.Target)
            {
                full.Add(target.Take()!);
            }

            target.Append(blob.Kind, blob.Id, bytes);
        }

        ArrayPool<byte>.Shared.Return(scratch);
        ArrayPool<byte>.Shared.Return(plain);
        return full;
    }

    private async Task CloseDomainAsync(CancellationToken cancellation)
    {
        if (_open is not null)
        {
            await AppendAsync(_open.Content.Take(), cancellation);
            await AppendAsync(_open.Pages.Take(), cancellation);
            _open.Dispose();
            _open = null;
        }
    }

    private async Task AppendAsync(SegmentJob? job, CancellationToken cancellation)
    {
        if (job is not null)
        {
            var full = _builder.Append(job, cancellation);
            job.Release();
            await SendIfAsync(full, cancellation);
        }
    }

    private Task SendIfAsync(bool full, CancellationToken cancellation) => full ? SendAsync(cancellation) : Task.CompletedTask;

    private async Task SendAsync(CancellationToken cancellation)
    {
        if (_builder.Finish() is { } pack)
        {
            _session.State.Trees.Put(TreeMembers.Select(pack.Index, pack.Bytes));
            _index.Add(pack.Index);
            _packs.Add(new InventoryObject(ObjectClass.Pack, pack.Index.Id, pack.Index.Length));
            _session.Keep(ObjectNames.Pack(pack.Index.Id), pack.Bytes);
            await _sites.PutAsync(ObjectNames.Pack(pack.Index.Id), pack.Bytes, pack, cancellation);
        }
    }

    private void Bytes(int offset, Span<byte> destination) => _member.AsSpan(offset, destination.Length).CopyTo(destination);
}
