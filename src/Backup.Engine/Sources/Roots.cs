using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>Checks the roots of a file source before anything is read.</summary>
internal static class Roots
{
    /// <exception cref="BackupException">
    /// Usage: a root is not absolute, has a symbolic link in its path, or is or lies in what belongs to the backup itself. Failed: it is
    /// not there or cannot be reached.
    /// </exception>
    public static RootTree Check(IReadOnlyList<byte[]> roots, ProtectedPlaces places)
    {
        if (roots.Count == 0)
        {
            throw new BackupException(FailureKind.Usage, "The source names no roots.", "Add at least one absolute path to its roots.");
        }

        var tree = new RootTree();
        foreach (var root in roots)
        {
            var node = tree;
            foreach (var name in Split(root))
            {
                node = node.FindOrAdd(name);
            }

            node.IsRoot = true;
            Follow(root, places);
        }

        return tree;
    }

    private static List<byte[]> Split(byte[] root)
    {
        var names = new List<byte[]>();
        foreach (var range in root.AsSpan().Split((byte)'/'))
        {
            var name = root[range];
            if (name.Length == 0) continue;
            if (name.AsSpan().SequenceEqual("."u8) || name.AsSpan().SequenceEqual(".."u8)) throw NotPlain(root);
            names.Add(name);
        }

        return root is [(byte)'/', ..] && !root.AsSpan().Contains((byte)0) ? names : throw NotPlain(root);
    }

    private static void Follow(byte[] root, ProtectedPlaces places)
    {
        var directory = Open(FileSystemCalls.CurrentDirectory, "/"u8, root);
        try
        {
            Admit(root, places, directory);
            foreach (var name in Split(root))
            {
                var next = Open(directory, name, root);
                FileSystemCalls.Close(directory);
                directory = next;
                Admit(root, places, directory);
            }
        }
        finally
        {
            FileSystemCalls.Close(directory);
        }
    }

    private static int Open(int directory, ReadOnlySpan<byte> name, byte[] root)
    {
        var opened = FileSystemCalls.OpenAt(directory, name, FileSystemCalls.Flags.PathOnly | FileSystemCalls.Flags.NoFollow);
        return opened >= 0 ? opened : throw (-opened is FileSystemCalls.Errno.NotFound or FileSystemCalls.Errno.NotDirectory
            ? new BackupException(
                FailureKind.Failed,
                $"The source root {PathText.Show(root)} does not exist; nothing was changed.",
                "Mount or create it, or take it out of the source's roots.")
            : Unreachable(root, -opened));
    }

    private static void Admit(byte[] root, ProtectedPlaces places, int descriptor)
    {
        var result = FileSystemCalls.Status(descriptor, out var status);
        if (result < 0) throw Unreachable(root, -result);
        if (status.Kind is Format.EntryKind.SymbolicLink) throw HasLink(root);
        if (places.Find(status.Identity) is { } what)
        {
            throw new BackupException(
                FailureKind.Usage,
                $"The source root {PathText.Show(root)} is or lies in {what}: an archive would hold itself or its own keys.",
                "Take it out of the source's roots.");
        }
    }

    private static BackupException HasLink(byte[] root) => FileSystemCalls.RealPath(root) is { } realPath
        ? new BackupException(
            FailureKind.Usage,
            $"The source root {PathText.Show(root)} leads through a symbolic link to {PathText.Show(realPath)}.",
            $"Write {PathText.Show(realPath)} in the source's roots.")
        : new BackupException(
            FailureKind.Usage,
            $"The source root {PathText.Show(root)} leads through a symbolic link to nothing.",
            "Correct the link, and write the path it leads to in the source's roots.");

    private static BackupException NotPlain(byte[] root) => new(
        FailureKind.Usage,
        $"The source root \"{PathText.Show(root)}\" is not an absolute path without '.' and '..'.",
        "Write the whole path, beginning with '/'.");

    private static BackupException Unreachable(byte[] root, int errno) => new(
        FailureKind.Failed,
        $"The source root {PathText.Show(root)} cannot be reached: {FileSystemCalls.Describe(errno)}; nothing was changed.",
        "Run the backup as a user who may read it.");
}
