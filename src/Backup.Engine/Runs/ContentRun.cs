using System.Runtime.CompilerServices;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Records;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>
/// <c>subject find --content</c>: looks into the content of every file of a source for the identifiers of a person, for what the rules did not catch. Streamed;
/// a content that stands in many snapshots is read once.
/// </summary>
public static class ContentRun
{
    private const int HeadBytes = 512;
    private const int MostHits = 3;

    /// <summary>Where identifiers stand outside the person's own domains, and what could not be looked into.</summary>
    /// <param name="context">The tenant.</param>
    /// <param name="request">Whom and where.</param>
    /// <param name="cancellation">Ends the run.</param>
    /// <exception cref="BackupException">Exit 2: an identifier is none, or there is no such source. Exit 10, 12.</exception>
    public static async IAsyncEnumerable<ContentFinding> FindAsync(RunContext context, ContentRequest request, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var typed = PersonIds.Parse(request.Subjects);
        await using var session = await Session.OpenAsync(context, request.Read, cancellation);
        var subjects = PersonIds.WithTies(typed, session.Keyring.Duties, context.Policy);
        var snapshots = session.Snapshots.All.Where(snapshot => request.Source is null || snapshot.Record.Source == request.Source).Reverse().ToList();
        if (snapshots.Count == 0)
        {
            throw new BackupException(FailureKind.Usage, request.Source is null ? "There is no snapshot to look into." : $"There is no snapshot of a source '{request.Source}'.", $"Its sources are {string.Join(", ", session.Snapshots.Sources)}.");
        }

        var search = new Search(session, subjects);
        var walk = new RawWalk(new TreeReader(session.NewBlobReader().Read), session.Keyring.Find);
        foreach (var snapshot in snapshots)
        {
            context.Progress.Phase("looking into snapshot " + snapshot.Id.ToString()[..8]);
            foreach (var entry in walk.Of(snapshot.Record, cancellation))
            {
                if (search.Look(snapshot, entry, cancellation) is { } finding)
                {
                    yield return finding;
                }
            }
        }
    }

    private sealed class Search(Session session, IReadOnlySet<string> subjects)
    {
        private readonly IReadOnlyList<string> _texts = [.. subjects.Select(static subject => subject[(subject.IndexOf(':', StringComparison.Ordinal) + 1)..])];
        private readonly HashSet<BlobId> _seen = [];
        private readonly BlobReader _reader = session.NewBlobReader();

        public ContentFinding? Look(KnownSnapshot snapshot, RawEntry raw, CancellationToken cancellation)
        {
            var (entry, domain) = (raw.Entry, raw.Domain);
            var own = domain.Subject is { } subject && subjects.Contains(subject);
            if (entry.Kind != EntryKind.File || entry.Content is not { } content || own || !_seen.Add(content.Blobs[0].Id))
            {
                return null;
            }

            if (domain.State != DomainState.Live)
            {
                return new ContentFinding(snapshot.Record.Source, snapshot.Id, raw.Path, 0, null, null, "its domain is restricted, or about to be erased");
            }

            var trees = new TreeReader(_reader.Read);
            using var bytes = new StoredContent(entry, trees.Content(domain, content), blob => _reader.Read(domain, blob), withHoles: false);
            var search = new TextSearch(_texts, MostHits);
            var buffer = new byte[64 << 10];
            string? opaque = null;
            var total = 0L;
            for (int read; (read = bytes.Read(buffer)) > 0; total += read)
            {
                cancellation.ThrowIfCancellationRequested();
                opaque = total == 0 ? OpaqueContent.WhyOpaque(buffer.AsSpan(0, Math.Min(read, HeadBytes))) : opaque;
                search.Feed(buffer.AsSpan(0, read));
            }

            search.Complete();
            session.Context.Progress.Advance(1, total);
            var count = Enumerable.Range(0, _texts.Count).Sum(search.Count);
            var first = search.Hits.Select(static hit => ((long, string)?)(hit.Offset, hit.Form.ToString())).FirstOrDefault();
            return count > 0 || opaque is not null ? new ContentFinding(snapshot.Record.Source, snapshot.Id, raw.Path, count, first?.Item1, first?.Item2, count > 0 ? null : opaque) : null;
        }
    }
}

/// <param name="Subjects">Identifiers of one person, as typed.</param>
/// <param name="Source">Only this source; null: every one.</param>
/// <param name="Read">Which sites to ask.</param>
public sealed record ContentRequest(IReadOnlyList<string> Subjects, string? Source, ReadOptions Read);

/// <summary>A file in which an identifier stands, or that could not be looked into.</summary>
/// <param name="Source">The source.</param>
/// <param name="Snapshot">The newest snapshot that has this content.</param>
/// <param name="Path">Absolute, bytes.</param>
/// <param name="Count">How often identifiers stand in it.</param>
/// <param name="Offset">Of the first one.</param>
/// <param name="Form">How the first one is written.</param>
/// <param name="Unsearched">Why it could not be looked into; null if it could.</param>
public sealed record ContentFinding(string Source, Hash Snapshot, byte[] Path, long Count, long? Offset, string? Form, string? Unsearched);
