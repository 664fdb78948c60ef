using Backup.Engine.Format;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Engine.Snapshots;

/// <summary>Finds or makes the domain of (subject, class, period).</summary>
internal delegate DomainRecord DomainFinder(string? subject, string? retentionClass, string? period);

/// <summary>What a walk became: the root, the figures, and every domain that lies in it.</summary>
internal sealed record SnapshotTree(DomainId Domain, BlobId Tree, BlobId? Grafts, SnapshotFigures Figures, IReadOnlySet<DomainId> Domains);

/// <summary>Figures that grow while a snapshot is built.</summary>
internal sealed class SnapshotFigures
{
    public long FilesNew { get; set; }

    public long FilesChanged { get; set; }

    public long FilesUnmodified { get; set; }

    public long Directories { get; set; }

    public long Others { get; set; }

    public long Bytes { get; set; }

    public long Files => FilesNew + FilesChanged + FilesUnmodified;
}

/// <summary>
/// Turns the walk of a source into trees: each entry goes to its domain; what is as in the parent snapshot is taken from there; the rest is saved.
/// A directory is finished when everything below it is: its entries become a tree in each domain that has some, and trees of other domains hang in the
/// nearest directory that is nobody's, as grafts.
/// </summary>
internal sealed class SnapshotBuilder(SnapshotBuilderTools tools, SubjectRules rules, ParentDirectory? parent, DateTimeOffset started)
{
    /// <summary>With those that wait before the planner no more directories than are kept open.</summary>
    private const int PiecesAhead = FileSource.MostDirectories * 2;

    private const int BytesAhead = 4 << 20;

    private readonly Stack<DirectoryFrame> _frames = new();
    private readonly Dictionary<(ulong Device, ulong Inode, DomainId Domain), Entry> _linked = [];
    private readonly SnapshotFigures _figures = new();
    private readonly HashSet<DomainId> _domains = [];
    private SnapshotTree? _root;

    /// <summary>Saves the whole source.</summary>
    public SnapshotTree Build(ISource source, CancellationToken cancellation)
    {
        var pieces = Ahead<PlannedEntries>.Run(
            "planner",
            stop => new SnapshotPlanner(rules, parent, tools.Files.Sizes).Plan(source.Walk(tools.Report, stop)),
            new AheadLimits(PiecesAhead, BytesAhead),
            static piece => piece.Length,
            cancellation);
        foreach (var piece in pieces)
        {
            if (piece.IsFirst)
            {
                Enter(piece);
            }

            SaveEntries(_frames.Peek(), piece.Entries, cancellation);
            piece.Release();
            if (piece.IsLast)
            {
                tools.AfterDirectory(cancellation);
            }
        }

        while (_frames.TryPop(out var frame))
        {
            Finish(frame);
        }

        return _root ?? throw new BackupException(FailureKind.Failed, "the source showed no directory at all", "check the roots of the source in the policy");
    }

    private void Enter(PlannedEntries piece)
    {
        var (directory, state) = (piece.Directory, piece.Rules);
        while (_frames.Count > directory.Depth)
        {
            Finish(_frames.Pop());
        }

        if (_frames.TryPeek(out var above))
        {
            _figures.Directories++;
            above.Awaited.Remove(directory.Self);
            Tell(directory.Path, state.Assignment, above.Rules.Assignment);
        }

        _frames.Push(new DirectoryFrame(directory, state, state.Place == RulePlace.Inside ? null : Bulk(state), piece.Parent));
    }

