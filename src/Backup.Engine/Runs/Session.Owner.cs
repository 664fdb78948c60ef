using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <content>How a session becomes one that may write, and what it may do then.</content>
internal sealed partial class Session
{
    /// <summary>Recorded with a site that was read in a term, with the number of the term: FORMAT.md, section 10, "Joining".</summary>
    private const string ReadInTerm = "read-in-term";

    /// <summary>No write of one object takes so long: what is older belongs to no run that is alive, of whatever kind.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private FileLock? _lock;

    /// <summary>Names the lock that this session holds; empty in one that only reads.</summary>
    public string Verb { get; private init; } = "";

    /// <summary>This machine's term; null in a session that only reads.</summary>
    public Owner? Owner { get; private set; }

    /// <summary>Whether every site that was asked was listed: only then is it known that something stands nowhere.</summary>
    public bool AllSitesRead => Sites.All(static site => site.Serves || site.Record is null);

    /// <summary>
    /// The sites that were not read since this machine took over: an entry of another owner may stand there. While there is one, nothing is destroyed and
    /// no epoch is opened.
    /// </summary>
    public IReadOnlyList<string> UnreadSites
    {
        get
        {
            var read = MarkedAsRead.Concat(ReadNow).ToHashSet(StringComparer.Ordinal);
            return IsFirstTerm ? [] : [.. Ledger.Sites.Where(site => site.State != SiteState.Retired && !read.Contains(site.Id)).Select(static site => site.Id)];
        }
    }

    private bool IsFirstTerm => Owner is not { Term.Number: > 1 };

    private string TermText => Owner!.Term.Number.ToString(CultureInfo.InvariantCulture);

    private IEnumerable<string> MarkedAsRead => IsFirstTerm ? [] : Ledger.Facts
        .Where(fact => fact.Fact is { Name: ReadInTerm, Site: not null } && fact.Fact.Value == TermText).Select(static fact => fact.Fact.Site!);

    /// <summary>Sites whose whole ledger this session has read and joined.</summary>
    private IEnumerable<string> ReadNow => Sites.Where(site => site.Ledger.Holds && site.Head is { } head && !_apart.Contains(head.Hash)).Select(static site => site.Id);

    /// <summary>Opens the repository for a run of its owner, and brings every site that answers up to the head.</summary>
    /// <param name="context">Of the run.</param>
    /// <param name="verb">Names the lock: two runs of one kind never go at once.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="BackupException">Exit 11: another run or machine; 10, 12, or what stands in the way.</exception>
    public static Task<Session> OpenForWritingAsync(RunContext context, string verb, CancellationToken cancellation) =>
        OpenForWritingAsync(context, verb, new ReadOptions(), cancellation);

    /// <inheritdoc cref="OpenForWritingAsync(RunContext, string, CancellationToken)"/>
    /// <param name="context">Of the run.</param>
    /// <param name="verb">Names the lock.</param>
    /// <param name="options">What else it may do.</param>
    /// <param name="cancellation">Ends the run.</param>
    public static Task<Session> OpenForWritingAsync(RunContext context, string verb, ReadOptions options, CancellationToken cancellation) =>
        TwiceAsync(() => OpenOnceForWritingAsync(context, verb, options, cancellation));

