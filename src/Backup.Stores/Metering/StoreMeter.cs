using Backup.Engine.Stores;

namespace Backup.Stores.Metering;

/// <summary>Counts what is asked of the store of one site. Safe for many at once.</summary>
public sealed class StoreMeter
{
    private long _requests;
    private long _failures;
    private long _sent;
    private long _received;

    /// <summary>So far.</summary>
    public StoreUsage Usage => new(Interlocked.Read(ref _requests), Interlocked.Read(ref _failures), Interlocked.Read(ref _sent), Interlocked.Read(ref _received));

    internal void Count(long requests, bool failed, long sent, long received)
    {
        Interlocked.Add(ref _requests, requests);
        Interlocked.Add(ref _failures, failed ? 1 : 0);
        Interlocked.Add(ref _sent, sent);
        Interlocked.Add(ref _received, received);
    }
}
