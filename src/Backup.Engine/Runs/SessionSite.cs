using Backup.Engine.Format;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>A site of the policy as a session found it.</summary>
/// <param name="Config">As the policy describes it.</param>
/// <param name="Ledger">What it shows.</param>
/// <param name="Record">What the ledger says of it; null if the ledger does not know it.</param>
internal sealed record SessionSite(SiteConfig Config, SiteLedger Ledger, SiteRecord? Record)
{
    public Site Site => Ledger.Site;

    public string Id => Config.Id;

    /// <summary>The newest entry the site shows.</summary>
    public LedgerNode? Head => Ledger.Head;

    /// <summary>True if the ledger awaits it: it has not been reached since it was added.</summary>
    public bool IsAwaited => Record is { State: SiteState.Awaited } && !Ledger.Holds;

    /// <summary>True if it holds the repository and takes part in the run.</summary>
    public bool Serves => Ledger.Holds && Site.IsUp;

    /// <summary>Takes a site that cannot take part out of the run, with the reason that a person reads.</summary>
    public void TakeOut()
    {
        var (fault, reason) = Ledger.Standing switch
        {
            SiteStanding.Lost => (StoreFault.Missing, $"lost: {Ledger.Message} If it is only not mounted, mount it; if it is gone for good, `backupctl sync --to {Id} --rebuild` fills it from another site"),
            SiteStanding.Foreign => (StoreFault.Denied, Ledger.Message ?? "another repository holds the place"),
            SiteStanding.Unreachable => (StoreFault.Unreachable, Ledger.Message ?? "it does not answer"),
            SiteStanding.Empty when Record is null => (StoreFault.Missing, $"the repository does not know it; `backupctl site add {Id}` adds it"),
            SiteStanding.Empty when !IsAwaited => (StoreFault.Missing, "nothing of the repository is there"),
            _ => (default, null),
        };
        if (reason is not null)
        {
            Site.GoDown(new SiteFailure(fault, reason));
        }
    }
}
