using Backup.Engine.Format;

namespace Backup.Engine.Indexing;

/// <summary>
/// Goes through the whole catalog once and says what of it is needed. Memory: 12 bytes for each member. Under the catalog's lock, in one transaction.
/// </summary>
internal sealed class UsageReader(Database database)
{
    /// <summary>A domain that lies in so many parts of one size is gathered.</summary>
    private const int ManyParts = 8;

    /// <summary>What is larger is no small part, wherever it lies.</summary>
    private const int SmallPart = 1 << 20;

    private readonly Statement _lastMember = database.Prepare("SELECT max(number) FROM members");
    private readonly Statement _blobCount = database.Prepare("SELECT count(*) FROM blobs");
    private readonly Statement _blobs = database.Prepare("SELECT id, member FROM blobs");
    private readonly Statement _places = database.Prepare("""
        SELECT p.member, p.pack, o.lost FROM places p JOIN objects o ON o.number = p.pack WHERE o.state = ? AND o.class = 1 ORDER BY o.lost DESC, p.pack
        """);

    private readonly Statement _packs = database.Prepare("SELECT number, id, length FROM objects WHERE class = 1 AND state = 1");
    private readonly Statement _contents = database.Prepare("""
        SELECT p.pack, p.member, m.length, m.domain, p.offset, m.id, m.content FROM places p JOIN members m ON m.number = p.member
        """);

    private readonly Statement _id = database.Prepare("SELECT id FROM objects WHERE number = ?");
    private readonly Statement _number = database.Prepare("SELECT number FROM objects WHERE id = ?");

    /// <summary>Answers from one state of the catalog, whatever other processes write meanwhile.</summary>
    public T InOneTransaction<T>(Func<UsageReader, T> question)
    {
        database.Execute("BEGIN");
        try
        {
            return question(this);
        }
        finally
        {
            database.Execute("COMMIT");
        }
    }

    /// <summary>How many rows of blobs there are.</summary>
    public long Blobs() => First(_blobCount) ?? 0;

    /// <summary>What each live pack is needed for.</summary>
    /// <param name="reach">All that is needed; what stands in a live pack is found afterwards.</param>
    /// <param name="gathers">Whether a pack is old enough that its small members are gathered.</param>
    public CatalogUsage Usage(ReachSet reach, Predicate<Hash> gathers)
    {
        reach.Reset();
        var home = Homes(ObjectState.Live);
        var (total, live) = (new int[home.Length], new int[home.Length]);
        Scan(_blobs, row =>
        {
            var (blob, member) = (new BlobId(row.Id(0)), row.Number(1));
            total[member]++;
            if (home[member] != 0 && reach.Contains(blob))
            {
                live[member]++;
                reach.Find(blob);
            }
        });

        var packs = new Dictionary<long, PackUsage>();
        Scan(_packs, row => packs.Add(row.Number(0), new PackUsage(row.Hash(1), row.Number(2))));
        var known = new HashSet<long>();
        Scan(_contents, row =>
        {
            var (pack, member) = (row.Number(0), row.Number(1));
            if (!packs.TryGetValue(pack, out var usage))
            {
                return;
            }

            known.Add(pack);
            usage.MemberBytes += row.Number(2);
            if (home[member] == pack && live[member] > 0)
            {
                usage.IsNeeded = true;
                usage.LiveBytes += (double)row.Number(2) * live[member] / total[member];
            }
        });
        FindScattered(packs, gathers);
        var condemned = reach.Found < reach.Count ? InCondemned(reach) : [];
        return new CatalogUsage([.. packs.Where(pack => known.Contains(pack.Key)).Select(static pack => pack.Value)], condemned, reach.Count - reach.Found);
    }

    /// <summary>Of some packs those that hold a needed blob which stands in no other pack that is live.</summary>
    /// <param name="packs">Live or condemned.</param>
    /// <param name="own">Packs that count as live: those of the run itself.</param>
    /// <param name="reach">All that is needed.</param>
    public HashSet<Hash> Needed(IReadOnlySet<Hash> packs, IReadOnlySet<Hash> own, ReachSet reach)
    {
        var going = Numbers(packs);
        var elsewhere = Homes(ObjectState.Live, going);
        if (Numbers(own) is { Count: > 0 } counted)
        {
            Scan(_contents, row => elsewhere[row.Number(1)] = counted.Contains(row.Number(0)) ? (int)row.Number(0) : elsewhere[row.Number(1)]);
        }

        reach.Reset();
        Scan(_blobs, row =>
        {
            if (elsewhere[row.Number(1)] != 0)
            {
                reach.Find(new BlobId(row.Id(0)));
            }
        });
        return reach.Found == reach.Count ? [] : Holding(reach, going);
    }

