using Backup.Engine.Stores;
using Renci.SshNet.Common;

namespace Backup.Stores.Sftp;

/// <summary>What is there, and what the server can do.</summary>
public sealed partial class SftpStore
{
    /// <summary>What a file system has in its root that nobody put there.</summary>
    private static readonly string[] Furniture = ["lost+found", ".zfs", ".snapshot", ".snapshots"];

    /// <summary>Folders in which servers show what was deleted. The first is often not listed, and is there all the same.</summary>
    private static readonly string[] Snapshots = [".zfs/snapshot", ".snapshot", ".snapshots"];

    private StorePresence Probe(SftpFiles files)
    {
        RequireRoot(files);
        var entries = files.List(files.Root);
        if (entries.Any(static entry => entry.Name == ObjectName.Repository && entry.IsRegularFile))
        {
            return StorePresence.Repository;
        }

        // Things of others beside ours: it is safer to fill nothing there than to take the place for our own.
        var rest = entries.Where(static entry => entry.Name != ObjectName.Temporary && !Furniture.Contains(entry.Name, StringComparer.Ordinal)).ToList();
        if (rest.Any(static entry => !entry.IsDirectory || !ObjectName.Folders.Contains(entry.Name, StringComparer.Ordinal)))
        {
            return StorePresence.Foreign;
        }

        return rest.Any(entry => HoldsFiles(files, entry.FullName)) ? StorePresence.Unfinished : StorePresence.Empty;
    }

    private static bool HoldsFiles(SftpFiles files, string folder)
    {
        var waiting = new Stack<string>([folder]);
        while (waiting.TryPop(out var next))
        {
            foreach (var entry in files.List(next))
            {
                if (!entry.IsDirectory)
                {
                    return true;
                }

                waiting.Push(entry.FullName);
            }
        }

        return false;
    }

    private StoreCapabilities Examine(SftpFiles files)
    {
        MakeFolders(files, $"{ObjectName.Temporary}/");
        var (one, other, target) = (NewTemporary(files), NewTemporary(files), NewTemporary(files));
        try
        {
            files.Upload(one, new byte[] { 1 });
            var now = options.Transfer.Time.GetUtcNow();
            files.Upload(other, new byte[] { 2, 2 });
            files.Rename(one, target);
            _renameIsExclusive = RefusesTakenNames(files);
            var modified = files.Stat(target)?.LastWriteTimeUtc;
            var replaces = files.TryReplace(other, target) && files.Read(target, limit: 2) is [2, 2];
            var gone = files.Remove(target) && files.Stat(target) is null;
            return new StoreCapabilities
            {
                ExclusivePut = Answer(_renameIsExclusive == true),
                AtomicPut = Answer(replaces || _renameIsExclusive == true),
                DurablePut = Capability.No,
                FinalDelete = Answer(gone),
                DailyDelete = Answer(gone),
                Versioning = Answer(ShowsSnapshots(files)),
                SoftDelete = Capability.No,
                ObjectLock = Capability.No,
                DefaultLock = Capability.No,
                Replication = Capability.Unknown,
                ClockAhead = modified is { } time ? Time(time) - now : null,
            };
        }
        catch (SftpException failure)
        {
            throw Explained(files, failure, "be examined", 0);
        }
        finally
        {
            files.TryRemove(one);
            files.TryRemove(other);
            files.TryRemove(target);
        }

        static Capability Answer(bool yes) => yes ? Capability.Yes : Capability.No;
    }

    private static bool ShowsSnapshots(SftpFiles files) =>
        Snapshots.SelectMany(folder => new[] { $"{files.Root}/{folder}", $"{files.Login}/{folder}" }).Any(path => files.Stat(path) is { IsDirectory: true });
}
