using System.Globalization;
using System.Text;
using System.Text.Json;
using Backup.Engine.Format;
using Backup.Engine.Posix;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>
/// <c>subject export</c>: a person's data as files, each as it was saved last, and a manifest that says what they are, why and how long they are kept, and who
/// holds copies. Art. 15 and 20 GDPR.
/// </summary>
public static class ExportRun
{
    private const string Manifest = "manifest.json";

    /// <summary>Writes everything of a person into a new folder.</summary>
    /// <exception cref="BackupException">Exit 1: nobody has such an identifier, or nothing of it lies in a snapshot. Exit 2: the target is not empty. Exit 25: it is restricted. Exit 10, 12.</exception>
    public static async Task<ExportOutcome> RunAsync(RunContext context, ExportRequest request, CancellationToken cancellation)
    {
        var typed = PersonIds.Parse(request.Subjects);
        if (Directory.Exists(request.Target) && Directory.EnumerateFileSystemEntries(request.Target).Any())
        {
            throw new BackupException(FailureKind.Usage, $"The folder {request.Target} is not empty.", "Name a new one: nothing of others must lie among what a person gets.");
        }

        await using var session = await Session.OpenAsync(context, request.Read, cancellation);
        var person = Person.Find(session, typed);
        if (person.Domains.FirstOrDefault(static domain => domain.State != DomainState.Live) is { } closed)
        {
            throw new BackupException(
                FailureKind.Refused, $"Data of this person is {(closed.State == DomainState.Restricted ? "restricted" : "about to be erased")}: it is not given out.",
                "`backupctl subject find` shows which; `backupctl subject release` ends a restriction.");
        }

        var report = new RestoreReport(context);
        var files = new List<ExportedFile>();
        foreach (var source in session.Snapshots.Sources)
        {
            Export(session, person, source, request, (report, files), cancellation);
        }

        if (files.Count == 0)
        {
            throw new BackupException(FailureKind.Failed, "Nothing of this person lies in a snapshot any more.", "`backupctl subject find` shows what is known.");
        }

        DurableFile.WriteNew(Path.Join(request.Target, Manifest), Describe(session, person, files));
        return new ExportOutcome(report.Files, report.Bytes, request.Target, report.Errors, report.SitesUsed);
    }

    /// <summary>From the newest snapshot to the oldest: each file in the newest form in which it was saved.</summary>
    private static void Export(
        Session session, Person person, string source, ExportRequest request, (RestoreReport Report, List<ExportedFile> Files) into, CancellationToken cancellation)
    {
        var domains = person.Domains.Select(static domain => domain.Id).ToHashSet();
        var walk = new RawWalk(new TreeReader(session.NewBlobReader().Read), session.Keyring.Find);
        var known = new HashSet<string>(StringComparer.Ordinal);
        var target = Path.Join(Path.GetFullPath(request.Target), source);
        foreach (var snapshot in session.Snapshots.All.Where(snapshot => snapshot.Record.Source == source).Reverse())
        {
            var (selection, any) = (new PathSelection(), false);
            foreach (var entry in walk.Of(snapshot.Record, cancellation))
            {
                if (entry.Entry.Kind != EntryKind.Directory && domains.Contains(entry.Domain.Id) && known.Add(Convert.ToHexString(entry.Path)))
                {
                    selection.Add(entry.Path);
                    any = true;
                    into.Files.Add(new ExportedFile(source, snapshot, entry));
                }
            }

            if (any)
            {
                session.Context.Progress.Phase("exporting from snapshot " + snapshot.Id.ToString()[..8]);
                var view = session.View(snapshot.Record);
                var restore = new RestoreRequest { Snapshot = new SnapshotSelector(snapshot.Id.ToString(), null), Target = target, Read = request.Read, Only = selection };
                RestoreRun.Restore(session, view, view.Root(), restore, into.Report, cancellation);
            }
        }
    }

    private static byte[] Describe(Session session, Person person, IReadOnlyList<ExportedFile> files)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("schema", "backup/subject-export/1");
            json.WriteString("made", Text(session.Context.Clock.GetUtcNow()));
            Texts(json, "identifiers", person.Subjects);
            json.WriteStartArray("categories");
            foreach (var domain in person.Domains.OrderBy(static domain => domain.Class, StringComparer.Ordinal).ThenBy(static domain => domain.Period, StringComparer.Ordinal))
            {
                var rules = session.Context.Policy.Classes.FirstOrDefault(each => each.Name == domain.Class);
                json.WriteStartObject();
                json.WriteString("class", domain.Class);
                json.WriteString("period", domain.Period);
                json.WriteString("legal_basis", rules?.Basis);
                json.WriteString("kept_until", person.DutyOf(domain).Until is { } until ? Text(until) : null);
                json.WriteString("deleted_after", rules?.DeleteAfter?.ToString());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("recipients");
            foreach (var site in session.Ledger.Sites)
            {
                json.WriteStartObject();
                json.WriteString("site", site.Id);
                json.WriteString("city", site.City);
                json.WriteString("country", site.Country);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            Texts(json, "searched_sources", session.Snapshots.Sources);
            json.WriteString("not_searched", "The content of files that the rules do not give to this person; `backupctl subject find --content` looks into it.");
            json.WriteStartArray("files");
            foreach (var file in files)
            {
                file.Write(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts.Order(StringComparer.Ordinal))
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed record ExportedFile(string Source, KnownSnapshot Snapshot, RawEntry Raw)
    {
        public void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("file", Source + Encoding.UTF8.GetString(Raw.Path));
            json.WriteString("source", Source);
            json.WriteString("snapshot", Snapshot.Id.ToString());
            json.WriteString("class", Raw.Domain.Class);
            json.WriteString("period", Raw.Domain.Period);
            json.WriteNumber("size", Raw.Entry.Size);
            json.WriteString("modified", Text(DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(Raw.Entry.Modified.Seconds, -62135596800, 253402300799))));
            json.WriteEndObject();
        }
    }
}

/// <param name="Subjects">Identifiers of one person, as typed.</param>
/// <param name="Target">A new or empty folder.</param>
/// <param name="Read">Which sites to ask.</param>
public sealed record ExportRequest(IReadOnlyList<string> Subjects, string Target, ReadOptions Read);

/// <summary>What <c>subject export</c> wrote.</summary>
public sealed record ExportOutcome(long Files, long Bytes, string Target, IReadOnlyList<RunFinding> Errors, IReadOnlyList<string> SitesUsed);
