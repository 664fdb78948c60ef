using Backup.Stores.Http;
using Backup.Stores.Pacing;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Sftp;

namespace Backup.Stores.Sftp;

/// <summary>
/// The files of a server as one call sees them. Every method waits for the answer on the thread of the call and throws what the library throws;
/// bytes move at the pace of their site and keep the watch awake.
/// </summary>
internal sealed class SftpFiles(SftpConnection connection, TransferOptions transfer, StallWatch watch)
{
    /// <summary>Permissions are written as the digits that a person reads.</summary>
    private const short PrivateFile = 600;
    private const short PrivateFolder = 700;

    private SftpClient Client => connection.Client;

    /// <summary>The folder in which a login begins.</summary>
    public string Login => connection.Login;

    /// <summary>The folder of the store, from '/'.</summary>
    public string Root => connection.Root;

    /// <summary>Set when the connection must not be used again: requests may still be under way on it, or a file open.</summary>
    public bool IsSpoiled { get; set; }

    public string PathOf(string name) => name.Length == 0 ? Root : $"{Root}/{name}";

    /// <summary>Makes a file that must not exist. Its pieces are under way together; it is closed when this returns.</summary>
    public void Upload(string path, ReadOnlyMemory<byte> content)
    {
        using var source = new UploadStream(content, transfer.Upload, watch);
        try
        {
            Client.UploadFile(source, path, canOverride: false, _ => watch.Touch());
        }
        catch
        {
            IsSpoiled = true;
            throw;
        }
    }

    /// <summary>
    /// Makes a file that must not exist and reads it back from the server before it is closed: each request is one way there and back, and this takes
    /// half as many. For content that one request carries.
    /// </summary>
    /// <returns>Whether the server gave back what was sent.</returns>
    public bool UploadAndCompare(string path, ReadOnlyMemory<byte> content)
    {
        try
        {
            using var stream = Client.Open(path, FileMode.CreateNew, FileAccess.ReadWrite);
            Await(transfer.Upload, content.Length, watch);
            stream.Write(content.Span);
            stream.Flush();
            watch.Token.ThrowIfCancellationRequested();
            stream.Position = 0;
            var back = new byte[content.Length];
            Await(transfer.Download, content.Length, watch);
            return stream.ReadAtLeast(back, back.Length, throwOnEndOfStream: false) == back.Length && content.Span.SequenceEqual(back);
        }
        catch
        {
            IsSpoiled = true;
            throw;
        }
    }

    /// <summary>Reads a whole file, its pieces under way together.</summary>
    /// <returns>Null if it is longer than the limit.</returns>
    public byte[]? Read(string path, int limit)
    {
        using var sink = new DownloadStream(limit, transfer.Download, watch);
        try
        {
            Client.DownloadFile(path, sink);
        }
        catch (DownloadStream.LimitException)
        {
            return null;
        }

        return sink.ToArray();
    }

    /// <returns>False if the file ends before.</returns>
    public bool ReadRange(string path, long offset, Memory<byte> destination)
    {
        using var stream = Client.Open(path, FileMode.Open, FileAccess.Read);
        if (offset > 0)
        {
            stream.Seek(offset, SeekOrigin.Begin);
        }

        // Not straight into the caller's memory: when the watch has ended this call, that belongs to the caller again.
        var piece = new byte[Math.Min(destination.Length, Pace.Piece)];
        while (destination.Length > 0)
        {
            var read = stream.Read(piece, 0, Math.Min(piece.Length, destination.Length));
            watch.Token.ThrowIfCancellationRequested();
            if (read == 0)
            {
                return false;
            }

            Await(transfer.Download, read, watch);
            piece.AsMemory(0, read).CopyTo(destination);
            destination = destination[read..];
        }

        return true;
    }

    /// <returns>Null if there is nothing of that name.</returns>
    public SftpFileAttributes? Stat(string path)
    {
        try
        {
            return Client.GetAttributes(path);
        }
        catch (SftpPathNotFoundException)
        {
            return null;
        }
    }

