using System.Globalization;

namespace Backup.Engine.Stores;

/// <summary>Whether a store does something.</summary>
public enum Capability
{
    /// <summary>It could not be found out: the credentials may not ask, or the store does not say.</summary>
    Unknown,

    No,

    Yes,
}

/// <summary>What a store was found to do. <see cref="ToString"/> is how the ledger and the state keep it.</summary>
public sealed record StoreCapabilities
{
    /// <summary>A put under a name that is taken changes nothing, also when two put at once.</summary>
    public Capability ExclusivePut { get; init; }

    /// <summary>An object becomes visible whole or not at all (SFTP: posix-rename).</summary>
    public Capability AtomicPut { get; init; }

    /// <summary>The store confirms that what it took survives a power cut (local: fsync). Object stores promise it without a way to ask.</summary>
    public Capability DurablePut { get; init; }

    /// <summary>The credentials that gc and erasure use remove an object for good.</summary>
    public Capability FinalDelete { get; init; }

    /// <summary>The credentials of every day may delete too: whoever steals them can destroy what is not locked.</summary>
    public Capability DailyDelete { get; init; }

    /// <summary>A removed or replaced object lives on as an older version.</summary>
    public Capability Versioning { get; init; }

    /// <summary>A removed object can be brought back for some time.</summary>
    public Capability SoftDelete { get; init; }

    /// <summary>Single objects can be kept against everybody until a date.</summary>
    public Capability ObjectLock { get; init; }

    /// <summary>The store puts a lock of its own on every object.</summary>
    public Capability DefaultLock { get; init; }

    /// <summary>The store copies objects to a place of its own, where they are not deleted.</summary>
    public Capability Replication { get; init; }

    /// <summary>How far the store's clock is ahead of this machine's; null if it does not tell the time.</summary>
    public TimeSpan? ClockAhead { get; init; }

    private IEnumerable<(string Name, Capability Value)> All =>
    [
        ("exclusive-put", ExclusivePut), ("atomic-put", AtomicPut), ("durable-put", DurablePut), ("final-delete", FinalDelete),
        ("daily-delete", DailyDelete), ("versioning", Versioning), ("soft-delete", SoftDelete), ("object-lock", ObjectLock),
        ("default-lock", DefaultLock), ("replication", Replication),
    ];

    /// <summary>Reads what <see cref="ToString"/> wrote. Words of a newer version are passed over.</summary>
    public static StoreCapabilities Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static word => word.Split('=', 2))
            .Where(static pair => pair.Length == 2).GroupBy(static pair => pair[0], StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.First()[1], StringComparer.Ordinal);
        return new StoreCapabilities
        {
            ExclusivePut = Of("exclusive-put"),
            AtomicPut = Of("atomic-put"),
            DurablePut = Of("durable-put"),
            FinalDelete = Of("final-delete"),
            DailyDelete = Of("daily-delete"),
            Versioning = Of("versioning"),
            SoftDelete = Of("soft-delete"),
            ObjectLock = Of("object-lock"),
            DefaultLock = Of("default-lock"),
            Replication = Of("replication"),
            ClockAhead = words.TryGetValue("clock-ahead", out var ahead) &&
                double.TryParse(ahead.TrimEnd('s'), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && Math.Abs(seconds) < 1e9
                ? TimeSpan.FromSeconds(seconds) : null,
        };

        Capability Of(string name) => words.GetValueOrDefault(name) switch
        {
            "yes" => Capability.Yes,
            "no" => Capability.No,
            _ => Capability.Unknown,
        };
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var words = All.Select(static item => $"{item.Name}={(item.Value switch { Capability.Yes => "yes", Capability.No => "no", _ => "unknown" })}");
        return string.Join(' ', ClockAhead is { } ahead ? words.Append(string.Create(CultureInfo.InvariantCulture, $"clock-ahead={ahead.TotalSeconds:0.#}s")) : words);
    }
}
