using System.Text;
using Backup.Engine.Runs;

namespace Backup.Cli.Output;

/// <summary>How progress is shown.</summary>
internal enum ProgressMode
{
    None,

    /// <summary>A bar and a line per site, redrawn on the terminal at most ten times a second.</summary>
    Bar,

    /// <summary>One line a minute on standard error.</summary>
    Lines,

    /// <summary>A <c>status</c> message a minute on standard output.</summary>
    Json,
}

/// <summary>Shows the progress of one run until it is disposed.</summary>
internal sealed class ProgressDisplay : IRunProgress, IDisposable
{
    private const int BarWidth = 24;
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromMinutes(1);

    private readonly ProgressMode _mode;
    private readonly Stream _terminal;
    private readonly Printer _printer;
    private readonly ProgressCounts _counts = new();
    private readonly long _started;
    private readonly ITimer? _timer;
    private readonly Lock _gate = new();
    private int _drawnLines;
    private bool _ended;

    public ProgressDisplay(ProgressMode mode, Stream terminal, Printer printer)
    {
        _mode = mode;
        _terminal = terminal;
        _printer = printer;
        _started = printer.Clock.GetTimestamp();
        var interval = mode == ProgressMode.Bar ? RedrawInterval : LineInterval;
        _timer = mode == ProgressMode.None ? null : printer.Clock.CreateTimer(static display => ((ProgressDisplay)display!).Show(), this, interval, interval);
    }

    /// <summary>Width of the terminal; a bar never wraps.</summary>
    public int Width { get; init; } = 80;

    public void Phase(string text) => _counts.Phase = text;

    public void Expect(long? files, long? bytes) => _counts.Expect(files, bytes);

    public void Advance(long files, long bytes) => _counts.Advance(files, bytes);

    public void SiteAdvance(string site, long bytes) => _counts.SiteAdvance(site, bytes);

    public void Message(RunFinding finding)
    {
        try
        {
            if (_printer.Json)
            {
                if (_mode == ProgressMode.Json)
                {
                    _printer.Message("status", finding, Printer.WriteFinding);
                    _printer.Flush();
                }

                return;
            }

            _printer.Note($"{Escape.Text(finding.Place)}: {Escape.Text(finding.Message)}" + (finding.Remedy is { } remedy ? $"\n  to do: {Escape.Text(remedy)}" : ""));
        }
        catch (IOException)
        {
            // Nobody reads messages any more; a run does not end because of that.
        }
    }

    /// <summary>Takes the bar off the terminal and writes; the next redraw brings the bar back below.</summary>
    public void WriteAbove(Stream stream, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_drawnLines > 0)
            {
                Draw([]);
            }

            stream.Write(bytes);
        }
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_gate)
        {
            _ended = true;
            if (_drawnLines > 0)
            {
                Draw([]);
            }
        }
    }

    /// <summary>Holds the gate while it prints, which is safe: only a bar is asked to make way by those who print, and a bar draws past the printer.</summary>
    private void Show()
    {
        var reading = _counts.Read(_printer.Clock.GetElapsedTime(_started));
        if (reading.IsEmpty)
        {
            return;
        }

        try
        {
            lock (_gate)
            {
                if (_ended)
                {
                    return;
                }

                if (_mode == ProgressMode.Bar)
                {
                    Draw(BarLines(reading));
                }
                else if (_mode == ProgressMode.Lines)
                {
                    _printer.Note(Line(reading));
                }
                else
                {
                    _printer.Message("status", reading, WriteStatus);
                    _printer.Flush();
                }
            }
        }
        catch (IOException)
        {
            // As in Message.
        }
    }

    /// <summary>Goes up over what was drawn, erases it, draws anew: in one write, so that nothing flickers.</summary>
    private void Draw(List<string> lines)
    {
        var text = new StringBuilder();
        if (_drawnLines > 0)
        {
            text.Append("\r\e[").Append(_drawnLines).Append("A\e[J");
        }

        foreach (var line in lines)
        {
            text.Append(line).Append('\n');
        }

        _drawnLines = lines.Count;
        try
        {
            _terminal.Write(Encoding.UTF8.GetBytes(text.ToString()));
        }
        catch (IOException)
        {
            _ended = true; // the terminal is gone; the run goes on
        }
    }

    private List<string> BarLines(ProgressReading reading)
    {
        var filled = (int)((reading.Share ?? 0) * BarWidth);
        var bar = reading.Share is null ? "" : $"[{new string('#', filled)}{new string('.', BarWidth - filled)}] ";
        var lines = new List<string> { Cut(bar + reading.Summary()) };
        if (reading.Phase.Length > 0)
        {
            lines.Add(Cut("  " + Escape.Text(reading.Phase)));
        }

        lines.AddRange(reading.Sites.Select(site => Cut("  " + ProgressReading.SiteLine(site))));
        return lines;
    }

    private static string Line(ProgressReading reading)
    {
        var phase = reading.Phase.Length > 0 ? Escape.Text(reading.Phase) + ": " : "";
        var sites = reading.Sites.Count > 0 ? "; " + string.Join(", ", reading.Sites.Select(ProgressReading.SiteLine)) : "";
        return $"{Units.Duration(reading.Elapsed)}: {phase}{reading.Summary()}{sites}";
    }

    private string Cut(string line) => line.Length < Width ? line : line[..Math.Max(0, Width - 2)] + "…";

    private static void WriteStatus(System.Text.Json.Utf8JsonWriter json, ProgressReading reading)
    {
        json.WriteString("phase", reading.Phase);
        json.WriteSeconds("seconds", reading.Elapsed);
        json.WriteNumber("files_done", reading.Files);
        json.WriteNumber("bytes_done", reading.Bytes);
        if (reading.ExpectedFiles is { } files)
        {
            json.WriteNumber("files_total", files);
        }

        if (reading.ExpectedBytes is { } bytes)
        {
            json.WriteNumber("bytes_total", bytes);
        }

        if (reading.Remaining is { } remaining)
        {
            json.WriteSeconds("seconds_left", remaining);
        }

        json.WriteObjects("sites", reading.Sites, static (json, site) =>
        {
            json.WriteString("id", site.Id);
            json.WriteNumber("bytes", site.Bytes);
        });
    }
}
