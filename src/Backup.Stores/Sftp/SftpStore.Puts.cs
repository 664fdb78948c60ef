using System.Security.Cryptography;
using Backup.Engine.Stores;
using Renci.SshNet.Common;

namespace Backup.Stores.Sftp;

/// <summary>How an object comes to stand whole under a name that nobody had.</summary>
public sealed partial class SftpStore
{
    /// <summary>Up to this length all of it is read back, of more a random range (design, section 1).</summary>
    private const int ReadWhole = 1 << 20;

    private const int ReadPart = 64 << 10;

    /// <summary>Servers take so much in one request.</summary>
    private const int OneRequest = 30_000;

    /// <summary>From this length on it is worth two round trips to ask whether the name is taken before sending it.</summary>
    private const int WorthAsking = 256 << 10;

    private const int Attempts = 4;

    /// <summary>Null until it was tried at this server.</summary>
    private bool? _renameIsExclusive;

    private bool Put(SftpFiles files, string name, ReadOnlyMemory<byte> content)
    {
        MakeFolders(files, $"{ObjectName.Temporary}/");
        var (temporary, target) = (NewTemporary(files), files.PathOf(name));
        if (content.Length >= WorthAsking && files.Stat(target) is not null)
        {
            return false;
        }

        try
        {
            if (!UploadAndReadBack(files, temporary, content))
            {
                throw new StoreException(StoreFault.Damaged, $"{options.Server} gave back other bytes than were put as {name}: its disk is not to be trusted.");
            }

            MakeFolders(files, name);
            if (Publish(files, temporary, target, name))
            {
                return true;
            }
        }
        catch (SftpException failure)
        {
            var explained = Explained(files, failure, $"put {name}", content.Length);
            files.TryRemove(temporary);
            throw explained;
        }
        catch (StoreException)
        {
            files.TryRemove(temporary);
            throw;
        }

        files.TryRemove(temporary);
        return false;
    }

    /// <summary>What is read back comes from the server, and not from this machine.</summary>
    private static bool UploadAndReadBack(SftpFiles files, string temporary, ReadOnlyMemory<byte> content)
    {
        if (content.Length <= OneRequest)
        {
            var same = files.UploadAndCompare(temporary, content);
            files.ProtectFile(temporary);
            return same;
        }

        files.Upload(temporary, content);
        files.ProtectFile(temporary);
        if (content.Length <= ReadWhole)
        {
            return files.Read(temporary, content.Length) is { } read && content.Span.SequenceEqual(read);
        }

        var (offset, part) = (RandomNumberGenerator.GetInt32(content.Length - ReadPart + 1), new byte[ReadPart]);
        return files.Stat(temporary)?.Size == content.Length && files.ReadRange(temporary, offset, part) && content.Span.Slice(offset, ReadPart).SequenceEqual(part);
    }

    /// <returns>False if the name is taken.</returns>
    private bool Publish(SftpFiles files, string temporary, string target, string name)
    {
        _renameIsExclusive ??= RefusesTakenNames(files);
        for (var attempt = 1; ; attempt++)
        {
            // Where a rename replaces, two that put at once may both succeed; the capabilities say so.
            if (_renameIsExclusive == false && files.Stat(target) is not null)
            {
                return false;
            }

            try
            {
                files.Rename(temporary, target);
                return true;
            }
            catch (SftpPathNotFoundException) when (attempt < Attempts)
            {
                // The folder was empty and somebody removed it.
                RequireRoot(files);
                _folders.TryRemove(FolderOf(name), out _);
                MakeFolders(files, name);
            }
            catch (SftpException failure) when (failure is not SftpPathNotFoundException)
            {
                if (files.Stat(target) is not null)
                {
                    return false;
                }

                throw;
            }
        }
    }

    /// <summary>Tries with two empty files whether a rename leaves alone what has the name.</summary>
    private static bool RefusesTakenNames(SftpFiles files)
    {
        var (one, other) = (NewTemporary(files), NewTemporary(files));
        try
        {
            files.Upload(one, ReadOnlyMemory<byte>.Empty);
            files.Upload(other, ReadOnlyMemory<byte>.Empty);
            files.Rename(one, other);
            return false;
        }
        catch (SftpException failure) when (failure is not (SftpPathNotFoundException or SftpPermissionDeniedException))
        {
            return true;
        }
        finally
        {
            files.TryRemove(one);
            files.TryRemove(other);
        }
    }

    /// <summary>Makes the folders that a name lies in. One that was seen before and is gone is made again only by <see cref="Publish"/>.</summary>
    private void MakeFolders(SftpFiles files, string name)
    {
        for (var end = name.IndexOf('/', StringComparison.Ordinal); end > 0; end = name.IndexOf('/', end + 1))
        {
            var folder = name[..end];
            if (!_folders.ContainsKey(folder))
            {
                MakeFolder(files, folder);
                _folders[folder] = true;
            }
        }
    }

    private void MakeFolder(SftpFiles files, string folder)
    {
        var path = files.PathOf(folder);
        if (files.Stat(path) is { IsDirectory: true })
        {
            return;
        }

        try
        {
            files.MakeFolder(path);
        }
        catch (SftpException failure)
        {
            // Another may have been faster.
            if (failure is SftpPathNotFoundException || files.Stat(path) is not { IsDirectory: true })
            {
                throw Explained(files, failure, $"make the folder {folder}", 0);
            }
        }
    }

    /// <summary>Looks for what the server did not say.</summary>
    /// <param name="files">The connection.</param>
    /// <param name="failure">Its answer.</param>
    /// <param name="what">What was to be done.</param>
    /// <param name="length">Bytes that it needed.</param>
    private StoreException Explained(SftpFiles files, SftpException failure, string what, int length)
    {
        if (failure is SftpPathNotFoundException)
        {
            // Folders that this store has made are gone: the place was emptied, or its disk is not mounted any more.
            _folders.Clear();
            return Missing();
        }

        var space = failure is SftpPermissionDeniedException ? null : files.Space();
        var fault = space switch
        {
            { IsReadOnly: true } => StoreFault.ReadOnly,
            { TotalNodes: > 0, AvailableNodes: 0 } or { AvailableBlocks: 0 } => StoreFault.Full,
            { } some when some.AvailableBlocks * some.BlockSize < (ulong)length => StoreFault.Full,
            _ => SftpFault.Of(failure, SftpAccess.Write),
        };
        var why = fault switch
        {
            StoreFault.Full => "its disk or quota is full",
            StoreFault.ReadOnly => "it may be read only",
            _ => $"the server says: {failure.Message}",
        };
        return new StoreException(fault, $"{Place} could not {what}: {why}.", failure);
    }
}
