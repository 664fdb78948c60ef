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
/// Reads objects from whichever site has them whole: the sites are tried in the order given; what is missing or damaged at one comes from
/// the next and is remembered as a finding. A site whose store fails otherwise goes down and is not asked again. Safe for several threads
/// at once.
/// </summary>
/// <param name="sites">In order of preference.</param>
/// <param name="patience">How often a store that says so is asked again.</param>
/// <param name="time">Measures the pauses.</param>
public sealed class SiteReader(IReadOnlyList<Site> sites, Patience patience, TimeProvider time)
{
    private readonly ConcurrentDictionary<(Site Site, string Name), Damage> _findings = new();

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
    public async Task<(byte[] Content, Site From)> GetAsync(string name, Hash expected, int limit, CancellationToken cancellation)
    {
        var content = Array.Empty<byte>();
        var from = await FirstAsync(
            name,
            async site =>
            {
                content = await site.Store.GetAsync(name, limit, cancellation);
                if (Hash.Of(content) != expected)
                {
                    throw new StoreException(StoreFault.Damaged, $"{name} at {site} is not what was put there.");
                }
            },
            cancellation);
        return (content, from);
    }

    private async Task<Site> FirstAsync(string name, Func<Site, Task> read, CancellationToken cancellation)
    {
        foreach (var site in sites.Where(site => site.IsUp && !_findings.ContainsKey((site, name))))
        {
            switch (await site.AskAsync(() => read(site), patience, time, cancellation))
            {
                case null:
                    return site;
                case StoreFault.NotFound:
                    _findings[(site, name)] = Damage.Missing;
                    break;
                case StoreFault.Damaged:
                    _findings[(site, name)] = Damage.Damaged;
                    break;
                default:
                    break;
            }
        }

        throw Lost(name);
    }

    private ObjectLostException Lost(string name)
    {
        var reasons = sites.Select(site =>
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
