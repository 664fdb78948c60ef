using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Packing;
using Backup.Engine.Posix;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>
/// Brings a snapshot, or a part of it, back. Ledger and keyring are opened, then the snapshot, its trees, and the content pack by pack from the best
/// sites; what is missing or damaged at one comes from the next. Files appear under temporary names and are renamed when they are whole.
/// </summary>
public static class RestoreRun
{
    /// <summary>What a restore takes beside the packs that it reads ahead.</summary>
    private const long OtherMemory = 144 << 20;

    /// <summary>A site is not idle while the pack that it gave is written.</summary>
    private const int PacksPerSite = 2;

    public static async Task<RestoreOutcome> RunAsync(RunContext context, RestoreRequest request, CancellationToken cancellation)
    {
        // 1. Open the repository: read-only, no site but the one named, if one is.
        await using var session = await Session.OpenAsync(context, request.Read, cancellation);

        // 2. The snapshot, and the place in it.
        var snapshot = session.Find(request.Snapshot.Name);
        var view = session.View(snapshot.Record);
        var hidden = new List<HiddenPart>();
        var start = request.Snapshot.Path is { } path
            ? view.Find(path, hidden) ?? throw OpenPlace.Absent(request.Snapshot, hidden)
            : view.Root();

        request = request.InPlace && request.Snapshot.Path is { } origin ? request with { Target = PlaceOf(origin, start) } : request;

        // 3. Walk the trees and restore, batch by batch.
        var began = context.Clock.GetTimestamp();
        context.Progress.Phase("restoring " + snapshot.Id.ToString()[..8]);
        context.Progress.Expect(request.Snapshot.Path is null ? snapshot.Record.Counts.Files : null, request.Snapshot.Path is null ? snapshot.Record.Counts.Bytes : null);
        var report = new RestoreReport(context, request.DryRun);
        if (request.DryRun)
        {
            RestoreWalk.Count(view, start, request, report, cancellation);
        }
        else
        {
            Restore(session, view, start, request, report, cancellation);
        }

        // A database also comes as one file for the vendor's client.
        if (request is { DryRun: false, InPlace: false, Snapshot.IsRoot: true, Include.Count: 0, Exclude.Count: 0, Only: null } && DatabaseLayout.Is(snapshot.Record.SourceKind))
        {
            await WriteSqlAsync(session, view, request, cancellation);
        }

        // 4. Compare what stands now with what was recorded.
        if (request is { Verify: true, DryRun: false })
        {
            var told = report.Errors.Select(static error => error.Place).ToHashSet(StringComparer.Ordinal);
            foreach (var difference in RestoreComparison.Compare(view, start, request, told, cancellation))
            {
                report.Add(difference);
            }
        }

        report.CountHidden(hidden);
        return Outcome(session, snapshot, report, context.Clock.GetElapsedTime(began));
    }

    /// <summary>Writes a snapshot, or a part of it.</summary>
    internal static void Restore(Session session, SnapshotView view, ViewEntry start, RestoreRequest request, RestoreReport report, CancellationToken cancellation)
    {
        var options = new FileTargetOptions
        {
            Path = Encoding.UTF8.GetBytes(Path.GetFullPath(request.Target)),
            Overwrite = request.Overwrite,
            Protected = request.InState ? [] : session.Context.OwnPlaces,
        };
        using var target = FileTarget.Open(options, report);
        var events = new ContentRestorerEvents(session.PlaceFailed, (site, _) => report.ReadFrom(site), report.Finished);
        var room = (session.Context.Policy.Limits.Memory - OtherMemory) / PackBuffers.Target;
        var ahead = (int)Math.Clamp(room, PacksPerSite, PacksPerSite * Math.Max(PacksPerSite, session.Serving.Count()));
        var source = new PackSource(session.ReadPackAsync, session.ReturnPack, ahead, session.Context.Clock);
        using var content = new ContentRestorer(session.Repository, session.Catalog, session.PackPlaces, events, source, cancellation);
        var walk = new RestoreWalk(view, target, content, report, session.Context);
        walk.Run(start, request, cancellation);
        if (request.IsDurable)
        {
            target.Flush();
        }
    }

    private static async Task WriteSqlAsync(Session session, SnapshotView view, RestoreRequest request, CancellationToken cancellation)
    {
        var path = Path.Join(Path.GetFullPath(request.Target), DatabaseLayout.Whole);
        if (File.Exists(path) && request.Overwrite == OverwriteMode.Never)
        {
            return;
        }

        using var pipe = DumpRun.PipeOf(session);
        await using var output = LocalFile.Write(path);
        try
        {
            await pipe.WriteAsync(new DatabaseDump(session.RowsView(view.Snapshot)).Whole(cancellation), output, cancellation);
        }
        catch (IOException failure)
        {
            throw new BackupException(
                FailureKind.Failed, $"The file {path} could not be written to its end: {failure.Message.TrimEnd('.')}.", "Free space; the parts beside it are whole, and `backupctl dump SNAPSHOT:/` gives the same.", failure);
        }
    }

    /// <summary>A part of a snapshot goes to where it came from: the content of a directory into that directory, anything else beside its neighbours.</summary>
    private static string PlaceOf(byte[] path, ViewEntry start)
    {
        var text = Encoding.UTF8.GetString(path);
        if (!Encoding.UTF8.GetBytes(text).AsSpan().SequenceEqual(path))
        {
            throw new BackupException(FailureKind.Usage, $"The path {PathText.Show(path)} is not UTF-8: it cannot be restored in place by itself.", "Name a folder above it, or a target.");
        }

        return start.Entry.Kind == EntryKind.Directory ? text : Path.GetDirectoryName(text) ?? "/";
    }

    private static RestoreOutcome Outcome(Session session, KnownSnapshot snapshot, RestoreReport report, TimeSpan elapsed) => new()
    {
        Snapshot = snapshot.Id,
        Files = report.Files,
        Directories = report.Directories,
        Links = report.Links,
        Bytes = report.Bytes,
        Skipped = report.Skipped,
        Erased = report.Erased,
        Restricted = report.Restricted,
        Errors = report.Errors,
        Damage = session.Context.Damage,
        SitesUsed = report.SitesUsed,
        StaleSince = session.Context.StaleSince,
        Absent = session.Context.Absent,
        Elapsed = elapsed,
    };
}
