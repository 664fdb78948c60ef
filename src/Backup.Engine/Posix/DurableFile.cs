namespace Backup.Engine.Posix;

/// <summary>A single file that a person asked for at a place of their own, such as the recovery key.</summary>
public static class DurableFile
{
    /// <summary>Writes a new file (0600) that stands after a power cut when this returns. One that exists is left as it is.</summary>
    /// <returns>False if the name is taken.</returns>
    /// <exception cref="PosixException">It cannot be written.</exception>
    public static bool WriteNew(string path, ReadOnlySpan<byte> content)
    {
        var file = Descriptor.TryOpenPath(path, Native.WriteOnly | Native.Create | Native.Exclusive | Native.CloseOnExec, 0x180);
        if (file is null)
        {
            return Native.LastError == Errno.EEXIST ? false : throw PosixException.Last("make", path);
        }

        using (file)
        {
            file.Write(content);
            file.Sync();
            file.Close();
        }

        using var folder = Descriptor.Open(Path.GetDirectoryName(path) is { Length: > 0 } above ? above : ".", Native.ReadOnly | Native.DirectoryOnly | Native.CloseOnExec);
        folder.Sync();
        return true;
    }
}
