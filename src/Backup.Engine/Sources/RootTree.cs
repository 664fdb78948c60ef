namespace Backup.Engine.Sources;

/// <summary>The names that lead from <c>/</c> to the roots of a source.</summary>
internal sealed class RootTree
{
    private readonly List<(byte[] Name, RootTree Below)> _children = [];

    /// <summary>True if the source reads everything here.</summary>
    public bool IsRoot { get; set; }

    /// <summary>Ascending, bytewise.</summary>
    public IReadOnlyList<(byte[] Name, RootTree Below)> Children => _children;

    public RootTree? Find(ReadOnlySpan<byte> name)
    {
        var at = Search(name);
        return at < 0 ? null : _children[at].Below;
    }

    public RootTree FindOrAdd(byte[] name)
    {
        var at = Search(name);
        if (at < 0)
        {
            at = ~at;
            _children.Insert(at, (name, new RootTree()));
        }

        return _children[at].Below;
    }

    private int Search(ReadOnlySpan<byte> name)
    {
        int low = 0, high = _children.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = _children[middle].Name.AsSpan().SequenceCompareTo(name);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }
}
