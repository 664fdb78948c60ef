namespace Backup.Engine.Runs;

/// <summary>Single paths of a snapshot, picked to be restored with the directories above them and nothing else.</summary>
internal sealed class PathSelection
{
    private readonly Dictionary<string, PathSelection> _below = new(StringComparer.Ordinal);

    /// <summary>Picks a path: absolute, in bytes.</summary>
    public void Add(ReadOnlySpan<byte> path)
    {
        var at = this;
        foreach (var range in path.Split((byte)'/'))
        {
            if (!path[range].IsEmpty)
            {
                at = at.Enter(path[range]);
            }
        }
    }

    /// <summary>What is picked below a name; null if the name is not.</summary>
    public PathSelection? Find(ReadOnlySpan<byte> name) => _below.GetValueOrDefault(Convert.ToHexString(name));

    private PathSelection Enter(ReadOnlySpan<byte> name)
    {
        var key = Convert.ToHexString(name);
        if (!_below.TryGetValue(key, out var below))
        {
            _below.Add(key, below = new PathSelection());
        }

        return below;
    }
}
