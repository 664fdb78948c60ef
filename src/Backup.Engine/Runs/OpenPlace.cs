using System.Text;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>A place in a snapshot that a person named, opened.</summary>
/// <param name="Snapshot">The snapshot.</param>
/// <param name="View">Its trees.</param>
/// <param name="Entry">What stands at the place.</param>
/// <param name="Path">Absolute, bytes.</param>
internal sealed record OpenPlace(KnownSnapshot Snapshot, SnapshotView View, ViewEntry Entry, byte[] Path)
{
    /// <summary>Finds the place.</summary>
    /// <param name="session">An open repository.</param>
    /// <param name="trees">Reads the pages; several places may share one.</param>
    /// <param name="place">What was typed.</param>
    /// <exception cref="BackupException">There is no such snapshot, or nothing stands there.</exception>
    public static OpenPlace Find(Session session, TreeReader trees, SnapshotSelector place)
    {
        var snapshot = session.Find(place.Name);
        var view = new SnapshotView(snapshot.Record, trees, session.Keyring.Find, session.ErasedAt);
        var hidden = new List<HiddenPart>();
        var entry = place.Path is null ? view.Root() : view.Find(place.Path, hidden) ?? throw Absent(place, hidden);
        return new OpenPlace(snapshot, view, entry, place.Path ?? "/"u8.ToArray());
    }

    /// <summary>Why nothing is shown at a place.</summary>
    public static BackupException Absent(SnapshotSelector place, IReadOnlyList<HiddenPart> hidden)
    {
        var text = Encoding.UTF8.GetString(place.Path!);
        return hidden.Any(static part => part.ErasedAt is null)
            ? new BackupException(
                FailureKind.Refused, $"{text} is not shown in snapshot {place.Name}: parts on the way to it are restricted, or about to be erased.",
                "`backupctl subject release` ends a restriction.")
            : hidden.Count > 0
            ? new BackupException(FailureKind.Failed, $"{text} is not shown in snapshot {place.Name}: parts on the way to it were erased.", "`backupctl ls` shows what is there.")
            : new BackupException(FailureKind.Failed, $"Snapshot {place.Name} has no {text}.", "`backupctl ls` and `backupctl find` show what is there; paths begin with a slash.");
    }
}
