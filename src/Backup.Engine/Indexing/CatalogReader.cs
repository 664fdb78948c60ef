using Backup.Engine.Format;

namespace Backup.Engine.Indexing;

/// <summary>The questions a <see cref="Catalog"/> answers. Under the catalog's lock.</summary>
/// <remarks>
/// Looking up a blob costs 3 µs, and starting and ending a transaction for it as much again (10 million blobs, 2 cores at 2.7 GHz). So one
/// transaction serves many lookups: what another process commits is seen up to 64 lookups later, what this one writes at once. Whoever asks
/// for many blobs of a catalog that is not large gets them from memory: reading all of them costs as much as some 10,000 lookups.
/// </remarks>
internal sealed class CatalogReader(Database database)
{
    private const int LookupsPerTransaction = 64;
    private const int MostCachedMembers = 16_384;
    private const int LookupsBeforeSet = 2_048;
    private const int MostInSet = 1 << 18;
    private const int PageRows = 4_096;

    /// <summary>The best place first: in a live pack, at some site, in the newest.</summary>
    private const string PlacesOf = """
        SELECT m.id, m.domain, m.content, o.id, o.state, p.offset, m.length, o.lost, p.pack
        FROM members m JOIN places p ON p.member = m.number JOIN objects o ON o.number = p.pack
        """;

    private const string BestFirst = "ORDER BY o.state DESC, o.lost, p.pack DESC, p.offset";

    /// <summary>A condemned pack may be all that a site still has which was away when it was written anew.</summary>
    private const string CondemnedLast = "ORDER BY o.state = 2, o.state DESC, o.lost, p.pack DESC, p.offset";

    private readonly Statement _begin = database.Prepare("BEGIN");
    private readonly Statement _commit = database.Prepare("COMMIT");
    private readonly Statement _dataVersion = database.Prepare("PRAGMA data_version");
    private readonly Statement _membersOfBlob = database.Prepare("SELECT member FROM blobs WHERE id = ? ORDER BY member");
    private readonly Statement _isLarge = database.Prepare($"SELECT 1 FROM blobs LIMIT 1 OFFSET {MostInSet}");
    private readonly Statement _standing = database.Prepare("""
        SELECT id FROM blobs
        WHERE member IN (SELECT p.member FROM places p JOIN objects o ON o.number = p.pack WHERE o.state = 1 AND o.lost = 0)
        """);

    private readonly Statement _bestPlace =
        database.Prepare($"{PlacesOf} WHERE m.number = ? AND o.state < 2 {BestFirst} LIMIT 1");

    private readonly Statement _placesOfMember =
        database.Prepare($"{PlacesOf} WHERE m.id = ? AND o.state < 3 {CondemnedLast}");

    private readonly Statement _placesOfBlob = database.Prepare(
        $"{PlacesOf} JOIN blobs b ON b.member = m.number WHERE b.id = ? AND o.state < 3 {CondemnedLast}");

    private readonly Statement _placesOfDomain =
        database.Prepare($"{PlacesOf} WHERE m.domain = ? AND o.state < 3 ORDER BY p.pack, p.offset");
    private readonly Statement _inventory = database.Prepare("SELECT 1 FROM inventories WHERE id = ?");
    private readonly Statement _index = database.Prepare("SELECT 1 FROM indexes WHERE id = ?");
    private readonly Statement _missingIndexes = database.Prepare(
        "SELECT id, length FROM objects WHERE class = 2 AND state = 1 AND id NOT IN (SELECT id FROM indexes) ORDER BY number");

    private readonly Statement _lostPacks = database.Prepare("SELECT id FROM objects WHERE lost = 1 AND class = 1 AND state = 1");
    private readonly Statement _packsWithoutMembers = database.Prepare(
        "SELECT id, length FROM objects WHERE class = 1 AND state = 1 AND number NOT IN (SELECT pack FROM places) ORDER BY number");

    private readonly Statement _deadIndexes = database.Prepare("""
        SELECT id, length FROM objects o WHERE class = 2 AND state = 1 AND id IN (SELECT index_id FROM indexed) AND NOT EXISTS (
          SELECT 1 FROM indexed i JOIN objects p ON p.number = i.pack WHERE i.index_id = o.id AND p.state < 2)
        """);

    private readonly Statement _object = database.Prepare("SELECT class, length, state FROM objects WHERE id = ?");
    private readonly Statement _objects = database.Prepare(
        $"SELECT number, id, length FROM objects WHERE class = ? AND state = ? AND number > ? ORDER BY number LIMIT {PageRows}");

    private readonly Statement _total = database.Prepare("SELECT count(*), total(length) FROM objects WHERE class = ? AND state = ?");
    private readonly Statement _faults = database.Prepare(
        "SELECT f.class, f.id, f.fault FROM faults f JOIN sites s ON s.number = f.site WHERE s.id = ? ORDER BY f.id, f.fault");

    private readonly Dictionary<long, (MemberPlace Place, bool Stands, long Pack)?> _bestPlaces = [];
    private HashSet<Id128>? _set;
    private int _lookupsUntilSet = LookupsBeforeSet;
    private long _version;
    private int _lookupsLeft;
    private bool _reading;

    /// <summary>Ends the transaction that lookups share: what is written next, and what others wrote, is seen by the next.</summary>
    public void End()
    {
        _lookupsLeft = 0;
        if (_reading)
        {
            _reading = false;
            _commit.Run();
        }
    }

    /// <summary>Forgets what it knows of places: this connection changed some, which its own data version does not show.</summary>
    public void Forget()
    {
        _bestPlaces.Clear();
        _set = null;
        _lookupsUntilSet = LookupsBeforeSet;
    }

