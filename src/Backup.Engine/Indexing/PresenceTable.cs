using Backup.Engine.Format;

namespace Backup.Engine.Indexing;

/// <summary>Which domains lie in which snapshots. Under the catalog's lock; each call is one transaction.</summary>
internal sealed class PresenceTable(Database database)
{
    private readonly Statement _looked = database.Prepare("SELECT snapshot FROM looked");
    private readonly Statement _chain = database.Prepare("SELECT chain FROM looked WHERE snapshot = ?");
    private readonly Statement _last = database.Prepare("SELECT max(number) FROM looked WHERE chain = ?");
    private readonly Statement _next = database.Prepare("SELECT coalesce(max(number), 0) + 1 FROM looked");
    private readonly Statement _look = database.Prepare("INSERT OR IGNORE INTO looked VALUES (?, ?, ?)");
    private readonly Statement _open = database.Prepare("SELECT domain FROM presence WHERE chain = ? AND last IS NULL");
    private readonly Statement _begin = database.Prepare("INSERT OR IGNORE INTO presence VALUES (?, ?, ?, NULL)");
    private readonly Statement _end = database.Prepare("UPDATE presence SET last = ? WHERE domain = ? AND chain = ? AND last IS NULL");
    private readonly Statement _snapshots = database.Prepare("""
        SELECT l.snapshot FROM presence p JOIN looked l ON l.chain = p.chain AND l.number BETWEEN p.first AND coalesce(p.last, l.number) WHERE p.domain = ?
        """);

    /// <summary>The snapshots that were looked at.</summary>
    public HashSet<Hash> Looked() => [.. Rows(_looked, static row => row.Hash(0))];

    /// <summary>The snapshots in which a domain lies, of those that were looked at.</summary>
    public IReadOnlyList<Hash> Of(DomainId domain) => Rows(_snapshots.Bind(1, domain.Value), static row => row.Hash(0));

    /// <summary>Takes up a snapshot.</summary>
    /// <param name="snapshot">Its id.</param>
    /// <param name="before">A snapshot of the same source that was looked at before; null if there is none.</param>
    /// <param name="domains">All that lie in it.</param>
    public void Add(Hash snapshot, Hash? before, IReadOnlySet<DomainId> domains)
    {
        database.Execute("BEGIN IMMEDIATE");
        try
        {
            if (Number(_chain.Bind(1, snapshot)) is null)
            {
                var number = Number(_next)!.Value;
                var chain = (before is { } known ? Number(_chain.Bind(1, known)) : null) ?? number;
                var last = Number(_last.Bind(1, chain)) ?? 0;
                _look.Bind(1, number).Bind(2, snapshot).Bind(3, chain).Run();
                var open = Rows(_open.Bind(1, chain), static row => new DomainId(row.Id(0))).ToHashSet();
                foreach (var gone in open.Where(domain => !domains.Contains(domain)))
                {
                    _end.Bind(1, last).Bind(2, gone.Value).Bind(3, chain).Run();
                }

                foreach (var come in domains.Where(domain => !open.Contains(domain)).Order())
                {
                    _begin.Bind(1, come.Value).Bind(2, chain).Bind(3, number).Run();
                }
            }
        }
        finally
        {
            database.Execute("COMMIT");
        }
    }

    private static long? Number(Statement statement)
    {
        try
        {
            return statement.Step() && !statement.IsNull(0) ? statement.Number(0) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static List<T> Rows<T>(Statement statement, Func<Statement, T> read)
    {
        var rows = new List<T>();
        try
        {
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
}
