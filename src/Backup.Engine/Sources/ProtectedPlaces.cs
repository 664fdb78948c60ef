using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>
/// The places that belong to the backup itself, known by device and inode: under whatever name, link or bind mount they are met.
/// </summary>
internal sealed class ProtectedPlaces
{
    private readonly Dictionary<InodeId, string> _places = [];

    /// <summary>Looks up what exists now.</summary>
    public ProtectedPlaces(IReadOnlyList<ProtectedPlace> places)
    {
        if (places.Count == 0) return;
        var mounts = MountTable.Read();
        foreach (var place in places)
        {
            if (FileSystemCalls.StatusFollowed(place.Path, out var status) < 0) continue;
            _places.TryAdd(status.Identity, place.What);
            if (FileSystemCalls.RealPath(place.Path) is not { } realPath) continue;
            foreach (var inside in mounts.MountsInside(realPath, status.MountId))
            {
                if (FileSystemCalls.StatusFollowed(inside, out var mounted) >= 0) _places.TryAdd(mounted.Identity, place.What);
            }
        }
    }

    /// <returns>What it is, or null for all that may be read.</returns>
    public string? Find(InodeId identity) => _places.Count != 0 && _places.TryGetValue(identity, out var what) ? what : null;
}
