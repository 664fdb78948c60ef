using Backup.Engine.Format;
using Backup.Engine.Posix;
using Backup.Engine.Policies;
using Backup.Engine.Records;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>
/// A part of what archives hold of a person: files of the person that patterns name, and records of the person in files that mix people. What is kept of a
/// domain of the person, or of a family of mixed files, moves into a new domain, so that the old key can go; elsewhere the key stays.
/// </summary>
/// <param name="session">An open repository.</param>
/// <param name="subjects">All identifiers of the person.</param>
/// <param name="paths">Patterns of files of the person; none: no such file goes by itself.</param>
/// <param name="redactions">Which records of which files go.</param>
internal sealed class PartRules(Session session, IReadOnlySet<string> subjects, IReadOnlyList<string> paths, IReadOnlyList<RedactionRule> redactions) : IRewriteRules
{
    private readonly PathPatterns _paths = new(paths);
    private readonly HashSet<DomainId> _touched = [];

    /// <summary>What makes a record match, beside what its rule names: the identifiers without their types.</summary>
    private readonly IReadOnlyList<string> _texts = [.. subjects.Select(static subject => subject[(subject.IndexOf(':', StringComparison.Ordinal) + 1)..]).Order(StringComparer.Ordinal)];

    /// <summary>Looks at all snapshots that live, and finds the domains that are touched.</summary>
    /// <returns>How many versions of files match.</returns>
    public int Look(CancellationToken cancellation)
    {
        var walk = new RawWalk(new TreeReader(session.NewBlobReader().Read), session.Keyring.Find);
        var found = 0;
        foreach (var snapshot in session.Snapshots.All)
        {
            foreach (var entry in walk.Of(snapshot.Record, cancellation))
            {
                var action = Decide(snapshot.Record.Source, entry);
                if (action != RewriteAction.Keep)
                {
                    found++;
                    if (action == RewriteAction.Drop || IsMixed(entry.Domain))
                    {
                        _touched.Add(entry.Domain.Id);
                    }
                }
            }
        }

        return found;
    }

    /// <summary>Domains whose key goes: what is kept of them moves.</summary>
    public IReadOnlySet<DomainId> Touched => _touched;

    /// <inheritdoc/>
    public RewriteAction Decide(string source, RawEntry entry)
    {
        var directory = entry.Entry.Kind == EntryKind.Directory;
        return paths.Count > 0 && entry.Domain.Subject is { } subject && subjects.Contains(subject) && _paths.Matches(entry.Path, directory) ? RewriteAction.Drop
            : entry.Entry.Kind == EntryKind.File && RuleFor(source, entry.Path) is not null ? RewriteAction.Filter
            : RewriteAction.Keep;
    }

    /// <inheritdoc/>
    public bool Replaces(DomainRecord domain) => _touched.Contains(domain.Id);

    /// <inheritdoc/>
    public void Filter(string source, RawEntry entry, Stream input, Stream output, CancellationToken cancellation)
    {
        var rules = RulesOf(RuleFor(source, entry.Path)!);
        var name = PathText.Show(entry.Path);
        var filter = new RecordFilter(rules, name);
        using var check = new Proof(filter, name, cancellation);
        var result = filter.Filter(input, new Tee(output, check.Input), cancellation);
        check.Compare(result);
    }

    private static bool IsMixed(DomainRecord domain) => domain.Subject?.StartsWith(SubjectIdentifier.MixedType + ":", StringComparison.Ordinal) == true;

    private RedactionRule? RuleFor(string source, byte[] path) =>
        redactions.FirstOrDefault(rule => (rule.Source is null || rule.Source == source) && rule.Takes(path));

    private RecordRules RulesOf(RedactionRule rule) => new()
    {
        Format = rule.Format switch
        {
            RedactionFormat.Csv => RecordFormat.Csv,
            RedactionFormat.Mbox => RecordFormat.Mbox,
            RedactionFormat.JsonLines => RecordFormat.JsonLines,
            RedactionFormat.Sql => RecordFormat.Sql,
            _ => RecordFormat.Lines,
        },
        Texts = [.. _texts.Union(rule.Texts, StringComparer.Ordinal)],
        Patterns = rule.Patterns,
        Columns = rule.Columns,
        HasHeader = rule.HasHeader,
        Separator = rule.Separator,
        Fields = rule.Fields,
        HeadersOnly = rule.HeadersOnly,
    };

    /// <summary>Cuts what is written into records again, beside the filter, and compares: every other record is kept, byte for byte, and none that matches is left.</summary>
    private sealed class Proof : IDisposable
    {
        private readonly System.IO.Pipelines.Pipe _pipe = new();
        private readonly Task<RecordCheck> _check;
        private readonly string _name;

        public Proof(RecordFilter filter, string name, CancellationToken cancellation)
        {
            _name = name;
            Input = _pipe.Writer.AsStream();
            _check = Task.Run(() => filter.Verify(_pipe.Reader.AsStream(), cancellation), cancellation);
        }

        public Stream Input { get; }

        public void Compare(RecordFilterResult result)
        {
            Input.Dispose();
            if (!_check.GetAwaiter().GetResult().Proves(result))
            {
                throw new BackupException(FailureKind.Failed, $"{_name} could not be written so that every other record is kept; nothing was changed.", "Check that the format in the rules is that of the file.");
            }
        }

        public void Dispose()
        {
            Input.Dispose();
            _check.ContinueWith(static done => done.Exception, TaskScheduler.Default).GetAwaiter().GetResult();
        }
    }

    /// <summary>Writes to two streams.</summary>
    private sealed class Tee(Stream one, Stream two) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            one.Write(buffer);
            two.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
            one.Flush();
            two.Flush();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
