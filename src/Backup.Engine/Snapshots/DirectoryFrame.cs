using Backup.Engine.Format;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Engine.Snapshots;

/// <summary>The entries of one directory in one domain, as they come.</summary>
internal sealed class DomainEntries(DomainRecord domain, ParentTree? parent)
{
    public DomainRecord Domain { get; } = domain;

    public ParentTree? Parent { get; } = parent;

    public List<Entry> Entries { get; } = [];

    /// <summary>True as long as every entry is the one of the parent snapshot: then the parent's tree is this one's.</summary>
    public bool Same { get; set; } = parent is not null;

    public void Add(Entry entry, bool same)
    {
        Entries.Add(entry);
        Same &= same;
    }
}

/// <summary>A directory of the source that is being saved: what has come of it so far, domain by domain.</summary>
internal sealed class DirectoryFrame(SourceDirectory directory, RuleState rules, DomainRecord? own, ParentDirectory? parent)
{
    private readonly Dictionary<DomainId, DomainEntries> _domains = [];
    private DomainEntries? _last;

    public SourceDirectory Directory { get; } = directory;

    public RuleState Rules { get; } = rules;

    /// <summary>The domain of the directory's own name; null in a person's folder, which lies in each domain that has something in it.</summary>
    public DomainRecord? Own { get; } = own;

    public ParentDirectory? Parent { get; } = parent;

    public bool Inside => Rules.Place == RulePlace.Inside;

    public IReadOnlyCollection<DomainEntries> Domains => _domains.Values;

    /// <summary>Directories that the walk has not shown yet; what is left at the end could not be entered.</summary>
    public HashSet<Entry> Awaited { get; } = new(ReferenceEqualityComparer.Instance);

    public DomainEntries EntriesOf(DomainRecord domain)
    {
        // Entries of one domain come in a row, so the last one is nearly always the one.
        if (_last?.Domain.Id == domain.Id)
        {
            return _last;
        }

        if (!_domains.TryGetValue(domain.Id, out var entries))
        {
            _domains.Add(domain.Id, entries = new DomainEntries(domain, Parent?.TreeOf(domain)));
        }

        _last = entries;
        return entries;
    }
}
