using Backup.Engine.Format;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>Where one site ended up in a run that writes.</summary>
public enum SiteRunState
{
    /// <summary>Everything of this run, and everything it needs of earlier ones, stands at the site.</summary>
    Complete,

    /// <summary>The site answered but lacks objects: its backlog, brought by the next run or <c>sync</c>.</summary>
    Pending,

    /// <summary>The site did not take part; the message says why.</summary>
    Failed,
}

/// <summary>The outcome of a run at one site.</summary>
public sealed record SiteOutcome(string Id, string City, string Country, SiteRunState State, string? Message)
{
    /// <summary>What the run asked of its store; null if nobody counted.</summary>
    public StoreUsage? Usage { get; init; }
}

/// <summary>What the placement demanded and what was reached.</summary>
public sealed record PlacementOutcome(int RequiredCities, int CompleteCities)
{
    public bool Met => CompleteCities >= RequiredCities;
}

/// <summary>Something a run met and could not do: an entry, an object, a site.</summary>
/// <param name="Place">A path, an object name or a site id. Paths go to the terminal only.</param>
/// <param name="Message">What happened.</param>
/// <param name="Remedy">What to do now, if anything.</param>
public sealed record RunFinding(string Place, string Message, string? Remedy = null);

/// <summary>An object that was missing or damaged at a site, and whether it was put back.</summary>
public sealed record DamageFinding(string Site, string ObjectName, string What, bool Healed);

/// <summary>Outcome of <c>init</c>.</summary>
/// <param name="Repository">Its id.</param>
/// <param name="Sites">One for each site of the policy; an unreachable one is awaited.</param>
/// <param name="RecoverySheet">What the sheet shows; null when the key went into a file.</param>
public sealed record InitOutcome(Hash Repository, IReadOnlyList<SiteOutcome> Sites, RecoverySheet? RecoverySheet);

/// <summary>The content of a recovery sheet.</summary>
public sealed record RecoverySheet(string RecoveryKey, Hash Repository, string LedgerHead, IReadOnlyList<RecoverySheetSite> Sites, DateTimeOffset Written);

/// <summary>How a city is reached, for the reader of the sheet.</summary>
public sealed record RecoverySheetSite(string Id, string City, string Country, string Reach);

/// <summary>Outcome of <c>backup</c> for one source.</summary>
public sealed record BackupOutcome
{
    public required string Source { get; init; }

    /// <summary>The new snapshot; null when none was made (no site took it, the source failed, or a dry run).</summary>
    public required Hash? Snapshot { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required DateTimeOffset Finished { get; init; }

    public required BackupCounts Counts { get; init; }

    /// <summary>Entries that could not be read; they are not in the snapshot, or marked incomplete.</summary>
    public required IReadOnlyList<RunFinding> Errors { get; init; }

    /// <summary>Left out because it belongs to the backup itself, and other things worth knowing.</summary>
    public required IReadOnlyList<RunFinding> Warnings { get; init; }

    public required IReadOnlyList<SiteOutcome> Sites { get; init; }

    public required PlacementOutcome Placement { get; init; }

    /// <summary>Why the source could not be backed up at all; null if it could.</summary>
    public BackupException? Failure { get; init; }
}

/// <summary>Figures of a backup.</summary>
/// <param name="FilesNew">Not in the parent snapshot.</param>
/// <param name="FilesChanged">In the parent snapshot, different.</param>
/// <param name="FilesUnmodified">Same size, mtime, ctime, inode and domain.</param>
/// <param name="Directories">Directories.</param>
/// <param name="Others">Links, FIFOs, sockets and devices.</param>
/// <param name="BytesRead">Read from the source.</param>
/// <param name="BytesAdded">New content, before compression.</param>
/// <param name="BytesStored">Put to each site.</param>
/// <param name="BytesTotal">Size of everything in the snapshot.</param>
public sealed record BackupCounts(
    long FilesNew, long FilesChanged, long FilesUnmodified, long Directories, long Others, long BytesRead, long BytesAdded, long BytesStored, long BytesTotal);

/// <summary>One snapshot of a listing.</summary>
public sealed record SnapshotItem(
    Hash Id, DateTimeOffset Time, string Source, string Host, IReadOnlyList<string> Tags, long Files, long Bytes, long BytesAdded, long Errors, IReadOnlyList<SnapshotSite> Sites);

/// <summary>Whether a site holds a snapshot complete, and whether every byte of it was read back there (else it counts as stored).</summary>
public sealed record SnapshotSite(string Id, string City, bool Complete, bool Read = false)
{
    /// <summary>Tells cities of one name apart; empty if it is not known.</summary>
    public string Country { get; init; } = "";
}

/// <summary>One entry of <c>ls</c> and <c>find</c>.</summary>
/// <param name="Path">Absolute path, bytes.</param>
/// <param name="Entry">The entry; null for a part that was erased.</param>
/// <param name="ErasedAt">When the domain that held this place was erased.</param>
/// <param name="Snapshot">The snapshot it was found in.</param>
public sealed record ListedEntry(byte[] Path, Entry? Entry, DateTimeOffset? ErasedAt, Hash Snapshot);

/// <summary>How an entry differs between two snapshots.</summary>
public enum Difference
{
    Added,
    Removed,
    Modified,
    MetadataOnly,
    TypeChanged,

