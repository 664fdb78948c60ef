namespace Backup.Engine.Posix;

/// <summary>Reads passphrases, keys and credentials from files that nobody else may read.</summary>
public static unsafe class SecretFile
{
    /// <summary>More is no secret but a mistaken path.</summary>
    public const int Limit = 1 << 20;

    private const uint OthersReadOrWrite = 0b000_110_110;

    /// <summary>How long a pipe may take to deliver: a program at its other end may have to ask somebody.</summary>
    private const int PipeMilliseconds = 60_000;

    /// <summary>
    /// Reads the file whole, without one newline (LF or CRLF) at its end. A pipe that is open (<c>/dev/fd/3</c>) is read to its end.
    /// </summary>
    /// <exception cref="BackupException">
    /// <see cref="FailureKind.Usage"/>: it is missing, no file, cannot be read or is too long, or its group or others may read or write it.
    /// <see cref="FailureKind.WrongKey"/>: it is empty.
    /// </exception>
    public static SecretBytes Read(string path)
    {
        if (RegularFile.Instead(path) is { } other)
        {
            throw Refused($"The secret file {path} is not a regular file but {other}.", other == "a folder" ? "Name the file in it." : "Name the file that holds the secret.");
        }

        const int Flags = Native.ReadOnly | Native.NonBlocking | Native.NoTerminal;
        using var file = Descriptor.TryOpenPath(path, Flags) ?? throw NotOpened(Native.LastError, path);
        var status = file.Status();
        if ((status.Permissions & OthersReadOrWrite) != 0)
        {
            var mode = Convert.ToString(status.Permissions, 8);
            throw Refused($"Others than its owner may read or write the secret file {path} (mode {mode}).", $"chmod 600 {path}");
        }

        using var buffer = new SecretBytes(Limit + 1);
        var content = buffer.Span[..ReadToEnd(file, path, buffer.Span)];
        if (content.Length > Limit)
        {
            throw Refused($"The secret file {path} is longer than {Limit} bytes.", "Name the file that holds the secret.");
        }

        content = WithoutNewline(content);
        return content.Length > 0
            ? SecretBytes.CopyOf(content)
            : throw new BackupException(FailureKind.WrongKey, $"The secret file {path} is empty.", "Write the secret into it.");
    }

    private static BackupException Refused(string message, string remedy) => new(FailureKind.Usage, message, remedy);

    private static BackupException NotOpened(Errno errno, string path) => errno is Errno.ENOENT or Errno.ENOTDIR
        ? Refused($"The secret file {path} does not exist.", "Make it with mode 600, or correct the path.")
        : Refused(new PosixException(errno, "open the secret file", path).Message, "Run as the user who may read it.");

    private static int ReadToEnd(Descriptor file, string path, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (var done = 0; ;)
            {
                var read = Native.Read(file.Number, start + done, (nuint)(buffer.Length - done));
                if (read > 0)
                {
                    done += (int)read;
                }
                else if (read == 0)
                {
                    return done;
                }
                else if (Native.LastError == Errno.EAGAIN)
                {
                    Await(file, path);
                }
                else if (Native.LastError != Errno.EINTR)
                {
                    throw PosixException.Last("read the secret file", path);
                }
            }
        }
    }

    private static void Await(Descriptor pipe, string path)
    {
        if (Native.AwaitInput(pipe.Number, PipeMilliseconds) == 0)
        {
            var seconds = PipeMilliseconds / 1000;
            throw Refused($"Nothing came through the pipe {path} for {seconds} seconds.", "Check the program that should write the secret.");
        }
    }

    private static Span<byte> WithoutNewline(Span<byte> content) => content switch
    {
        [.. var rest, (byte)'\r', (byte)'\n'] => rest,
        [.. var rest, (byte)'\n'] => rest,
        _ => content,
    };
}
