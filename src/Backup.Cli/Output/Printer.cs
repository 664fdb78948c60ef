using System.Text.Json;
using Backup.Cli.Reports;
using Backup.Engine.Runs;

namespace Backup.Cli.Output;

/// <summary>Where results and messages go: results to standard output, as text or as JSON Lines; messages to standard error.</summary>
internal sealed class Printer(TextOutput output, TextOutput messages, Settings settings, Surroundings surroundings) : IDisposable
{
    private JsonLines? _lines;

    public TimeProvider Clock => surroundings.Clock;

    public TimeZoneInfo Zone => surroundings.Clock.LocalTimeZone;

    public bool Json => settings.Json;

    public bool Verbose => settings.Verbose;

    /// <summary>Set while the results of one of several tenants are printed: then each JSON line says whose it is.</summary>
    public string? Tenant { get; set; }

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
            Message("item", value, json);
        }
        else
        {
            output.Line(text(value));
        }
    }

    public void Message<T>(string messageType, T value, Action<Utf8JsonWriter, T> fields)
    {
        LazyInitializer.EnsureInitialized(ref _lines, () => new JsonLines(output)).Write(messageType, Tenant, value, fields);
    }

    /// <summary>
    /// A new recovery sheet: on standard output whatever the verbosity, for it is shown only once; with <c>--json</c>, which never holds a key, on standard error.
    /// </summary>
    public void Sheet(RecoverySheet sheet)
    {
        var (place, onTerminal) = Json ? (messages, surroundings.ErrorIsTerminal) : (output, surroundings.OutputIsTerminal);
        foreach (var line in RecoverySheetReport.Lines(sheet, Zone, onTerminal))
        {
            place.Line(line);
        }

        place.Flush();
    }

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
            messages.Say(text);
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
        if (Json && verdict.Code != ExitCode.Done)
        {
            Message("exit_error", verdict, static (json, verdict) =>
            {
                json.WriteNumber("code", (int)verdict.Code);
                json.WriteString("message", verdict.Message);
                json.WriteString("remedy", verdict.Remedy);
            });
        }
    }

    /// <summary>Something a run met, as a JSON <c>error</c> line.</summary>
    public void ErrorLine(RunFinding finding) => Message("error", finding, WriteFinding);

    public void ErrorLine(DamageFinding damage) => Message("error", damage, static (json, damage) =>
    {
        json.WriteString("site", damage.Site);
        json.WriteString("object", damage.ObjectName);
        json.WriteString("message", damage.What);
        json.WriteBoolean("healed", damage.Healed);
    });

    /// <summary>Whatever is printed from now on makes this bar go away first.</summary>
    public void ShareTerminal(ProgressDisplay bar)
    {
        output.Bar = bar;
        messages.Bar = bar;
    }

    public void Flush()
    {
        output.Flush();
        messages.Flush();
    }

    public void Dispose() => _lines?.Dispose();

    internal static void WriteFinding(Utf8JsonWriter json, RunFinding finding)
    {
        json.WritePlace("place", finding.Place);
        json.WriteString("message", finding.Message);
        json.WriteOptional("remedy", finding.Remedy);
    }
}