    /// <summary>Content differs although size and mtime are equal: silent corruption, or a tool that sets times back.</summary>
    ContentOnly,
}

/// <summary>One line of <c>diff</c>.</summary>
public sealed record DifferenceItem(byte[] Path, Difference Difference, Entry? Before, Entry? After);

/// <summary>Outcome of <c>restore</c>.</summary>
public sealed record RestoreOutcome
{
    public required Hash Snapshot { get; init; }

    public required long Files { get; init; }

    public required long Directories { get; init; }

    public required long Links { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Existing entries that were left as they are.</summary>
    public required long Skipped { get; init; }

    /// <summary>Parts that are missing because they were erased.</summary>
    public required long Erased { get; init; }

    /// <summary>Parts that are kept and not given out, because they are restricted or about to be erased.</summary>
    public long Restricted { get; init; }

    public required IReadOnlyList<RunFinding> Errors { get; init; }

    public required IReadOnlyList<DamageFinding> Damage { get; init; }

    public required IReadOnlyList<string> SitesUsed { get; init; }

    /// <summary>Set when a stale site was all there was: the time of the newer head that is known.</summary>
    public required DateTimeOffset? StaleSince { get; init; }

    /// <summary>Sites that were asked and do not hold the repository, or do not answer.</summary>
    public IReadOnlyList<SiteOutcome> Absent { get; init; } = [];

    public required TimeSpan Elapsed { get; init; }
}

/// <summary>Outcome of <c>verify</c>.</summary>
public sealed record VerifyOutcome(IReadOnlyList<VerifiedSite> Sites, IReadOnlyList<DamageFinding> Damage, PlacementOutcome Placement)
{
    /// <summary>Sites that were read and do not take the ledger entry about it: they stay behind.</summary>
    public IReadOnlyList<SiteOutcome> Refusing { get; init; } = [];

    /// <summary>Set when every site that answered shows an older state than this machine has seen.</summary>
    public DateTimeOffset? StaleSince { get; init; }
}

/// <summary>What <c>verify</c> found at a site.</summary>
/// <param name="Id">The site.</param>
/// <param name="Objects">Number of objects that are there.</param>
/// <param name="Bytes">Their length.</param>
/// <param name="Missing">Objects that are not there.</param>
/// <param name="Damaged">Objects whose length or bytes are not what was put.</param>
/// <param name="Unreferenced">Objects that belong to nothing: replaced keyrings, and attempts that did not finish.</param>
/// <param name="Healed">Missing and damaged objects that were put back.</param>
/// <param name="HashesPercent">How much was compared with its hash, of the bytes that are there.</param>
/// <param name="ReadDataPercent">How much was opened blob by blob, of the bytes of packs.</param>
/// <param name="Message">Why it was not checked to the end; null if it was.</param>
public sealed record VerifiedSite(
    string Id, long Objects, long Bytes, long Missing, long Damaged, long Unreferenced, long Healed, double HashesPercent, double ReadDataPercent, string? Message)
{
    public string City { get; init; } = "";

    /// <summary>Of the missing objects those that never stood there and are on their way: no damage, but the site does not count yet.</summary>
    public long Pending { get; init; }
}

/// <summary>Outcome of <c>drill</c>.</summary>
public sealed record DrillOutcome(IReadOnlyList<DrilledSite> Sites);

/// <summary>A restore of the newest snapshot of a source from one site alone.</summary>
/// <param name="Id">The site.</param>
/// <param name="Source">The source.</param>
/// <param name="Snapshot">Null: no restore was possible, and <paramref name="Message"/> says why.</param>
/// <param name="Files">Restored.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="Mismatches">Files that are not as recorded; of a database: tables that are not, and checks that did not pass.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Message">What there is to say.</param>
public sealed record DrilledSite(string Id, string Source, Hash? Snapshot, long Files, long Bytes, long Mismatches, TimeSpan Elapsed, string? Message)
{
    /// <summary>Whether it was loaded into a database server.</summary>
    public bool IsDatabase { get; init; }