    /// <summary>The members that stand in some packs.</summary>
    public List<MemberPlace> Members(IReadOnlySet<Hash> packs)
    {
        var names = Numbers(packs).ToDictionary(static number => number, number => IdOf(number));
        var places = new List<MemberPlace>();
        Scan(_contents, row =>
        {
            if (names.TryGetValue(row.Number(0), out var pack))
            {
                places.Add(new MemberPlace(
                    row.Hash(5), new DomainId(row.Id(3)), (MemberContent)row.Number(6), pack, ObjectState.Live, (int)row.Number(4), (int)row.Number(2)));
            }
        });
        return places;
    }

    /// <summary>Of each member the newest pack in which it stands, one that some site holds before one that is lost; 0: none.</summary>
    private int[] Homes(ObjectState state, HashSet<long>? without = null)
    {
        var home = new int[(First(_lastMember) ?? 0) + 1];
        Scan(_places.Bind(1, (long)state), row =>
        {
            if (without?.Contains(row.Number(1)) != true)
            {
                home[row.Number(0)] = (int)row.Number(1);
            }
        });
        return home;
    }

    private HashSet<Hash> InCondemned(ReachSet reach)
    {
        var packs = new HashSet<long>();
        Scan(_places.Bind(1, (long)ObjectState.Condemned), row => packs.Add(row.Number(1)));
        return Holding(reach, packs);
    }

    /// <summary>Of some packs those that hold a blob which was not found; it is found then.</summary>
    private HashSet<Hash> Holding(ReachSet reach, HashSet<long> packs)
    {
        var members = new Dictionary<long, long>();
        Scan(_contents, row =>
        {
            if (packs.Contains(row.Number(0)))
            {
                members[row.Number(1)] = row.Number(0);
            }
        });
        var holding = new HashSet<long>();
        Scan(_blobs, row =>
        {
            var blob = new BlobId(row.Id(0));
            if (members.TryGetValue(row.Number(1), out var pack) && reach.IsMissing(blob))
            {
                holding.Add(pack);
                reach.Find(blob);
            }
        });
        return [.. holding.Select(IdOf)];
    }

    /// <summary>The parts of one domain are merged when there are many of about one size: so each byte is moved a few times, not every time.</summary>
    private void FindScattered(Dictionary<long, PackUsage> packs, Predicate<Hash> gathers)
    {
        var old = packs.Where(pack => gathers(pack.Value.Id)).Select(static pack => pack.Key).ToHashSet();
        var parts = new Dictionary<(long Pack, Id128 Domain), long>();
        Scan(_contents, row =>
        {
            if (old.Contains(row.Number(0)))
            {
                var key = (row.Number(0), row.Id(3));
                parts[key] = parts.GetValueOrDefault(key) + row.Number(2);
            }
        });
        var small = parts.Where(static part => part.Value < SmallPart).ToList();
        var many = small.CountBy(static part => (part.Key.Domain, Tier(part.Value))).Where(static count => count.Value >= ManyParts).Select(static count => count.Key).ToHashSet();
        foreach (var (key, length) in small.Where(part => many.Contains((part.Key.Domain, Tier(part.Value)))))
        {
            packs[key.Pack].IsScattered = true;
        }
    }

    /// <summary>Sizes within a factor of 8 are about one size.</summary>
    private static int Tier(long length) => (63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)length)) / 3;

    private HashSet<long> Numbers(IReadOnlySet<Hash> packs)
    {
        var numbers = new HashSet<long>();
        foreach (var pack in packs)
        {
            if (First(_number.Bind(1, pack)) is { } number)
            {
                numbers.Add(number);
            }
        }

        return numbers;
    }

    private Hash IdOf(long number)
    {
        Hash id = default;
        Scan(_id.Bind(1, number), row => id = row.Hash(0));
        return id;
    }

    private static long? First(Statement statement)
    {
        long? first = statement.Step() ? statement.Number(0) : null;
        statement.Reset();
        return first;
    }

    private static void Scan(Statement statement, Action<Statement> row)
    {
        try
        {
            while (statement.Step())
            {
                row(statement);
            }
        }
        finally
        {
            statement.Reset();
        }
    }
}
