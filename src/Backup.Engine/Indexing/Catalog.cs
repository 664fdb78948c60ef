using Backup.Engine.Format;

namespace Backup.Engine.Indexing;

/// <summary>
/// The local cache of what the sites hold: which blob stands in which member, which member in which pack, and which copies are no good.
/// Never the truth: the ledger, the inventories and the indexes are, and from them it is filled again. Holds ids only, no name, path,
/// identifier or key. Safe for several threads, and for several processes on one file.
/// </summary>
/// <remarks>
/// A file that is damaged, another repository's or another version's is no error: it is replaced by an empty one, now or in the middle of a
/// call, which then answers as an empty catalog does. <see cref="Losses"/> counts that. Who sees it rise fills the catalog and asks again;
/// until then nothing is wrong but slow: a blob that is not found is stored once more. Every method throws a <see cref="BackupException"/>
/// if there is no space, no right to write, or another process keeps the file locked.
/// </remarks>
internal sealed class Catalog : IDisposable
{
    /// <summary>Lookups done under one lock: others wait for a few milliseconds at most.</summary>
    private const int LookupsPerLock = 1_024;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Hash _repository;
    private Session _session;

    private Catalog(string path, Hash repository)
    {
        _path = path;
        _repository = repository;
        _session = Start();
    }

    /// <summary>How often the file had to be replaced by an empty one, at opening or since.</summary>
    public int Losses { get; private set; }

    /// <summary>Why the file was replaced last; null if it never was.</summary>
    public string? LastLoss { get; private set; }

    /// <summary>Opens the catalog of a repository, or makes an empty one. Its folder must be there.</summary>
    public static Catalog Open(string path, Hash repository) => new(path, repository);

    /// <summary>
    /// Finds where a blob stands, for a writer that would refer to it instead of storing it again: in a pack that an inventory lists, that
    /// is not condemned and of which some site holds a good copy, as far as the last listings tell. The newest such pack wins.
    /// </summary>
    public bool TryFind(BlobId blob, out MemberPlace place)
    {
        lock (_gate)
        {
            try
            {
                place = _session.Reader.Standing(blob)!;
            }
            catch (DatabaseException failure)
            {
                Recover(failure);
                place = null!;
            }

            return place is not null;
        }
    }

    /// <summary>Whether <see cref="TryFind"/> finds a place. Whoever asks for thousands of blobs gets faster answers.</summary>
    public bool Stands(BlobId blob) => Read(reader => reader.Stands(blob));

    /// <summary>Finds where to read one blob: see <see cref="Locate"/>.</summary>
    public bool TryLocate(BlobId blob, out MemberPlace place)
    {
        place = Read(reader => reader.Readable(blob))!;
        return place is not null;
    }