    /// <summary>Rows that were loaded, counted and compared.</summary>
    public long Rows { get; init; }
}

/// <summary>Outcome of <c>sync</c>.</summary>
public sealed record SyncOutcome(IReadOnlyList<SyncedSite> Sites, PlacementOutcome Placement);

/// <summary>What <c>sync</c> brought to a site.</summary>
public sealed record SyncedSite(string Id, long ObjectsCopied, long BytesCopied, long Healed, bool Complete, string? Message);

/// <summary>Outcome of <c>status</c>.</summary>
public sealed record StatusOutcome(IReadOnlyList<SourceStatus> Sources, IReadOnlyList<SiteStatus> Sites, IReadOnlyList<RunFinding> Warnings)
{
    public bool Met => Sources.All(source => source.Met) && Sites.All(site => site is { Reachable: true, Stale: false, BacklogObjects: 0, DamagedObjects: 0 });
}

/// <summary>A source as the sites hold it.</summary>
public sealed record SourceStatus(string Source, Hash? Newest, DateTimeOffset? Time, IReadOnlyList<string> Cities, bool Met)
{
    public double? AgeHours(TimeProvider clock) => Time is { } time ? Math.Round((clock.GetUtcNow() - time).TotalHours, 2) : null;
}

/// <summary>A site as it answers now.</summary>
public sealed record SiteStatus(
    string Id, string Kind, string City, string Country, bool Reachable, bool Stale, long Objects, long Bytes, long BacklogObjects, long DamagedObjects, string? Message)
{
    /// <summary>What the store was last found to do; null if it never was examined.</summary>
    public StoreCapabilities? Capabilities { get; init; }
}

/// <summary>One unlock slot of <c>key list</c>.</summary>
public sealed record KeyItem(Hash Id, string Kind, string Label, DateTimeOffset Created);

/// <summary>Outcome of what changes the unlock slots: <c>key add</c>, <c>remove</c>, <c>rotate</c> and <c>recovery</c>. Each begins a new epoch.</summary>
/// <param name="Epoch">The new epoch.</param>
/// <param name="Slots">The live slots in it.</param>
/// <param name="Sites">Where it stands; a site that does not have it yet is pending.</param>
/// <param name="RecoverySheet">For <c>recovery</c> without a file: the new sheet, else null.</param>
public sealed record KeyOutcome(long Epoch, IReadOnlyList<KeyItem> Slots, IReadOnlyList<SiteOutcome> Sites, RecoverySheet? RecoverySheet = null);

/// <summary>How a site stands in the ledger.</summary>
public enum SiteMembership
{
    /// <summary>It holds the repository and counts.</summary>
    Active,

    /// <summary>Named, but never reached: the next run fills it.</summary>
    Awaited,

    /// <summary>A repository was there and is gone: filled only by <c>sync --to ID --rebuild</c>.</summary>
    Lost,

    /// <summary>Ended with <c>site retire</c>: it counts nowhere.</summary>
    Retired,

    /// <summary>In the policy, not in the ledger: <c>site add</c> brings it in.</summary>
    NotAdded,
}

/// <summary>One site of <c>site list</c>.</summary>
public sealed record SiteItem(string Id, string Kind, string City, string Country, SiteMembership Standing, string? Message);

/// <summary>Outcome of <c>site add</c> and <c>site retire</c>.</summary>
/// <param name="Site">The site that came or went.</param>
/// <param name="Placement">What the placement demands, and how many cities are left or reached.</param>
public sealed record SiteChangeOutcome(SiteOutcome Site, PlacementOutcome Placement);

/// <summary>Outcome of <c>takeover</c>.</summary>
/// <param name="Term">The number of the term that was opened.</param>
/// <param name="Heads">Every ledger head that was seen, and is named by the first entry of the term.</param>
/// <param name="Sites">Where the entry stands. Until every site has been read, the owner only backs up.</param>
public sealed record TakeoverOutcome(long Term, IReadOnlyList<Hash> Heads, IReadOnlyList<SiteOutcome> Sites);

/// <summary>Progress of a run. Implementations are called often and from several threads: they must be cheap and never throw.</summary>
public interface IRunProgress
{
    /// <summary>What the run does now, e.g. "reading /srv" — for the terminal only.</summary>
    void Phase(string text);

    /// <summary>How much there is to do, as far as known; null: not known.</summary>
    void Expect(long? files, long? bytes);

    void Advance(long files, long bytes);

    /// <summary>So many bytes more stand durably at a site.</summary>
    void SiteAdvance(string site, long bytes);

    /// <summary>Something to say at once.</summary>
    void Message(RunFinding finding);
}

/// <summary>Progress that nobody looks at.</summary>
public sealed class NoProgress : IRunProgress
{
    public static NoProgress Instance { get; } = new();

    public void Phase(string text)
    {
    }

    public void Expect(long? files, long? bytes)
    {
    }

    public void Advance(long files, long bytes)
    {
    }

    public void SiteAdvance(string site, long bytes)
    {
    }

    public void Message(RunFinding finding)
    {
    }
}
