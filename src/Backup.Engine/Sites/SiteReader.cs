using System.Collections.Concurrent;
using Backup.Engine.Format;
using Backup.Engine.Stores;

namespace Backup.Engine.Sites;

/// <summary>What was found wrong with an object at a site.</summary>
public enum Damage
{
    /// <summary>It should be there and is not.</summary>
    Missing,

    /// <summary>It is there and is not what was put.</summary>
    Damaged,
}

/// <summary>An object that is not at a site as it should be.</summary>
public readonly record struct Finding(Site Site, string Name, Damage Damage);

/// <summary>An object could be had from none of the sites asked.</summary>
public sealed class ObjectLostException(FailureKind kind, string message, string remedy, string name)
    : BackupException(kind, message, remedy)
{
    public string Name { get; } = name;
}

/// <summary>
/// Reads objects from whichever site has them whole and answers best (<see cref="SiteRace"/>); what is missing or damaged at one comes from
/// the next and is remembered as a finding. A site whose store fails otherwise goes down and is not asked again. Safe for several threads
/// at once.
/// </summary>
public sealed class SiteReader
{
    /// <summary>What an index, a ledger entry or a key is not longer than, mostly.</summary>
    private const long Unknown = 64 << 10;

    private readonly IReadOnlyList<Site> _sites;
    private readonly Patience _patience;
    private readonly TimeProvider _time;
    private readonly SiteRace _race;
    private readonly ConcurrentDictionary<(Site Site, string Name), Damage> _findings = new();

    /// <param name="sites">In order of preference.</param>
    /// <param name="patience">How often a store that says so is asked again.</param>
    /// <param name="time">Measures the pauses.</param>
    public SiteReader(IReadOnlyList<Site> sites, Patience patience, TimeProvider time)
        : this(sites, patience, time, new SiteChoice(time))
    {
    }

    /// <inheritdoc cref="SiteReader(IReadOnlyList{Site}, Patience, TimeProvider)"/>
    /// <param name="sites">In order of preference.</param>
    /// <param name="patience">How often a store that says so is asked again.</param>
    /// <param name="time">Measures the pauses.</param>
    /// <param name="choice">What is known of the sites already.</param>
    internal SiteReader(IReadOnlyList<Site> sites, Patience patience, TimeProvider time, SiteChoice choice)
    {
        (_sites, _patience, _time) = (sites, patience, time);
        _race = new SiteRace(choice, time);
    }

    /// <summary>Everything found wrong so far, in no order.</summary>
    public IReadOnlyCollection<Finding> Findings =>
        [.. _findings.Select(found => new Finding(found.Key.Site, found.Key.Name, found.Value))];

    /// <summary>Reads a whole object and compares it with its hash.</summary>
    /// <param name="name">The object.</param>
    /// <param name="expected">SHA-256 of its bytes, from a source that is trusted, such as a ledger entry or its own name.</param>
    /// <param name="limit">The largest length accepted.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>The bytes, and the site they came from.</returns>
    /// <exception cref="ObjectLostException">No site gave these bytes.</exception>
    public Task<(byte[] Content, Site From)> GetAsync(string name, Hash expected, int limit, CancellationToken cancellation) =>
        GetAsync(name, expected, limit, Unknown, cancellation);

    /// <inheritdoc cref="GetAsync(string, Hash, int, CancellationToken)"/>
    /// <param name="name">The object.</param>
    /// <param name="expected">SHA-256 of its bytes.</param>
    /// <param name="limit">The largest length accepted.</param>
    /// <param name="length">About as long it is: how long it may take, and where it comes from soonest.</param>
    /// <param name="cancellation">Ends the call.</param>
    public async Task<(byte[] Content, Site From)> GetAsync(string name, Hash expected, int limit, long length, CancellationToken cancellation)
    {
        var source = new SiteRace.Source<byte[]>((site, stop) => ReadAsync(site, name, expected, limit, stop), static content => content.Length, static _ => { });
        var asked = _sites.Where(site => site.IsUp && !_findings.ContainsKey((site, name))).ToList();
        return await _race.RunAsync(asked, length, source, cancellation) ?? throw Lost(name);
    }

    private async Task<byte[]?> ReadAsync(Site site, string name, Hash expected, int limit, CancellationToken cancellation)
    {
        byte[]? content = null;
        var fault = await site.AskAsync(
            async () =>
            {
                content = await site.Store.GetAsync(name, limit, cancellation);
                if (Hash.Of(content) != expected)
                {
                    throw new StoreException(StoreFault.Damaged, $"{name} at {site} is not what was put there.");
                }
            },
            _patience, _time, cancellation);
        if (fault is StoreFault.NotFound or StoreFault.Damaged)
        {
            _findings[(site, name)] = fault == StoreFault.NotFound ? Damage.Missing : Damage.Damaged;
        }

        return fault is null ? content : null;
    }

    private ObjectLostException Lost(string name)
    {
        var reasons = _sites.Select(site =>
            _findings.TryGetValue((site, name), out var damage) ? $"{site}: {(damage == Damage.Missing ? "missing" : "damaged")}"
            : $"{site}: {site.Failure?.Reason ?? "not asked"}");
        var damaged = _findings.Keys.Any(found => found.Name == name);
        return new ObjectLostException(
            damaged ? FailureKind.Damage : FailureKind.Failed,
            $"{name} cannot be had from any site ({string.Join("; ", reasons)}).",
            damaged ? "Bring back the sites that are away, or ask more; then run verify --heal." : "Run again when one of the sites answers.",
            name);
    }
}