    /// <summary>Whether <see cref="Standing"/> finds a place.</summary>
    public bool Stands(BlobId blob)
    {
        Begin();
        if (_set is null && --_lookupsUntilSet == 0 && !Exists(_isLarge))
        {
            _set = [.. Rows(_standing, static row => row.Id(0))];
        }

        return _set?.Contains(blob.Value) ?? Best(blob) is { Stands: true };
    }

    /// <summary>A place at which a blob stands, to be referred to instead of storing it again; null if there is none.</summary>
    public MemberPlace? Standing(BlobId blob)
    {
        Begin();
        var found = Best(blob);
        return found is { Stands: true } ? found.Value.Place : null;
    }

    /// <summary>The place to read a blob from.</summary>
    public MemberPlace? Readable(BlobId blob)
    {
        Begin();
        return Best(blob)?.Place;
    }

    public List<MemberPlace> PlacesOfMember(Hash member) => Places(_placesOfMember.Bind(1, member));

    public List<MemberPlace> PlacesOfBlob(BlobId blob) => Places(_placesOfBlob.Bind(1, blob.Value));

    public List<MemberPlace> PlacesOfDomain(DomainId domain) => Places(_placesOfDomain.Bind(1, domain.Value));

    public bool HasInventory(Hash id) => Exists(_inventory.Bind(1, id));

    public bool HasIndex(Hash id) => Exists(_index.Bind(1, id));

    public List<InventoryObject> MissingIndexes() =>
        Rows(_missingIndexes, static row => new InventoryObject(ObjectClass.Index, row.Hash(0), row.Number(1)));

    public List<Hash> LostPacks() => Rows(_lostPacks, static row => row.Hash(0));

    public List<InventoryObject> PacksWithoutMembers() =>
        Rows(_packsWithoutMembers, static row => new InventoryObject(ObjectClass.Pack, row.Hash(0), row.Number(1)));

    public List<InventoryObject> DeadIndexes() =>
        Rows(_deadIndexes, static row => new InventoryObject(ObjectClass.Index, row.Hash(0), row.Number(1)));

    public (InventoryObject Object, ObjectState State)? Object(Hash id)
    {
        var found = Rows(
            _object.Bind(1, id), row => (new InventoryObject((ObjectClass)row.Number(0), id, row.Number(1)), (ObjectState)row.Number(2)));
        return found is [var known] ? known : null;
    }

    /// <summary>The next objects after a number, and the number to go on from.</summary>
    public List<InventoryObject> Objects(ObjectClass kind, ObjectState state, ref long after)
    {
        var rows = Rows(
            _objects.Bind(1, (long)kind).Bind(2, (long)state).Bind(3, after),
            static row => (Number: row.Number(0), Id: row.Hash(1), Length: row.Number(2)));
        after = rows.Count > 0 ? rows[^1].Number : after;
        return rows.ConvertAll(row => new InventoryObject(kind, row.Id, row.Length));
    }

    public ObjectTotal Total(ObjectClass kind, ObjectState state) =>
        Rows(_total.Bind(1, (long)kind).Bind(2, (long)state), static row => new ObjectTotal(row.Number(0), row.Number(1)))[0];

    public List<FaultyCopy> Faults(string site) =>
        Rows(_faults.Bind(1, site), static row => new FaultyCopy((ObjectClass)row.Number(0), row.Hash(1), (CopyFault)row.Number(2)));

    private static List<T> Rows<T>(Statement statement, Func<Statement, T> read)
    {
        try
        {
            var rows = new List<T>();
            while (statement.Step())
            {
                rows.Add(read(statement));
            }

            return rows;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static bool Exists(Statement statement) => Rows(statement, static _ => true).Count > 0;

    private static List<MemberPlace> Places(Statement statement) => Rows(statement, static row => ReadPlace(row).Place);

    private static (MemberPlace Place, bool Stands, long Pack) ReadPlace(Statement row)
    {
        var place = new MemberPlace(
            row.Hash(0),
            new DomainId(row.Id(1)),
            (MemberContent)row.Number(2),
            row.Hash(3),
            (ObjectState)row.Number(4),
            (int)row.Number(5),
            (int)row.Number(6));
        return (place, place.State == ObjectState.Live && row.Number(7) == 0, row.Number(8));
    }

    private void Begin()
    {
        if (_lookupsLeft-- > 0)
        {
            return;
        }

        End();
        _begin.Run();
        _reading = true;
        _lookupsLeft = LookupsPerTransaction;
        var version = Rows(_dataVersion, static row => row.Number(0))[0];
        if (version != _version)
        {
            _version = version;
            Forget();
        }
    }

    /// <summary>One that stands before one that does not, and of each the one in the newest pack. Nearly every blob has one member.</summary>
    private (MemberPlace Place, bool Stands, long Pack)? Best(BlobId blob)
    {
        (MemberPlace Place, bool Stands, long Pack)? best = null;
        try
        {
            _membersOfBlob.Bind(1, blob.Value);
            while (_membersOfBlob.Step())
            {
                if (BestPlace(_membersOfBlob.Number(0)) is { } place && (best is not { } former || (place.Stands, place.Pack).CompareTo((former.Stands, former.Pack)) > 0))
                {
                    best = place;
                }
            }

            return best;
        }
        finally
        {
            _membersOfBlob.Reset();
        }
    }

    private (MemberPlace Place, bool Stands, long Pack)? BestPlace(long member)
    {
        if (_bestPlaces.TryGetValue(member, out var known))
        {
            return known;
        }

        if (_bestPlaces.Count >= MostCachedMembers)
        {
            _bestPlaces.Clear();
        }

        var found = Rows(_bestPlace.Bind(1, member), ReadPlace);
        return _bestPlaces[member] = found is [var place] ? place : null;
    }
}
