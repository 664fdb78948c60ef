using Backup.Engine.Format;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <content>Which domains lie in which snapshots.</content>
internal sealed partial class Session
{
    /// <summary>Looks at the live snapshots of which that is not known yet. A backup says it of its own: then there is nothing to look at.</summary>
    /// <exception cref="BackupException">Exit 21: a directory of a snapshot cannot be read.</exception>
    public void LookForDomains(CancellationToken cancellation)
    {
        var known = Catalog.PresenceKnown();
        var newest = new Dictionary<string, Hash>(StringComparer.Ordinal);
        DomainWalk? walk = null;
        foreach (var snapshot in Snapshots.All)
        {
            if (!known.Contains(snapshot.Id))
            {
                Context.Progress.Phase("looking at snapshot " + snapshot.Id.ToString()[..8]);
                walk ??= new DomainWalk(new TreeReader(NewBlobReader().Read), Keyring.Find);
                Catalog.AddPresence(snapshot.Id, newest.TryGetValue(snapshot.Record.Source, out var before) ? before : null, walk.Of(snapshot.Record, cancellation));
            }

            newest[snapshot.Record.Source] = snapshot.Id;
        }
    }

    /// <summary>A backup knows by itself which domains lie in its snapshot.</summary>
    public void NoteDomains(Hash snapshot, Hash? parent, IReadOnlySet<DomainId> domains)
    {
        var known = Catalog.PresenceKnown();
        if (parent is null || known.Contains(parent.Value))
        {
            Catalog.AddPresence(snapshot, parent, domains);
        }
    }

    /// <summary>The live snapshots in which a domain lies.</summary>
    public IReadOnlyList<KnownSnapshot> SnapshotsWith(DomainId domain)
    {
        var found = Catalog.Presence(domain).ToHashSet();
        return found.Count == 0 ? [] : [.. Snapshots.All.Where(snapshot => found.Contains(snapshot.Id))];
    }
}
