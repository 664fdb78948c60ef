namespace Backup.Engine.Stores;

/// <summary>
/// A place at one site that keeps immutable objects under names like <c>packs/3f/3f0a…</c>: lower-case ASCII letters, digits, '-' and '/'.
/// Every method may be called from several threads at once. A store classifies what goes wrong: it throws <see cref="StoreException"/>
/// and nothing else (but <see cref="OperationCanceledException"/>). It has its own deadlines: no call hangs.
/// </summary>
public interface IObjectStore : IAsyncDisposable
{
    /// <summary>
    /// Says what is there, without creating or changing anything. Never throws for a place that is missing, refused or unreachable: that is an outcome.
    /// </summary>
    Task<StoreProbe> ProbeAsync(CancellationToken cancellation);

    /// <summary>
    /// Makes the folder of a local or SFTP store. Called by <c>init</c> and <c>site add</c> only. A bucket or container must be there: it is never made.
    /// </summary>
    Task CreateAsync(CancellationToken cancellation);

    /// <summary>
    /// Stores an object under a name that has none, atomically and durably: after it returns, the object survives a power cut, whole; if it throws or is
    /// cancelled, either the whole object stands under the name or none does. An object that is already there is left as it is.
    /// </summary>
    /// <returns>True if it was stored, false if the name was taken.</returns>
    Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>
    /// Stores several objects as <see cref="PutAsync"/> does, made durable together before it returns; a store may do less work for it than one by one.
    /// Names that are taken are left as they are.
    /// </summary>
    Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation);

    /// <summary>Reads a whole object into memory.</summary>
    /// <param name="name">The object.</param>
    /// <param name="limit">The largest length accepted; a longer object is <see cref="StoreFault.Damaged"/>.</param>
    /// <param name="cancellation">Ends the call.</param>
    Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation);

    /// <summary>Reads exactly <paramref name="destination"/>'s length from <paramref name="offset"/>; an object that ends before is <see cref="StoreFault.Damaged"/>.</summary>
    Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation);

    /// <summary>Name, length and the store's time of an object, or null if there is none.</summary>
    Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation);

    /// <summary>
    /// Every object whose name starts with <paramref name="prefix"/> (a whole folder: it ends in '/', or is empty), in any order, each once.
    /// What was put completely before the call is in it. Temporary leftovers are not.
    /// </summary>
    IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellation);

    /// <summary>Removes an object, every version of it. What is gone already is no error.</summary>
    Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation);

    /// <summary>Removes what interrupted puts left behind, older than <paramref name="age"/> by the store's clock.</summary>
    Task SweepAsync(TimeSpan age, CancellationToken cancellation);

    /// <summary>
    /// Finds out what the store can do, by trying it: it writes and removes objects of its own under <c>tmp/</c>, and nothing else. What cannot be
    /// found out is <see cref="Capability.Unknown"/>.
    /// </summary>
    Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation) => Task.FromResult(new StoreCapabilities());

    /// <summary>
    /// Has the store keep an object against everybody until then, in the mode its site demands. A date that is later already stays. Only for sites
    /// with an object lock.
    /// </summary>
    Task LockAsync(string name, DateTimeOffset until, CancellationToken cancellation) =>
        throw new StoreException(StoreFault.ReadOnly, "This kind of store cannot lock an object.");
}

/// <summary>One object of a listing.</summary>
/// <param name="Name">Its whole name.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">The store's own time of the put.</param>
public readonly record struct ObjectInfo(string Name, long Length, DateTimeOffset Modified);

/// <summary>What <see cref="IObjectStore.ProbeAsync"/> found.</summary>
public enum StorePresence
{
    /// <summary>The place answers and holds an object named <c>repository</c>.</summary>
    Repository,

    /// <summary>The place answers and holds no <c>repository</c>, but other objects of ours: an attempt that did not finish, or a site that lost its first object.</summary>
    Unfinished,

    /// <summary>The place answers and is empty.</summary>
    Empty,

    /// <summary>The place answers and holds things that are none of ours.</summary>
    Foreign,

    /// <summary>The folder, bucket or container does not exist.</summary>
    Missing,

    /// <summary>No answer, or none that can be used: a login that is refused, a host that is another one. <see cref="StoreProbe.Failure"/> says which.</summary>
    Unreachable,
}

/// <summary>The answer of <see cref="IObjectStore.ProbeAsync"/>.</summary>
/// <param name="Presence">What is there.</param>
/// <param name="Failure">Why that could not be found out, where it could not; its text is for the reader.</param>
public readonly record struct StoreProbe(StorePresence Presence, StoreException? Failure = null)
{
    /// <summary>What a failure says about the place.</summary>
    public static StoreProbe Of(StoreException failure) =>
        new(failure.Fault == StoreFault.Missing ? StorePresence.Missing : StorePresence.Unreachable, failure);
}

/// <summary>Whether an object is gone for good.</summary>
/// <param name="Final">True when no version of it is left.</param>
/// <param name="RetainedUntil">If not final: until when the store keeps a version; null if it did not say.</param>
public readonly record struct DeleteOutcome(bool Final, DateTimeOffset? RetainedUntil = null)
{
    public static DeleteOutcome Gone => new(Final: true);
}

/// <summary>What a store says went wrong.</summary>
public enum StoreFault
{
    /// <summary>No connection, no answer in time, a broken answer. Trying again later can help.</summary>
    Unreachable,

    /// <summary>The object is not there.</summary>
    NotFound,

    /// <summary>The object is there and is not what it must be: shorter, longer, unreadable.</summary>
    Damaged,

    /// <summary>No space, or a quota is used up.</summary>
    Full,

    /// <summary>Writing is refused: read-only or without rights.</summary>
    ReadOnly,

    /// <summary>Credentials or rights do not allow even reading.</summary>
    Denied,

    /// <summary>The folder, bucket or container does not exist.</summary>
    Missing,
}

/// <summary>A store could not do what was asked. The site is an outcome of the run, never the end of it.</summary>
public sealed class StoreException(StoreFault fault, string message, Exception? inner = null) : BackupException(FailureKind.Failed, message, null, inner)
{
    public StoreFault Fault { get; } = fault;

    /// <summary>How long the store asks to be left alone; null if it said nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>True if it was tried as often as it makes sense.</summary>
    public bool IsFinal { get; init; }

    /// <inheritdoc/>
    public override bool Retryable => Fault is StoreFault.Unreachable && !IsFinal;
}
