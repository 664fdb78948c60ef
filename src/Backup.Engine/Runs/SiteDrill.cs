using System.Security.Cryptography;
using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>Restores a snapshot, or a sample of it, from one site into a folder that is thrown away, and compares.</summary>
/// <param name="session">Opened with that site alone.</param>
/// <param name="site">Its id.</param>
/// <param name="snapshot">Complete there.</param>
/// <param name="folder">Made, and removed at the end.</param>
internal sealed class SiteDrill(Session session, string site, KnownSnapshot snapshot, string folder)
{
    private readonly RunContext _context = session.Context;

    /// <summary>Does it.</summary>
    /// <param name="files">How many files, picked at random; null: everything.</param>
    /// <param name="began">When the clock was started.</param>
    /// <param name="cancellation">Ends the drill; nothing of it is left.</param>
    public DrilledSite Run(int? files, long began, CancellationToken cancellation)
    {
        var source = snapshot.Record.Source;
        var report = new RestoreReport(_context);
        try
        {
            _context.Progress.Phase($"drilling {source} from {site}");
            var view = session.View(snapshot.Record);
            var root = view.Root();
            var request = new RestoreRequest
            {
                Snapshot = new SnapshotSelector(snapshot.Id.ToString(), null),
                Target = folder,
                Overwrite = OverwriteMode.Always,
                Only = files is { } number ? Pick(view, root, number, cancellation) : null,
                InState = true,
            };
            RestoreRun.Restore(session, view, root, request, report, cancellation);
            var told = report.Errors.Select(static error => error.Place).ToHashSet(StringComparer.Ordinal);
            var differences = RestoreComparison.Compare(view, root, request, told, cancellation).ToList();
            differences.ForEach(difference => _context.Progress.Message(difference with { Place = Short(difference.Place) }));
            return Result(report, differences.Count, began, Stale());
        }
        catch (BackupException failure)
        {
            return Result(report, Math.Max(1, report.Errors.Count), began, failure.Message);
        }
        finally
        {
            Remove(folder);
        }
    }

    /// <summary>Removes a folder that a drill has made, whatever names and modes were restored into it.</summary>
    public static void Remove(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        using (var target = FileTarget.Open(new FileTargetOptions { Path = Encoding.UTF8.GetBytes(folder) }, Silence.Instance))
        {
            target.Clear();
        }

        new Posix.TemporaryFolder(folder).Dispose();
    }

    /// <summary>A fair sample: every file of the snapshot has the same chance.</summary>
    private static PathSelection Pick(SnapshotView view, ViewEntry root, int number, CancellationToken cancellation)
    {
        var picked = new List<byte[]>(number);
        var seen = 0;
        foreach (var step in ViewWalk.Below(view, root, "/"u8.ToArray(), cancellation).Where(static step => step.Entry is { Entry.Kind: EntryKind.File }))
        {
            seen++;
            if (picked.Count < number)
            {
                picked.Add(step.Path);
            }
            else if (RandomNumberGenerator.GetInt32(seen) is var place && place < number)
            {
                picked[place] = step.Path;
            }
        }

        var selection = new PathSelection();
        picked.ForEach(path => selection.Add(path));
        return selection;
    }

    private DrilledSite Result(RestoreReport report, int mismatches, long began, string? message) => new(
        site, snapshot.Record.Source, snapshot.Id, report.Files, report.Bytes, mismatches, _context.Clock.GetElapsedTime(began), message);

    private string? Stale() => session.Sites[0].Ledger.Standing is Ledger.SiteStanding.Behind
        ? "its ledger is older than the newest that is known: this is the newest snapshot it can name"
        : null;

    private string Short(string place) => place.StartsWith(folder, StringComparison.Ordinal) && place.Length > folder.Length ? place[folder.Length..] : place;

    private sealed class Silence : ITargetReport
    {
        public static Silence Instance { get; } = new();

        public void Failed(byte[] path, string reason)
        {
        }

        public void Incomplete(byte[] path, string what)
        {
        }

        public void Skipped(byte[] path, string reason)
        {
        }

        public void Removed(byte[] path)
        {
        }
    }
}
