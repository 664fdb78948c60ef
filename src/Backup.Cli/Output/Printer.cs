using System.Text.Json;
using Backup.Engine.Runs;

namespace Backup.Cli.Output;

/// <summary>Where results and messages go: results to standard output, as text or as JSON Lines; messages to standard error.</summary>
internal sealed class Printer(TextOutput output, TextOutput messages, Settings settings, TimeProvider clock) : IDisposable
{
    private readonly JsonLines _lines = new(output);

    public TimeProvider Clock => clock;

    public TimeZoneInfo Zone => clock.LocalTimeZone;

    public bool Json => settings.Json;

    public bool Verbose => settings.Verbose;

    /// <summary>Set while the results of one of several tenants are printed.</summary>
    public string? Tenant
    {
        get => _lines.Tenant;
        set => _lines.Tenant = value;
    }

    /// <summary>True if the text of a result with this code is wanted: always, but with <c>-q</c> only if something is wrong.</summary>
    public bool Says(ExitCode code) => !Json && (!settings.Quiet || code != ExitCode.Done);

    /// <summary>A line of a result.</summary>
    public void Line(string text = "") => output.Line(text);

    public void Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            output.Line(line);
        }
    }

    /// <summary>One thing of a list: a JSON line or a text line.</summary>
    public void Item<T>(T value, Action<Utf8JsonWriter, T> json, Func<T, string> text)
    {
        if (Json)
        {
            _lines.Write("item", value, json);
        }
        else
        {
            output.Line(text(value));
        }
    }

    public void Message<T>(string messageType, T value, Action<Utf8JsonWriter, T> fields) => _lines.Write(messageType, value, fields);

    /// <summary>What a run came to, at the end of its text.</summary>
    public void Say(Verdict verdict)
    {
        foreach (var conclusion in verdict.Conclusions)
        {
            output.Line(Escape.Text(conclusion.Message));
            if (conclusion.Remedy is { } remedy)
            {
                output.Line("  to do: " + Escape.Text(remedy));
            }
        }
    }

    /// <summary>Something worth knowing that is no result: on standard error, never in JSON, not with <c>-q</c>.</summary>
    public void Note(string text)
    {
        if (!settings.Quiet && !Json)
        {
            messages.Line(text);
            messages.Flush();
        }
    }

    /// <summary>An error that ended something, for a person; JSON gets it in <see cref="ExitError"/>.</summary>
    public void Error(string message, string? remedy)
    {
        if (Json)
        {
            return;
        }

        output.Flush();
        messages.Line("error: " + Escape.Text(message));
        if (remedy is not null)
        {
            messages.Line("  to do: " + Escape.Text(remedy));
        }

        messages.Flush();
    }

    /// <summary>The last line of a command that does not end with 0.</summary>
    public void ExitError(Verdict verdict)
    {
        if (Json)
        {
            _lines.Write("exit_error", verdict, static (json, verdict) =>
            {
                json.WriteNumber("code", (int)verdict.Code);
                json.WriteString("message", verdict.Message);
                json.WriteString("remedy", verdict.Remedy);
            });
        }
    }

    /// <summary>Something a run met, as a JSON <c>error</c> line.</summary>
    public void ErrorLine(RunFinding finding) => _lines.Write("error", finding, WriteFinding);

    public void ErrorLine(DamageFinding damage) => _lines.Write("error", damage, static (json, damage) =>
    {
        json.WriteString("site", damage.Site);
        json.WriteString("object", damage.ObjectName);
        json.WriteString("message", damage.What);
        json.WriteBoolean("healed", damage.Healed);
    });

    public void Flush()
    {
        output.Flush();
        messages.Flush();
    }

    public void Dispose() => _lines.Dispose();

    internal static void WriteFinding(Utf8JsonWriter json, RunFinding finding)
    {
        json.WritePlace("place", finding.Place);
        json.WriteString("message", finding.Message);
        json.WriteOptional("remedy", finding.Remedy);
    }
}