    /// <summary>
    /// Finds where to read blobs: the best place of each, or null. Also a pack that no inventory lists or that every listing lacked will
    /// do, but none that is condemned.
    /// </summary>
    /// <returns>In the order of <paramref name="blobs"/>; equal places are one object.</returns>
    public IReadOnlyList<MemberPlace?> Locate(IReadOnlyList<BlobId> blobs)
    {
        var places = new MemberPlace?[blobs.Count];
        var order = new int[blobs.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        // Neighbours in the table are looked up one after the other.
        Array.Sort([.. blobs], order);
        foreach (var part in order.Chunk(LookupsPerLock))
        {
            _ = Read(reader =>
            {
                foreach (var i in part)
                {
                    places[i] = reader.Readable(blobs[i]);
                }

                return true;
            });
        }

        return places;
    }

    /// <summary>Every place a member can be read from, the best first; condemned packs last.</summary>
    public IReadOnlyList<MemberPlace> Places(Hash member) => Read(reader => reader.PlacesOfMember(member)) ?? [];

    /// <summary>Every place a blob can be read from, in whichever member, the best first; condemned packs last.</summary>
    public IReadOnlyList<MemberPlace> Places(BlobId blob) => Read(reader => reader.PlacesOfBlob(blob)) ?? [];

    /// <summary>Every place of every member of a domain, in packs that are not deleted; those in condemned packs too.</summary>
    public IReadOnlyList<MemberPlace> MembersOf(DomainId domain) => Read(reader => reader.PlacesOfDomain(domain)) ?? [];

    /// <summary>Whether <see cref="Apply"/> has been called with it.</summary>
    public bool HasInventory(Hash id) => Read(reader => reader.HasInventory(id));

    /// <summary>Whether <see cref="AddIndexes"/> has been called with it.</summary>
    public bool HasIndex(Hash id) => Read(reader => reader.HasIndex(id));

    /// <summary>The live index objects that have not been added yet.</summary>
    public IReadOnlyList<InventoryObject> MissingIndexes() => Read(reader => reader.MissingIndexes()) ?? [];

    /// <summary>The live packs of which no site holds a good copy, as far as listings and checks tell.</summary>
    public IReadOnlyList<Hash> LostPacks() => Read(static reader => reader.LostPacks()) ?? [];

    /// <summary>The live packs of which no index that was added tells what stands in them.</summary>
    public IReadOnlyList<InventoryObject> PacksWithoutMembers() => Read(reader => reader.PacksWithoutMembers()) ?? [];

    /// <summary>What is known of an object.</summary>
    public (InventoryObject Object, ObjectState State)? Find(Hash id) => Read(reader => reader.Object(id));

    /// <summary>
    /// The objects of a class in a state, in the order in which they came to be known. What changes meanwhile may be in it or not.
    /// </summary>
    public IEnumerable<InventoryObject> Objects(ObjectClass kind, ObjectState state)
    {
        long after = 0;
        while (Read(reader => reader.Objects(kind, state, ref after)) is { Count: > 0 } page)
        {
            foreach (var item in page)
            {
                yield return item;
            }
        }
    }

    public ObjectTotal Total(ObjectClass kind, ObjectState state) => Read(reader => reader.Total(kind, state));

    /// <summary>How many blobs it knows, one that stands in two members twice.</summary>
    public long BlobCount() => Read(_ => _session.Usage.Blobs());

    /// <summary>What each pack is still needed for: goes through the whole catalog once.</summary>
    /// <param name="reach">All that is needed.</param>
    /// <param name="gathers">Whether a pack is old enough that its small members are gathered.</param>
    /// <returns>Null if the catalog had to be replaced meanwhile.</returns>
    public CatalogUsage? Usage(ReachSet reach, Predicate<Hash> gathers) => ReadAll(usage => usage.Usage(reach, gathers));

    /// <summary>Of some packs those that hold a needed blob which stands in no other live pack; null as above.</summary>
    /// <param name="packs">Live or condemned.</param>
    /// <param name="own">Packs that count as live: those of the run itself.</param>
    /// <param name="reach">All that is needed.</param>
    public IReadOnlySet<Hash>? Needed(IReadOnlySet<Hash> packs, IReadOnlySet<Hash> own, ReachSet reach) => ReadAll(usage => usage.Needed(packs, own, reach));

    /// <summary>The members that stand in some packs.</summary>
    public IReadOnlyList<MemberPlace> MembersIn(IReadOnlySet<Hash> packs) => ReadAll(usage => usage.Members(packs)) ?? [];

    /// <summary>The live indexes that name only packs which are condemned or deleted.</summary>
    public IReadOnlyList<InventoryObject> DeadIndexes() => Read(static reader => reader.DeadIndexes()) ?? [];

    /// <summary>Removes what stood in packs that are deleted; not one byte of it stays in the file or its journal.</summary>
    public void Prune() => Write(static writer => writer.Prune());

    /// <summary>The snapshots of which it is known which domains lie in them.</summary>
    public IReadOnlySet<Hash> PresenceKnown() => Read(_ => _session.Presence.Looked()) ?? [];

    /// <summary>The snapshots in which a domain lies, of those of which that is known.</summary>
    public IReadOnlyList<Hash> Presence(DomainId domain) => Read(_ => _session.Presence.Of(domain)) ?? [];

    /// <summary>Takes up which domains lie in a snapshot.</summary>
    /// <param name="snapshot">Its id.</param>
    /// <param name="before">A snapshot of the same source of which that is known; null if there is none.</param>
    /// <param name="domains">All that lie in it.</param>
    public void AddPresence(Hash snapshot, Hash? before, IReadOnlySet<DomainId> domains) => Write(_ => _session.Presence.Add(snapshot, before, domains));

    /// <summary>The copies at a site that are no good.</summary>
    public IReadOnlyList<FaultyCopy> Faults(string site) => Read(reader => reader.Faults(site)) ?? [];

    /// <summary>
    /// Takes up an inventory: what it adds is live, what it condemns is condemned. Inventories in the order of the ledger, before the
    /// indexes: the newest pack of a member is the one that was known last.
    /// </summary>
    public void Apply(Hash id, InventoryRecord inventory) => Write(writer => writer.Apply(id, inventory));

    /// <summary>Takes up what ledger entries say of objects, known ones or not. A state never goes back.</summary>
    public void Mark(IEnumerable<Hash> ids, ObjectState state) => Write(writer => writer.Mark(ids, state));

    /// <summary>Takes up an index object.</summary>
    public void AddIndex(Hash id, IndexRecord index) => AddIndexes([(id, index)]);

    /// <summary>
    /// Takes up index objects, all or none. Several at once are much faster than one by one when the catalog is large; 24 bytes of memory
    /// for each blob.
    /// </summary>
    public void AddIndexes(IReadOnlyList<(Hash Id, IndexRecord Record)> indexes) => Write(writer => writer.Add(indexes));

    /// <summary>
    /// Says what the newest listing of a site lacks or shows in a wrong length. Replaces what the listing before said; damage stays.
    /// </summary>
    public void SetListing(string site, IEnumerable<FaultyCopy> faults) => Write(writer => writer.SetListing(site, faults));

    /// <summary>Says that a site holds copies: what is no good at every other one is not lost.</summary>
    public void AddSite(string site) => Write(writer => writer.AddSite(site));

    /// <summary>Says that a copy is no good, whatever the listing shows.</summary>
    public void AddFault(string site, FaultyCopy fault) => Write(writer => writer.AddFault(site, fault));

    /// <summary>Says that the copy at a site is good again.</summary>
    public void ClearFault(string site, Hash id) => Write(writer => writer.ClearFault(site, id));

    /// <summary>Forgets a site that was retired: what only it held counts as held nowhere.</summary>
    public void RemoveSite(string site) => Write(writer => writer.RemoveSite(site));

    public void Dispose()
    {
        lock (_gate)
        {
            _session.Dispose();
        }
    }

    private T? Read<T>(Func<CatalogReader, T> question)
    {
        lock (_gate)
        {
            try
            {
                return question(_session.Reader);
            }
            catch (DatabaseException failure)
            {
                Recover(failure);
                return default;
            }
        }
    }

    private T? ReadAll<T>(Func<UsageReader, T> question)
        where T : class => Read(reader =>
    {
        reader.End();
        return _session.Usage.InOneTransaction(question);
    });

    private void Write(Action<CatalogWriter> change)
    {
        lock (_gate)
        {
            try
            {
                _session.Reader.End();
                change(_session.Writer);
                _session.Reader.Forget();
            }
            catch (DatabaseException failure)
            {
                Recover(failure);
            }
        }
    }

    private Session Start()
    {
        try
        {
            return new Session(_path, _repository);
        }
        catch (DatabaseException failure) when (failure.IsDamage)
        {
            return StartAnew(failure);
        }
        catch (DatabaseException failure)
        {
            throw Unusable(failure);
        }
    }

    private void Recover(DatabaseException failure)
    {
        if (!failure.IsDamage || failure.IsFull)
        {
            throw Unusable(failure);
        }

        _session.Dispose();
        _session = StartAnew(failure);
    }

    private Session StartAnew(DatabaseException loss)
    {
        Losses++;
        LastLoss = loss.Message;
        try
        {
            CatalogFile.Remove(_path);
            return new Session(_path, _repository);
        }
        catch (Exception failure) when (failure is DatabaseException or IOException or UnauthorizedAccessException)
        {
            throw Unusable(failure);
        }
    }

    private BackupException Unusable(Exception failure) => new(
        FailureKind.Failed,
        $"The catalog {_path} cannot be used: {failure.Message}.",
        failure switch
        {
            DatabaseException { IsFull: true } => "Free space on that file system, or name another state directory with --state, then run again.",
            DatabaseException { IsBusy: true } => "Another run is writing it; wait until it is done, then run again.",
            _ => "Check that the state directory is writable and its disk sound, or name another one with --state. The file itself may be removed: it is built anew.",
        },
        failure);

    private sealed class Session : IDisposable
    {
        private readonly Database _database;

        public Session(string path, Hash repository)
        {
            _database = CatalogFile.Open(path, repository);
            try
            {
                Reader = new CatalogReader(_database);
                Writer = new CatalogWriter(_database);
                Usage = new UsageReader(_database);
                Presence = new PresenceTable(_database);
            }
            catch
            {
                _database.Dispose();
                throw;
            }
        }

        public CatalogReader Reader { get; }

        public CatalogWriter Writer { get; }

        public UsageReader Usage { get; }

        public PresenceTable Presence { get; }

        public void Dispose() => _database.Dispose();
    }
}
