using System.Text;

namespace Backup.Cli.Output;

/// <summary>UTF-8 lines to a stream, gathered and written in large pieces. Thread-safe; a line is never torn.</summary>
internal sealed class TextOutput(Stream stream)
{
    private const int Enough = 32 * 1024;

    private readonly Lock _gate = new();
    private byte[] _pending = new byte[1024];
    private int _length;

    /// <summary>A bar that may stand on the same terminal and has to make way.</summary>
    public ProgressDisplay? Bar { get; set; }

    public void Line(string text)
    {
        lock (_gate)
        {
            Reserve(Encoding.UTF8.GetMaxByteCount(text.Length) + 1);
            _length += Encoding.UTF8.GetBytes(text, _pending.AsSpan(_length));
            EndLine();
        }
    }

    /// <summary>A line that is UTF-8 already, without its end.</summary>
    public void Line(ReadOnlySpan<byte> utf8)
    {
        lock (_gate)
        {
            Reserve(utf8.Length + 1);
            utf8.CopyTo(_pending.AsSpan(_length));
            _length += utf8.Length;
            EndLine();
        }
    }

    /// <summary>A line, at once.</summary>
    public void Say(string text)
    {
        Line(text);
        Flush();
    }

    public void Flush()
    {
        lock (_gate)
        {
            WritePending();
        }
    }

    private void Reserve(int more)
    {
        if (_pending.Length - _length < more)
        {
            Array.Resize(ref _pending, Math.Max(2 * _pending.Length, _length + more));
        }
    }

    private void EndLine()
    {
        _pending[_length++] = (byte)'\n';
        if (_length >= Enough)
        {
            WritePending();
        }
    }

    private void WritePending()
    {
        if (_length == 0)
        {
            return;
        }

        try
        {
            if (Bar is { } bar)
            {
                bar.WriteAbove(stream, _pending.AsSpan(0, _length));
            }
            else
            {
                stream.Write(_pending.AsSpan(0, _length));
            }
        }
        finally
        {
            _length = 0; // what could not be written once is not tried again when the process ends
        }
    }
}
