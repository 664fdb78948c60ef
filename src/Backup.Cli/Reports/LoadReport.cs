using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>restore --database</c> tells.</summary>
internal static class LoadReport
{
    public static Verdict Print(Printer printer, LoadOutcome outcome, string database)
    {
        var verdict = Judge(outcome, printer.Zone);
        if (printer.Json)
        {
            foreach (var difference in outcome.Load.Differences)
            {
                printer.ErrorLine(new RunFinding(difference.Table, difference.What));
            }

            printer.Message("summary", outcome, (json, it) => Write(json, it, database));
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(Lines(outcome, database));
            printer.Say(verdict);
        }

        return verdict;
    }

    private static Verdict Judge(LoadOutcome outcome, TimeZoneInfo zone)
    {
        var conclusions = new List<Conclusion>();
        if (outcome.Damage.Count > 0)
        {
            conclusions.Add(Judgement.Damage(outcome.Damage.Count, "everything came back whole from elsewhere."));
        }

        if (outcome.StaleSince is { } since)
        {
            conclusions.Add(Judgement.Stale(since, zone));
        }

        if (outcome.Load.Differences.Count > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Failed, $"{Units.Count(outcome.Load.Differences.Count, "table")} did not come back as recorded.",
                "Look at the list: a server of another version may change what it is given. The parts themselves come with `backupctl restore --target DIR`."));
        }

        if (outcome.Restricted > 0)
        {
            conclusions.Add(new Conclusion(
                ExitCode.Incomplete, $"{Units.Count(outcome.Restricted, "part")} of persons are restricted, or about to be erased: not loaded.", "`backupctl subject release` ends a restriction."));
        }

        if (conclusions.Count == 0)
        {
            conclusions.Add(new Conclusion(ExitCode.Done, outcome.Erased > 0 ? "Loaded, counted and compared; only rows that were erased are missing." : "Loaded, counted and compared: every row is as it was."));
        }

        return Verdict.Of(conclusions);
    }

    private static IEnumerable<string> Lines(LoadOutcome outcome, string database)
    {
        var tables = outcome.Load.Tables;
        yield return $"snapshot {Units.Short(outcome.Snapshot)} went into the database {Escape.Text(database)}";
        yield return $"  {Units.Count(tables.Count, "table")}, {Units.Count(tables.Sum(static table => table.Rows), "row")} in {Units.Duration(outcome.Elapsed)}";
        foreach (var table in tables.Where(static table => table.Missing > 0))
        {
            yield return $"  {Escape.Text(table.Name)}: {Units.Count(table.Missing, "row")} missing, erased or not given out";
        }

        foreach (var mended in outcome.Load.Mended)
        {
            yield return $"  {Escape.Text(mended.Table)}.{Escape.Text(mended.Column)}: {Units.Count(mended.Rows, "row")} named an erased one: {mended.Action}";
        }

        foreach (var difference in outcome.Load.Differences)
        {
            yield return $"  ✗  {Escape.Text(difference.Table)}: {Escape.Text(difference.What)}";
        }
    }

    private static void Write(Utf8JsonWriter json, LoadOutcome outcome, string database)
    {
        json.WriteId("snapshot", outcome.Snapshot);
        json.WriteString("database", database);
        json.WriteStartArray("tables");
        foreach (var table in outcome.Load.Tables)
        {
            json.WriteStartObject();
            json.WriteString("name", table.Name);
            json.WriteNumber("rows", table.Rows);
            json.WriteNumber("missing", table.Missing);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("mended");
        foreach (var mended in outcome.Load.Mended)
        {
            json.WriteStartObject();
            json.WriteString("table", mended.Table);
            json.WriteString("column", mended.Column);
            json.WriteString("action", mended.Action);
            json.WriteNumber("rows", mended.Rows);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("rows", outcome.Load.Tables.Sum(static table => table.Rows));
        json.WriteNumber("missing", outcome.Load.Tables.Sum(static table => table.Missing));
        json.WriteNumber("erased", outcome.Erased);
        json.WriteNumber("restricted", outcome.Restricted);
        json.WriteNumber("errors", outcome.Load.Differences.Count);
        json.WriteSeconds("seconds", outcome.Elapsed);
    }
}