    private void SaveEntries(DirectoryFrame frame, IReadOnlyList<PlannedEntry> entries, CancellationToken cancellation)
    {
        foreach (var planned in entries)
        {
            cancellation.ThrowIfCancellationRequested();
            var (entry, assignment, known, _) = planned;
            if (entry.Kind == EntryKind.Directory)
            {
                frame.Awaited.Add(entry);
                continue;
            }

            if (assignment.Problem is not null)
            {
                Tell(FileSaver.Join(frame.Directory.Path, entry.Name), assignment, frame.Rules.Assignment);
            }

            var domain = DomainOf(assignment, entry, known?.Domain);
            var before = known is { } found && found.Domain.Id == domain.Id ? found.Entry : null;
            if (Save(frame, planned, domain, before) is { } saved)
            {
                frame.EntriesOf(domain).Add(saved, ReferenceEquals(saved, before));
            }
        }
    }

    /// <summary>The entry to store: the parent's own object when nothing at all has changed.</summary>
    private Entry? Save(DirectoryFrame frame, PlannedEntry planned, DomainRecord domain, Entry? before)
    {
        var entry = planned.Entry;
        if (entry.Kind != EntryKind.File)
        {
            _figures.Others++;
            return before is not null && IsSame(before, entry) ? before : WithAttributes(frame.Directory, entry);
        }

        if (before is not null && SnapshotPlanner.IsUnchanged(before, entry) && tools.IsStored(before))
        {
            _figures.FilesUnmodified++;
            _figures.Bytes += entry.Size;
            tools.Progress(1, entry.Size);
            return IsSame(before, entry) ? before : entry with { Content = before.Content, Extents = before.Extents, Attributes = before.Attributes };
        }

        if (before is null)
        {
            _figures.FilesNew++;
        }
        else
        {
            _figures.FilesChanged++;
        }

        var saved = planned.Content is { } content ? tools.Files.Save(entry, content.Span, domain) : SaveLinked(frame, entry, domain);
        var size = saved?.Size ?? entry.Size;
        _figures.Bytes += size;
        tools.Progress(1, size);
        return saved;
    }

    /// <summary>A file with several names is read once in each domain in which it has one.</summary>
    private Entry? SaveLinked(DirectoryFrame frame, Entry entry, DomainRecord domain)
    {
        if (entry.Links <= 1)
        {
            return tools.Files.Save(frame.Directory, entry, domain);
        }

        var key = (entry.Device, entry.Inode, domain.Id);
        if (_linked.TryGetValue(key, out var first) && SnapshotPlanner.IsUnchanged(first, entry))
        {
            return first with { Name = entry.Name };
        }

        var saved = tools.Files.Save(frame.Directory, entry, domain);
        if (saved is { Incomplete: false })
        {
            _linked[key] = saved;
        }

        return saved;
    }

    private void Finish(DirectoryFrame frame)
    {
        foreach (var closed in frame.Awaited)
        {
            closed.Partial = true;
            frame.EntriesOf(OwnDomain(frame.Rules.Enter(closed.Name, directory: true), closed)).Add(WithAttributes(frame.Directory, closed), same: false);
        }

        if (!_frames.TryPeek(out var above))
        {
            FinishRoot(frame);
            return;
        }

        frame.Directory.Dispose();

        var self = frame.Directory.Self;
        if (frame.Inside)
        {
            AddCopies(frame, above, self);
            return;
        }

        var own = frame.Own!;
        var before = above.Parent?.TreeOf(own)?.Find(self.Name);
        self = Describe(above, self, before);
        self.Tree = frame.Domains.FirstOrDefault(domain => domain.Domain.Id == own.Id) is { } entries ? tools.Trees.Write(entries, self: null) : null;
        self.Grafts = Grafts(frame, own, self);
        var same = before is not null && before.Tree == self.Tree && before.Grafts == self.Grafts && IsSame(before, self);
        above.EntriesOf(own).Add(same ? before! : self, same);
    }