    /// <summary>What lies in a folder, in any order.</summary>
    public IReadOnlyList<ISftpFile> List(string path) =>
        [.. Client.ListDirectory(path, _ => watch.Touch()).Where(static entry => entry.Name is not ("." or ".."))];

    public void MakeFolder(string path)
    {
        Client.CreateDirectory(path);
        Protect(path, PrivateFolder);
    }

    /// <summary>Only the user of the login may read it from now on, where the server has permissions.</summary>
    public void ProtectFile(string path) => Protect(path, PrivateFile);

    /// <summary>Gives a file another name. OpenSSH refuses one that is taken, atomically (link and unlink); other servers may not.</summary>
    public void Rename(string from, string to) => Client.RenameFile(from, to);

    /// <summary>Gives a file another name in the place of whatever has it.</summary>
    /// <returns>False if the server has no such request.</returns>
    public bool TryReplace(string from, string to)
    {
        try
        {
            Client.RenameFile(from, to, isPosix: true);
            return true;
        }
        catch (Exception failure) when (failure is NotSupportedException or SftpException)
        {
            return false;
        }
    }

    /// <returns>False if there was nothing of that name.</returns>
    public bool Remove(string path)
    {
        try
        {
            Client.DeleteFile(path);
            return true;
        }
        catch (SftpPathNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Removes a file of our own that is of no use any more; if that fails, a sweep finds it.</summary>
    public void TryRemove(string path)
    {
        try
        {
            Client.DeleteFile(path);
        }
        catch (Exception failure) when (failure is SshException or ObjectDisposedException or IOException or System.Net.Sockets.SocketException)
        {
            IsSpoiled |= !SftpFault.IsAnswer(failure);
        }
    }

    /// <returns>False if it is not empty, or not to be removed.</returns>
    public bool TryRemoveFolder(string path)
    {
        try
        {
            Client.DeleteDirectory(path);
            return true;
        }
        catch (SftpException)
        {
            return false;
        }
    }

    /// <returns>Null if the server does not say.</returns>
    public SftpFileSystemInformation? Space()
    {
        try
        {
            return Client.GetStatus(Root);
        }
        catch (Exception failure) when (failure is SftpException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Waits for the pace of the site, which is no stall.</summary>
    private static void Await(Pace pace, int bytes, StallWatch watch)
    {
        if (pace.IsLimited)
        {
            watch.Pause();
            pace.TakeAsync(bytes, watch.Token).AsTask().GetAwaiter().GetResult();
        }

        watch.Touch();
    }

    private void Protect(string path, short mode)
    {
        try
        {
            var attributes = connection.Attributes ??= Client.GetAttributes(path);
            attributes.SetPermissions(mode);
            Client.SetAttributes(path, attributes);
        }
        catch (Exception failure) when (failure is SftpException and not SftpPathNotFoundException)
        {
            // A server without permissions keeps others out in its own way, or not at all: what lies here is sealed.
        }
    }

    /// <summary>Content on its way out.</summary>
    private sealed class UploadStream(ReadOnlyMemory<byte> content, Pace pace, StallWatch watch) : OneWayStream
    {
        private int _position;

        public override bool CanRead => true;

        public override int Read(Span<byte> buffer)
        {
            watch.Token.ThrowIfCancellationRequested();
            var piece = content.Span.Slice(_position, Math.Min(content.Length - _position, Math.Min(buffer.Length, Pace.Piece)));
            if (piece.Length > 0)
            {
                Await(pace, piece.Length, watch);
                piece.CopyTo(buffer);
                _position += piece.Length;
            }

            return piece.Length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }

    /// <summary>Content on its way in, up to a limit.</summary>
    private sealed class DownloadStream(int limit, Pace pace, StallWatch watch) : OneWayStream
    {
        private readonly MemoryStream _content = new();

        public override bool CanWrite => true;

        public byte[] ToArray() => _content.ToArray();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_content.Length + buffer.Length > limit)
            {
                throw new LimitException();
            }

            Await(pace, buffer.Length, watch);
            _content.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public sealed class LimitException : IOException;
    }

    private abstract class OneWayStream : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
