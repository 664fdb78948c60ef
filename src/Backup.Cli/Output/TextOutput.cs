using System.Buffers;
using System.Text;

namespace Backup.Cli.Output;

/// <summary>UTF-8 lines to a stream, gathered and written in large pieces. Thread-safe; a line is never torn.</summary>
internal sealed class TextOutput(Stream stream)
{
    private const int Enough = 32 * 1024;

    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _pending = new(1024);

    /// <summary>Called before bytes reach the stream: whoever draws on the same terminal clears its drawing.</summary>
    public Action? BeforeWrite { get; set; }

    public void Line(string text)
    {
        lock (_gate)
        {
            Encoding.UTF8.GetBytes(text, _pending);
            EndLine();
        }
    }

    /// <summary>A line that is UTF-8 already, without its end.</summary>
    public void Line(ReadOnlySpan<byte> utf8)
    {
        lock (_gate)
        {
            _pending.Write(utf8);
            EndLine();
        }
    }

    public void Flush()
    {
        lock (_gate)
        {
            WritePending();
        }
    }

    private void EndLine()
    {
        _pending.Write("\n"u8);
        if (_pending.WrittenCount >= Enough)
        {
            WritePending();
        }
    }

    private void WritePending()
    {
        if (_pending.WrittenCount == 0)
        {
            return;
        }

        BeforeWrite?.Invoke();
        try
        {
            stream.Write(_pending.WrittenSpan);
        }
        finally
        {
            _pending.ResetWrittenCount(); // what could not be written once is not tried again when the process ends
        }
    }
}