    private static async Task<Session> OpenOnceForWritingAsync(RunContext context, string verb, ReadOptions options, CancellationToken cancellation)
    {
        var session = new Session(context, options with { Writes = true }, StateDirectory.Open(context.StatePath)) { Verb = verb };
        try
        {
            session._lock = options.DryRun ? null : session.State.LockRun(verb);
            await session.OpenLedgerAsync(cancellation);
            session.RequireNewest();
            await session.OpenKeysAsync(cancellation);
            session.OpenOwner();
            session.FoldLedger();
            session.Reading.Keep(session.State);
            if (!options.DryRun)
            {
                await session.JoinBranchesAsync(cancellation);
            }

            await session.MakeReadyAsync(cancellation);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens the repository as a new owner: draws a term, and joins every head that was seen in its first entry.</summary>
    /// <exception cref="BackupException">Exit 10, 12, or what stands in the way.</exception>
    public static async Task<Session> TakeOverAsync(RunContext context, CancellationToken cancellation)
    {
        var session = new Session(context, new ReadOptions { Writes = true }, StateDirectory.Open(context.StatePath));
        try
        {
            session._lock = session.State.LockRun("takeover");
            await session.OpenLedgerAsync(cancellation);
            await session.OpenKeysAsync(cancellation);
            session.FoldLedger();
            session.Reading.Keep(session.State);
            session.Owner = Owner.Draw(session.Keyring.RootSeed.Span, session.Repository, session.NextTerm);
            session.State.WriteOwner(session.Owner.Seal(session.Sealer, session.Keyring.Keys));
            TestStop.Reach(TestStop.TermDrawn);
            session.JoinedHeads = [.. session._heads.Select(static head => head.Hash)];
            await session.JoinAsync(LedgerKind.Takeover, cancellation);
            await session.MakeReadyAsync(cancellation);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>After a takeover: the heads that were seen.</summary>
    public IReadOnlyList<Hash> JoinedHeads { get; private set; } = [];

    /// <summary>One more than the largest term that was seen.</summary>
    public long NextTerm => 1 + Reading.Graph.Entries.Max(static node => node.Body.Term.Number);

    /// <exception cref="BackupException">Exit 20: a site may hold entries of another owner that this one has not seen.</exception>
    public void RequireAllSitesRead(string what)
    {
        if (UnreadSites is { Count: > 0 } unread)
        {
            throw new BackupException(
                FailureKind.Degraded,
                $"{what} has to wait: since this machine took over, {string.Join(", ", unread)} could not be read, and may hold what the former owner did.",
                "Bring the site back and run it again; `backupctl site retire ID` ends a site that will not come back.");
        }
    }

    private void RequireNewest()
    {
        if (Reading.Pin is { } pin && Reading.Graph.Find(pin.Head) is null)
        {
            throw new BackupException(
                FailureKind.Degraded,
                $"Every site that answers shows an older state than this machine has seen (entry {pin.Sequence} of the ledger is missing), and the state has no copy of it.",
                "Bring a site back that has the newer state; if there is none any more, `backupctl takeover` goes on from what is left.");
        }
    }

    private void OpenOwner()
    {
        Owner = State.ReadOwner() is { } content ? Owner.Open(Sealer, Keyring.Keys, content) : null;
        var ownership = Owner.Of(Owner, Reading.Graph);
        if (ownership == Ownership.Current)
        {
            return;
        }

        throw ownership == Ownership.Never
            ? new BackupException(FailureKind.NotOwner, "This machine does not own the repository: its state directory holds no term.", "If the machine that wrote it is gone or shall write no more, run `backupctl takeover` here. Reading needs no ownership.")
            : new BackupException(FailureKind.NotOwner, "Another machine has taken over this repository.", "Run `backupctl takeover` here if this machine shall write it again.");
    }

    private async Task MakeReadyAsync(CancellationToken cancellation)
    {
        if (!_options.DryRun)
        {
            await RecordOlderCopiesAsync(cancellation);
            await CatchUpAsync(cancellation);
            await DestroyStaleKeysAsync(cancellation);
            await SweepAsync(cancellation);
        }

        await OpenCatalogAsync(cancellation);
        var listed = _options.ListsItself ? [] : Sites.Select(site => (Task)SurveyAsync(site, cancellation));
        await Task.WhenAll(listed.Append(_options.DryRun ? Task.CompletedTask : ExamineAsync(cancellation)));
        if (!_options.DryRun)
        {
            await RenewLocksAsync(cancellation);
        }
    }

    /// <summary>Removes what killed runs left half written, here and at the sites. It only takes space: where that fails the next run tries again.</summary>
    private async Task SweepAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(Serving.ToList().Select(async site =>
        {
            try
            {
                await site.Site.Store.SweepAsync(Abandoned, cancellation);
            }
            catch (StoreException)
            {
                // A site that is down is found so by what the run needs of it.
            }
        }));
        try
        {
            State.Sweep(Abandoned);
        }
        catch (BackupException failure) when (failure is PosixException or FolderMissingException)
        {
            // Nor does the state need room for what is removed from it.
        }
    }
}
