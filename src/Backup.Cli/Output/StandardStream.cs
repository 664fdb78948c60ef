using System.Runtime.InteropServices;

namespace Backup.Cli.Output;

/// <summary>
/// Standard output or error, unbuffered, through write(2). The framework's console stream takes a reader that went away (EPIPE) for success, and its file
/// stream keeps an offset of its own and writes over what another descriptor of the same file wrote (<c>&gt; log 2&gt;&amp;1</c>); and both cost startup time.
/// </summary>
internal sealed partial class StandardStream(int descriptor) : Stream
{
    private const int Eintr = 4;
    private const int Eagain = 11;
    private const int Epipe = 32;
    private const short PollOut = 4;
    private const nuint WindowSizeRequest = 0x5413; // TIOCGWINSZ

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>True if a person looks at it.</summary>
    public bool IsTerminal => IsTty(descriptor) == 1;

    /// <summary>Columns of the terminal; null if it is none or does not say.</summary>
    public int? Width => WindowSize(descriptor, WindowSizeRequest, out var size) == 0 && size.Columns > 0 ? size.Columns : null;

    /// <exception cref="OutputClosedException">Nobody reads any more.</exception>
    /// <exception cref="IOException">The output cannot be written, e.g. its disk is full.</exception>
    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            var done = 0;
            while (done < buffer.Length)
            {
                var written = Write(descriptor, start + done, (nuint)(buffer.Length - done));
                if (written >= 0)
                {
                    done += (int)written;
                    continue;
                }

                Recover(Marshal.GetLastPInvokeError());
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Recover(int error)
    {
        switch (error)
        {
            case Eintr:
                return;
            case Eagain:
                var wait = new PollDescriptor { Descriptor = descriptor, Events = PollOut };
                _ = Poll(ref wait, 1, -1);
                return;
            case Epipe:
                throw new OutputClosedException();
            default:
                throw new IOException("The output cannot be written: " + Marshal.GetPInvokeErrorMessage(error));
        }
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTty(int descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int WindowSize(int descriptor, nuint request, out WindowSizeAnswer answer);

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSizeAnswer
    {
        public ushort Rows;
        public ushort Columns;
        public ushort Width;
        public ushort Height;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}

/// <summary>The reader of the output went away (<c>backupctl ls latest | head</c>): no error, but nothing more to do either.</summary>
internal sealed class OutputClosedException() : IOException("Nobody reads the output any more.");
