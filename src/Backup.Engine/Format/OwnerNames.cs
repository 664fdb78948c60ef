namespace Backup.Engine.Format;

/// <summary>
/// The names of users and groups in a page: written once for each id. An id has one name on a machine; where entries of a page differ, the
/// first name wins, and an entry without one gets it when the page is read.
/// </summary>
internal struct OwnerNames
{
    private Dictionary<uint, string>? _users;
    private Dictionary<uint, string>? _groups;

    public static void Write(ref CborSpanWriter writer, IReadOnlyList<Entry> entries, Entry? self)
    {
        var (users, groups) = (default(Collector), default(Collector));
        if (self is not null)
        {
            users.Add(self.UserId, self.User);
            groups.Add(self.GroupId, self.Group);
        }

        foreach (var entry in entries)
        {
            users.Add(entry.UserId, entry.User);
            groups.Add(entry.GroupId, entry.Group);
        }

        users.Write(ref writer, 3);
        groups.Write(ref writer, 4);
    }

    public void ReadUsers(ref CborSpanReader reader) => _users = Read(ref reader);

    public void ReadGroups(ref CborSpanReader reader) => _groups = Read(ref reader);

    /// <summary>Gives the entries of a page their names.</summary>
    public readonly void Apply(TreePage? page, Entry? self)
    {
        Apply(self);
        if (page is EntryPage { Entries: var entries } && (_users ?? _groups) is not null)
        {
            foreach (var entry in entries)
            {
                Apply(entry);
            }
        }
    }

    private readonly void Apply(Entry? entry)
    {
        if (entry is not null)
        {
            entry.User = _users?.GetValueOrDefault(entry.UserId);
            entry.Group = _groups?.GetValueOrDefault(entry.GroupId);
        }
    }

    private static Dictionary<uint, string> Read(ref CborSpanReader reader)
    {
        var count = reader.BeginIdMap();
        var names = new Dictionary<uint, string>(count);
        for (var last = -1L; count > 0; count--)
        {
            var id = reader.UInt32();
            if (id <= last)
            {
                throw reader.Damaged("its users or groups are not in order");
            }

            last = id;
            names.Add(id, reader.Text());
        }

        return names;
    }

    /// <summary>Most entries have the owner of the entry before.</summary>
    private struct Collector
    {
        private SortedDictionary<uint, string>? _names;
        private uint _lastId;
        private string? _lastName;

        public void Add(uint id, string? name)
        {
            if (name is null || (id == _lastId && ReferenceEquals(name, _lastName)))
            {
                return;
            }

            (_lastId, _lastName) = (id, name);
            _names ??= [];
            _names.TryAdd(id, name);
        }

        public readonly void Write(ref CborSpanWriter writer, int key)
        {
            if (_names is null)
            {
                return;
            }

            writer.Key(key);
            writer.BeginIdMap(_names.Count);
            foreach (var (id, name) in _names)
            {
                writer.Unsigned(id);
                writer.Text(name);
            }
        }
    }
}
