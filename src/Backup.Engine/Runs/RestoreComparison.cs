using System.Text;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Snapshots;
using Backup.Engine.Sources;

namespace Backup.Engine.Runs;

/// <summary>Reads what was restored again and compares it with what the snapshot recorded: kinds, sizes, modes, owners, times, targets, extended
/// attributes, and every byte by its blob ids.</summary>
internal static class RestoreComparison
{
    /// <summary>Everything that differs.</summary>
    /// <param name="view">The snapshot.</param>
    /// <param name="start">What was restored of it.</param>
    /// <param name="request">Where, and which part.</param>
    /// <param name="told">Places that the restore itself named: their owners and attributes could not be set here.</param>
    /// <param name="cancellation">Ends the comparison.</param>
    public static IEnumerable<RunFinding> Compare(SnapshotView view, ViewEntry start, RestoreRequest request, IReadOnlySet<string> told, CancellationToken cancellation)
    {
        var root = Encoding.UTF8.GetBytes(Path.GetFullPath(request.Target));
        var report = new WalkFindings();
        var awaited = new Dictionary<string, (ViewEntry Directory, FilterState Filter)>(StringComparer.Ordinal);
        var filter = new RestoreFilter(request).Top();
        if (start.Entry.Kind == EntryKind.Directory)
        {
            awaited.Add(Convert.ToHexString(root), (start, filter));
        }

        var source = new FileSource(new FileSourceOptions { Roots = [root] });
        using var buffer = new ContentCheck(view, told);
        foreach (var directory in source.Walk(report, cancellation))
        {
            using (directory)
            {
                if (start.Entry.Kind != EntryKind.Directory && directory.Path.AsSpan().SequenceEqual(root))
                {
                    foreach (var finding in CompareEntry(buffer, directory, start))
                    {
                        yield return finding;
                    }
                }

                if (awaited.Remove(Convert.ToHexString(directory.Path), out var expected))
                {
                    foreach (var finding in CompareDirectory(view, buffer, directory, expected, awaited))
                    {
                        yield return finding;
                    }
                }
            }
        }

        foreach (var (path, _) in awaited)
        {
            yield return new RunFinding(Encoding.UTF8.GetString(Convert.FromHexString(path)), "the directory is not there after the restore");
        }

        foreach (var finding in report.Findings)
        {
            yield return finding;
        }
    }

    private static IEnumerable<RunFinding> CompareDirectory(
        SnapshotView view, ContentCheck content, SourceDirectory directory, (ViewEntry Directory, FilterState Filter) expected, Dictionary<string, (ViewEntry, FilterState)> awaited)
    {
        foreach (var entry in view.List(expected.Directory).Entries)
        {
            if (expected.Filter.Decide(entry.Entry) is not { Included: true } filter)
            {
                continue;
            }

            foreach (var finding in CompareEntry(content, directory, entry))
            {
                yield return finding;
            }

            if (entry.Entry.Kind == EntryKind.Directory)
            {
                awaited[Convert.ToHexString(FileSaver.Join(directory.Path, entry.Entry.Name))] = (entry, filter);
            }
        }
    }

    private static IEnumerable<RunFinding> CompareEntry(ContentCheck content, SourceDirectory directory, ViewEntry expected)
    {
        var place = Encoding.UTF8.GetString(FileSaver.Join(directory.Path, expected.Entry.Name));
        var found = directory.Entries.FirstOrDefault(entry => entry.Name.AsSpan().SequenceEqual(expected.Entry.Name));
        var wrong = found is null ? "is not there after the restore" : Difference(expected.Entry, found, content.Told.Contains(place));
        if (wrong is null && !content.Told.Contains(place) && !HasAttributes(directory, found!, expected.Entry))
        {
            wrong = "has other extended attributes";
        }

        if (wrong is null && expected.Entry is { Kind: EntryKind.File, Incomplete: false } && !content.Equals(directory, found!, expected))
        {
            wrong = "has other content than the snapshot recorded";
        }

        if (wrong is not null)
        {
            yield return new RunFinding(place, wrong);
        }
    }

