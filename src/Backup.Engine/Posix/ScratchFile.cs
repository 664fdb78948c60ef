using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Backup.Engine.Posix;

/// <summary>A file that has no name any more: it goes with the process. Nothing of it need survive anything. Safe for several readers beside one writer.</summary>
public sealed class ScratchFile : IDisposable
{
    private const int DiskFull = 28; // ENOSPC

    private readonly string _folder;
    private readonly SafeFileHandle _handle;

    /// <param name="folder">Absolute; made if it is missing.</param>
    /// <exception cref="BackupException">The folder cannot be written to.</exception>
    public ScratchFile(string folder)
    {
        _folder = folder;
        try
        {
            Directory.CreateDirectory(folder);
            var path = Path.Join(folder, $"scratch-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");
            _handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
            LocalFile.Remove(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _handle?.Dispose();
            throw Unusable(failure);
        }
    }

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    /// <summary>Writes at the end.</summary>
    /// <returns>Where.</returns>
    /// <exception cref="BackupException">The disk is full or broken.</exception>
    public long Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var at = Length;
            RandomAccess.Write(_handle, bytes, at);
            Length += bytes.Length;
            return at;
        }
        catch (IOException failure)
        {
            throw Unusable(failure);
        }
    }

    /// <summary>Reads exactly so many bytes.</summary>
    /// <exception cref="BackupException">The disk is broken.</exception>
    public void Read(long at, Span<byte> bytes)
    {
        try
        {
            for (var read = 0; !bytes.IsEmpty; bytes = bytes[read..], at += read)
            {
                read = RandomAccess.Read(_handle, bytes, at);
                if (read == 0)
                {
                    throw new EndOfStreamException("it is shorter than what was written");
                }
            }
        }
        catch (IOException failure)
        {
            throw Unusable(failure);
        }
    }

    public void Dispose() => _handle.Dispose();

    private BackupException Unusable(Exception failure) => new(
        FailureKind.Failed,
        $"The scratch folder {_folder} cannot be used: {failure.Message.TrimEnd('.')}.",
        (failure.HResult & 0xFFFF) == DiskFull ? "Free space on that file system, then run again." : "Check that the folder is writable and its disk sound.",
        failure);
}
