using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Cli.Reports;

/// <summary>What a database of the policy answered: what was found, or why nothing was.</summary>
internal sealed record SourcePresence(string Tenant, SourceConfig Source, SourceExamination? Found, BackupException? Failure)
{
    /// <summary>Empty if it did not answer.</summary>
    public IReadOnlyList<SourceRisk> Risks => Found?.Risks ?? [];

    public bool IsWell => Found is not null && !Risks.Any(static risk => risk.IsFault);
}

/// <summary>What <c>policy validate --connect</c> tells of databases.</summary>
internal static class SourceReport
{
    public static IEnumerable<Conclusion> Judge(IReadOnlyList<SourcePresence> sources)
    {
        foreach (var source in sources)
        {
            if (source.Failure is { } failure)
            {
                yield return new Conclusion(
                    failure.Kind == FailureKind.Usage ? ExitCode.Usage : ExitCode.Degraded,
                    $"The source {source.Source.Id} cannot be read: {Middle(failure.Message)}.",
                    failure.Remedy);
            }

            foreach (var risk in source.Risks.Where(static risk => risk.IsFault))
            {
                yield return new Conclusion(ExitCode.Usage, $"The source {source.Source.Id} does not fit: {risk.What}.", risk.Remedy);
            }
        }
    }

    public static void Add(Columns columns, IReadOnlyList<SourcePresence> sources)
    {
        foreach (var source in sources)
        {
            var what = source.Failure is { } failure ? $"cannot be read: {Middle(failure.Message)}" : source.Found!.What;
            columns.Add(source.IsWell ? "✓" : "✗", source.Source.Kind, Escape.Text(source.Source.Id), Escape.Text(what));
        }
    }

    public static IEnumerable<string> Warnings(IReadOnlyList<SourcePresence> sources) =>
        sources.SelectMany(static source => source.Risks.Where(static risk => !risk.IsFault)
            .Select(risk => $"  warning: {Escape.Text(source.Source.Id)}: {Escape.Text(risk.What)}. {Escape.Text(risk.Remedy)}"));

    public static void Write(Utf8JsonWriter json, SourcePresence source)
    {
        json.WriteString("tenant", source.Tenant);
        json.WriteString("id", source.Source.Id);
        json.WriteString("kind", source.Source.Kind);
        json.WriteBoolean("well", source.IsWell);
        json.WriteString("message", source.Failure?.Message ?? source.Found!.What);
        json.WriteObjects("risks", source.Risks, static (json, risk) =>
        {
            json.WriteBoolean("fault", risk.IsFault);
            json.WriteString("message", risk.What);
            json.WriteString("remedy", risk.Remedy);
        });
    }

    /// <summary>A sentence as the middle of another.</summary>
    private static string Middle(string message) => $"{char.ToLowerInvariant(message[0])}{message[1..].TrimEnd('.')}";
}
