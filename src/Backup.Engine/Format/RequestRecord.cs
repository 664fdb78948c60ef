namespace Backup.Engine.Format;

/// <summary>How far a request for erasure is. The words are stored; each stands after those that come before it.</summary>
public enum RequestState
{
    /// <summary>Recorded; approvals are missing. Nothing is touched.</summary>
    Requested,

    /// <summary>Approved: its domains are blocked, and wait for the cooling-off to end.</summary>
    Blocked,

    /// <summary>The keys of its domains are in no keyring that is current; older epochs and objects are being destroyed, site by site.</summary>
    Erasing,

    /// <summary>All that may go is gone; what is held waits for the end of its hold.</summary>
    Held,
}

/// <summary>That the holder of an unlock slot agreed to an erasure.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Time">Seconds since 1970.</param>
public readonly record struct ApprovalRecord(Hash Slot, long Time);

/// <summary>An erasure that is not finished everywhere. FORMAT.md, section 6.4. It names no person: keyed hashes only.</summary>
public sealed record RequestRecord
{
    /// <summary>An empty request takes so many bytes at least.</summary>
    internal const int LeastBytes = 33;

    private static readonly string[] States = ["requested", "blocked", "erasing", "held"];

    /// <summary>Random.</summary>
    public required Id128 Id { get; init; }

    /// <summary>Keyed hashes of the person's identifiers: they outlive the domains without naming the person.</summary>
    public required IReadOnlyList<Hash> Subjects { get; init; }

    /// <summary>Why, in a word of the command line.</summary>
    public required string Reason { get; init; }

    public RequestState State { get; init; }

    /// <summary>Seconds since 1970: when it was received.</summary>
    public required long Received { get; init; }

    /// <summary>Seconds since 1970: when the last approval came; 0: not yet.</summary>
    public long Approved { get; init; }

    /// <summary>What is erased, or is to be.</summary>
    public IReadOnlyList<DomainId> Domains { get; init; } = [];

    /// <summary>What a duty to keep holds back; erased when that ends.</summary>
    public IReadOnlyList<DomainId> Held { get; init; } = [];

    public IReadOnlyList<ApprovalRecord> Approvals { get; init; } = [];

    /// <summary>True: only records or files of the person go, and of keys only those of the domains that are listed. Default: everything of the person.</summary>
    public bool Partial { get; init; }

    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(10);
        writer.Random(Id);
        writer.Array(Subjects, static (ref w, subject) => w.Hash(subject));
        writer.Text(Reason);
        writer.Text(States[(int)State]);
        writer.Signed(Received);
        writer.Signed(Approved);
        writer.Array(Domains, static (ref w, domain) => w.Domain(domain));
        writer.Array(Held, static (ref w, domain) => w.Domain(domain));
        writer.Array(Approvals, static (ref w, approval) =>
        {
            w.BeginArray(2);
            w.Hash(approval.Slot);
            w.Signed(approval.Time);
        });
        writer.Unsigned(Partial ? 1UL : 0);
    }

    internal static RequestRecord Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(10);
        return new RequestRecord
        {
            Id = reader.Random(),
            Subjects = reader.Hashes(),
            Reason = reader.Text(),
            State = ReadState(ref reader),
            Received = reader.Signed(),
            Approved = reader.Signed(),
            Domains = reader.Array(17, static (ref r) => r.Domain()),
            Held = reader.Array(17, static (ref r) => r.Domain()),
            Approvals = reader.Array(36, ReadApproval),
            Partial = reader.Kind(0, 1) == 1,
        };
    }

    private static RequestState ReadState(ref CborSpanReader reader)
    {
        var at = Array.IndexOf(States, reader.Text());
        return at >= 0 ? (RequestState)at : throw reader.Damaged("a request is in a state that this version does not know");
    }

    private static ApprovalRecord ReadApproval(ref CborSpanReader reader)
    {
        reader.BeginTuple(2);
        return new ApprovalRecord(reader.Hash(), reader.Signed());
    }
}