    private static string? Difference(Entry expected, Entry found, bool told) =>
        found.Kind != expected.Kind ? $"is a {found.Kind} and not a {expected.Kind}"
        : expected.Kind != EntryKind.SymbolicLink && found.Mode != expected.Mode ? $"has mode {Convert.ToString(found.Mode, 8)} and not {Convert.ToString(expected.Mode, 8)}"
        : found.Modified != expected.Modified ? "has another mtime"
        : !told && !IsOwner(expected.User, expected.UserId, found.User, found.UserId) ? $"belongs to user {found.User ?? "-"} ({found.UserId})"
        : !told && !IsOwner(expected.Group, expected.GroupId, found.Group, found.GroupId) ? $"belongs to group {found.Group ?? "-"} ({found.GroupId})"
        : expected.Kind == EntryKind.File && found.Size != expected.Size ? $"has {found.Size} bytes and not {expected.Size}"
        : expected.LinkTarget is { } target && !target.AsSpan().SequenceEqual(found.LinkTarget) ? "leads elsewhere"
        : found.DeviceNumber != expected.DeviceNumber ? "is another device"
        : null;

    /// <summary>A restore goes by the name where this machine knows it, else by the number.</summary>
    private static bool IsOwner(string? name, uint id, string? foundName, uint foundId) => id == foundId || (name is not null && name == foundName);

    /// <summary>What the machine itself added, such as a label of a security module, does not count.</summary>
    private static bool HasAttributes(SourceDirectory directory, Entry found, Entry expected)
    {
        if (expected.Attributes.Count == 0)
        {
            return true;
        }

        try
        {
            var attributes = directory.ReadAttributes(found);
            return expected.Attributes.All(wanted => attributes.Any(
                has => has.Name.AsSpan().SequenceEqual(wanted.Name) && has.Value.AsSpan().SequenceEqual(wanted.Value)));
        }
        catch (SourceReadException)
        {
            return false;
        }
    }

    private sealed class WalkFindings : IWalkReport
    {
        public System.Collections.Concurrent.ConcurrentQueue<RunFinding> Findings { get; } = new();

        public void Failed(byte[] path, string reason) => Findings.Enqueue(new RunFinding(Encoding.UTF8.GetString(path), reason));

        public void Excluded(byte[] path, string reason)
        {
        }
    }

    /// <summary>Compares a file with the blob ids that were recorded, without reading anything from a site.</summary>
    private sealed class ContentCheck(SnapshotView view, IReadOnlySet<string> told) : IDisposable
    {
        private readonly byte[] _buffer = new byte[Limits.Blob];
        private OpenDomain? _domain;

        public IReadOnlySet<string> Told { get; } = told;

        public bool Equals(SourceDirectory directory, Entry found, ViewEntry expected)
        {
            if (_domain?.Record.Id != expected.Domain.Id)
            {
                _domain?.Dispose();
                _domain = new OpenDomain(expected.Domain);
            }

            try
            {
                using var file = directory.OpenFile(found);
                var blobs = expected.Entry.Content is { } content ? view.Trees.Content(expected.Domain, content) : [];
                foreach (var blob in blobs)
                {
                    var bytes = _buffer.AsSpan(0, (int)blob.Length);
                    if (!Fill(file, bytes) || _domain.IdOf(BlobKind.Content, bytes) != blob.Id)
                    {
                        return false;
                    }
                }

                return file.Read(_buffer) == 0;
            }
            catch (SourceReadException)
            {
                return false;
            }
        }

        public void Dispose() => _domain?.Dispose();

        private static bool Fill(ISourceFile file, Span<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                var read = file.Read(bytes);
                if (read == 0)
                {
                    return false;
                }

                bytes = bytes[read..];
            }

            return true;
        }
    }
}