    /// <summary>In a person's folder every domain that has something below gets its own copy of the directory; an empty one lies in its own domain.</summary>
    private void AddCopies(DirectoryFrame frame, DirectoryFrame above, Entry self)
    {
        var described = false;
        foreach (var domain in frame.Domains)
        {
            Copy(domain.Domain, tools.Trees.Write(domain, self: null));
        }

        if (frame.Domains.Count == 0)
        {
            Copy(OwnDomain(frame.Rules, self), tree: null);
        }

        void Copy(DomainRecord domain, BlobId? tree)
        {
            var before = above.Parent?.TreeOf(domain)?.Find(self.Name);
            var copy = described ? self with { } : self = Describe(above, self, before);
            described = true;
            copy.Tree = tree;
            var same = before is not null && before.Tree == tree && IsSame(before, copy);
            above.EntriesOf(domain).Add(same ? before! : copy, same);
        }
    }

    private void FinishRoot(DirectoryFrame frame)
    {
        var self = WithAttributes(frame.Directory, frame.Directory.Self);
        frame.Directory.Dispose();
        var own = frame.Own!;
        var tree = tools.Trees.Write(frame.EntriesOf(own), self with { Name = [] }, isRoot: true);
        var grafts = Grafts(frame, own, self);
        _domains.Add(own.Id);
        _root = new SnapshotTree(own.Id, tree!.Value, grafts, _figures, _domains);
    }

    private BlobId? Grafts(DirectoryFrame frame, DomainRecord own, Entry self)
    {
        var grafts = new List<Graft>();
        foreach (var domain in frame.Domains)
        {
            if (domain.Domain.Id != own.Id && tools.Trees.Write(domain, self with { Name = [], Tree = null, Grafts = null }) is { } tree)
            {
                grafts.Add(new Graft(domain.Domain.Id, tree));
                _domains.Add(domain.Domain.Id);
            }
        }

        return tools.Trees.WriteGrafts(own, grafts);
    }

    private DomainRecord DomainOf(DomainAssignment assignment, Entry entry, DomainRecord? known)
    {
        // A period is fixed when the entry is first seen: a file that is touched stays where it is.
        var period = known is not null && assignment.Period.Text is null ? known.Period
            : entry.Kind == EntryKind.Directory ? assignment.Period.Text
            : assignment.Period.Of(entry.Modified, started);
        return tools.Domains(assignment.Subject, assignment.Class, period);
    }

    /// <summary>The domain in which a directory lies that nothing is known of but itself.</summary>
    private DomainRecord OwnDomain(RuleState state, Entry directory) =>
        state.Place == RulePlace.Inside ? DomainOf(state.Assignment, directory, known: null) : Bulk(state);

    private DomainRecord Bulk(RuleState state) => tools.Domains(null, state.Assignment.Class, null);

    private void Tell(byte[] path, DomainAssignment assignment, DomainAssignment above)
    {
        if (assignment.Problem is { } problem && !ReferenceEquals(assignment, above))
        {
            tools.Report.Failed(path, problem);
        }
    }

    private Entry Describe(DirectoryFrame above, Entry self, Entry? before) =>
        before is not null && IsSame(before, self) ? self with { Attributes = before.Attributes } : WithAttributes(above.Directory, self) with { };

    private Entry WithAttributes(SourceDirectory directory, Entry entry)
    {
        try
        {
            entry.Attributes = directory.ReadAttributes(entry);
        }
        catch (SourceChangedException)
        {
            // It vanished after it was listed: what was listed of it is kept.
        }
        catch (SourceReadException unreadable)
        {
            tools.Report.Failed(FileSaver.Join(directory.Path, entry.Name), unreadable.Message);

            // Without its ctime the next run takes it for changed, and asks for its attributes again.
            return entry with { Changed = default };
        }

        return entry;
    }

    /// <summary>Nothing that is stored of the entry itself has changed; ctime moves with every change of an attribute.</summary>
    private static bool IsSame(Entry before, Entry now) =>
        before.Kind == now.Kind && before.Partial == now.Partial && before.Changed == now.Changed && before.Modified == now.Modified && before.Inode == now.Inode && before.Mode == now.Mode &&
        before.UserId == now.UserId && before.GroupId == now.GroupId && before.User == now.User && before.Group == now.Group && before.Links == now.Links;
}
