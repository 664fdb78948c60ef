using Backup.Engine.Ledger;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <content>What runs ask that only look.</content>
internal sealed partial class Session
{
    /// <summary>False in a session that found no site to open the keys with: then only <see cref="Sites"/> and <see cref="Reading"/> are there.</summary>
    public bool IsOpen => Catalog is not null;

    /// <summary>Opens the repository as far as it goes: where no site answers, what this machine knows of it is shown.</summary>
    /// <exception cref="BackupException">As <see cref="OpenAsync"/>; exit 10 only where this machine knows of no repository either.</exception>
    public static async Task<Session> OpenToLookAsync(RunContext context, CancellationToken cancellation)
    {
        var session = new Session(context, new ReadOptions(), StateDirectory.Open(context.StatePath));
        try
        {
            await session.OpenLedgerAsync(cancellation);
            await session.OpenKeysAsync(cancellation);
            session.FoldLedger();
            session.Reading.Keep(session.State);
            await session.OpenCatalogAsync(cancellation);
            return session;
        }
        catch (BackupException none) when (none.Kind == FailureKind.NoRepository && session.Reading is { Pin: not null })
        {
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether a site of this session that answers holds a snapshot complete.</summary>
    public bool IsReadable(KnownSnapshot snapshot) => Sites.Any(site => site.Serves && snapshot.CompleteAt.Contains(site.Id));

    /// <summary>The listing of a site, if this session made one.</summary>
    public SiteSurvey? SurveyOf(SessionSite site) => _surveys.GetValueOrDefault(site.Id);

    /// <summary>Whether a site holds a snapshot complete: by its listing, if this session made one, else by the ledger.</summary>
    public bool HoldsNow(SessionSite site, KnownSnapshot snapshot) =>
        SurveyOf(site) is { } survey && Ledger.Snapshots.FirstOrDefault(live => live.Id == snapshot.Id) is { } live
            ? HoldsAll(survey, live, snapshot.Record)
            : snapshot.CompleteAt.Contains(site.Id);
}
