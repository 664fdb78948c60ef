using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>A site as a session found it.</summary>
internal sealed class SiteStanding(Site site, SiteConfig config)
{
    public Site Site { get; } = site;

    public SiteConfig Config { get; } = config;

    public StorePresence Presence { get; set; } = StorePresence.Unreachable;

    /// <summary>Names below <c>ledger/</c> that the site lists.</summary>
    public IReadOnlyCollection<string> Entries { get; set; } = [];

    /// <summary>The newest valid entry that the site shows; null if it shows none.</summary>
    public LedgerNode? Head { get; set; }

    /// <summary>True if a newer head is known than the site shows.</summary>
    public bool Behind { get; set; }

    /// <summary>True if the place held this repository and holds it no more: never filled without being asked to.</summary>
    public bool Lost { get; set; }

    /// <summary>True if the ledger awaits the site: it was not reached since it was added.</summary>
    public bool Awaited { get; set; }

    public bool IsUp => Site.IsUp;

    /// <summary>Takes the site out of the run.</summary>
    public void GoDown(StoreFault fault, string reason) => Site.GoDown(new SiteFailure(fault, reason));

    public override string ToString() => Site.Id;
}
