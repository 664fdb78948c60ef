using Backup.Engine.Format;
using Backup.Engine.Indexing;

namespace Backup.Engine.Runs;

/// <summary>What a gc does with the packs. Pure.</summary>
internal sealed class GcPlan
{
    /// <summary>A pack of which so much is needed by nobody is written anew.</summary>
    private const double MostDead = 0.2;

    /// <summary>For less nothing is moved.</summary>
    private const double LeastBytes = 64 << 10;

    /// <param name="usage">What each pack is needed for.</param>
    /// <param name="stays">Packs that stay whatever the snapshots need.</param>
    public GcPlan(CatalogUsage usage, IReadOnlySet<Hash> stays)
    {
        var packs = usage.Packs.Where(pack => !stays.Contains(pack.Id)).ToList();
        Dead = packs.FindAll(static pack => !pack.IsNeeded);
        Rewritten = [.. packs.Where(static pack => pack.IsNeeded && (IsMostlyDead(pack) || pack.IsScattered)).OrderByDescending(static pack => pack.DeadShare)];
        Rescued = usage.Condemned;
        var all = usage.Packs.Sum(static pack => (double)pack.Length);
        FreedPercent = all == 0 ? 0 : 100 * (Dead.Sum(static pack => (double)pack.Length) + Rewritten.Sum(static pack => pack.DeadBytes)) / all;
    }

    /// <summary>Packs of which nothing is needed.</summary>
    public IReadOnlyList<PackUsage> Dead { get; }

    /// <summary>Packs whose living content is written anew: those of which most is dead first.</summary>
    public IReadOnlyList<PackUsage> Rewritten { get; }

    /// <summary>Condemned packs that a snapshot needs all the same, of a branch that was joined: what it needs is written anew.</summary>
    public IReadOnlySet<Hash> Rescued { get; }

    /// <summary>How much of all data becomes free.</summary>
    public double FreedPercent { get; }

    private static bool IsMostlyDead(PackUsage pack) => pack.DeadShare >= MostDead && pack.DeadBytes >= LeastBytes;
}
