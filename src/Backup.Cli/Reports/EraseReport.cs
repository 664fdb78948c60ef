using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Format;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>What <c>erase</c> tells.</summary>
internal static class EraseReport
{
    private const int Complete = 3;

    public static Verdict PrintPlan(Printer printer, ErasePlan plan)
    {
        var verdict = Verdict.Of(new Conclusion(ExitCode.Done, plan.Domains == 0 ? "Nothing may go now." : "This is only a plan: nothing was changed."));
        if (printer.Json)
        {
            printer.Message("summary", plan, WritePlan);
            return verdict;
        }

        if (printer.Says(verdict.Code))
        {
            printer.Line($"goes       {Units.Count(plan.Domains, "domain")} in {Units.Count(plan.Snapshots, "snapshot")}, {Units.Size(plan.Bytes)} in {Units.Count(plan.Objects, "object")}");
            printer.Lines(plan.Classes.Select(static item => $"           {Escape.Text(item.Class ?? "without a class")}: {Units.Count(item.Domains, "domain")}"));
            if (plan.Files > 0)
            {
                printer.Line($"rewritten  {Units.Count(plan.Files, "version")} of files that match");
            }

            printer.Lines(Holds(plan.Holds, printer));
            printer.Lines(plan.Outside.Select(static item => $"outside    {Units.Count(item.Entries, "entry", "entries")} in snapshot {Units.Short(item.Snapshot)} of {Escape.Text(item.Source)}, made under other rules"));
            printer.Lines(Findings.Lines(plan.Sites));
            if (plan.Approvers > 1)
            {
                printer.Line($"approval   {plan.Approvers} people must agree, each with a key of their own");
            }

            printer.Say(verdict);
        }

        return verdict;
    }

    public static Verdict PrintRun(Printer printer, EraseStatus status)
    {
        var verdict = Judge(status, printer.Zone);
        if (printer.Json)
        {
            printer.Message("summary", status, Write);
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Lines(Lines(status, printer));
            printer.Say(verdict);
        }

        return verdict;
    }

    public static Verdict PrintList(Printer printer, IReadOnlyList<EraseStatus> requests)
    {
        var verdict = Verdict.Of(requests.Select(status => Judge(status, printer.Zone)).SelectMany(static each => each.Conclusions).Where(static each => each.Code != ExitCode.Done));
        if (printer.Json)
        {
            foreach (var status in requests)
            {
                printer.Message("item", status, Write);
            }

            return verdict;
        }

        if (requests.Count == 0 && printer.Says(ExitCode.Done))
        {
            printer.Line("There is no erasure.");
        }

        foreach (var status in requests)
        {
            printer.Lines(Lines(status, printer));
        }

        if (printer.Says(verdict.Code))
        {
            printer.Say(verdict);
        }

        return verdict;
    }

    public static Verdict PrintCancelled(Printer printer, Id128 id, bool dryRun)
    {
        var verdict = Verdict.Of(new Conclusion(ExitCode.Done, dryRun ? "Dry run: nothing was changed." : "The request is taken back: everything is as it was before."));
        if (printer.Json)
        {
            printer.Message("summary", id, static (json, id) => json.WriteString("request", id.ToString()));
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Say(verdict);
        }

        return verdict;
    }

    public static Verdict PrintCertificate(Printer printer, ErasureCertificate certificate)
    {
        var body = certificate.Body;
        var verdict = Verdict.Of(new Conclusion(ExitCode.Done, "The certificate is genuine: compare the repository with your recovery sheet."));
        if (printer.Json)
        {
            printer.Message("summary", body, static (json, body) =>
            {
                json.WriteBoolean("valid", true);
                json.WriteString("repository", body.GetProperty("repository").GetString());
                json.WriteString("request", body.GetProperty("request").GetString());
                json.WriteNumber("level", body.GetProperty("level").GetInt32());
                json.WriteNumber("not_reached", body.GetProperty("not_reached").GetArrayLength());
            });
        }
        else if (printer.Says(verdict.Code))
        {
            printer.Line($"repository {body.GetProperty("repository").GetString()}");
            printer.Line($"request    {body.GetProperty("request").GetString()}");
            printer.Line(Escape.Text(body.GetProperty("meaning").GetString()!));
            printer.Lines(body.GetProperty("not_reached").EnumerateArray().Select(static gap => $"not reached: {Escape.Text(gap.GetProperty("site").GetString()!)}: {Escape.Text(gap.GetProperty("reason").GetString()!)}"));
            printer.Say(verdict);
        }

        return verdict;
    }

    internal static Verdict Judge(EraseStatus status, TimeZoneInfo zone)
    {
        var name = status.Request.ToString()[..8];
        if (status.ApprovalsMissing > 0)
        {
            return Verdict.Of(new Conclusion(
                ExitCode.Refused, $"Erasure {name} waits for {Units.Count(status.ApprovalsMissing, "more person", "more people")} to agree; nothing is touched yet.",
                $"Have them run `backupctl erase approve {name}` with a key of their own; `backupctl erase cancel {name}` takes it back."));
        }

        if (status.Level >= Complete)
        {
            return Verdict.Of(new Conclusion(ExitCode.Done, status.Holds.Count == 0
                ? $"Erasure {name} verified at level 3: keys and objects are gone at every site."
                : $"Erasure {name} verified at level 3 for all that may go; what a duty keeps is restricted, and goes by itself when that ends."));
        }

        var waits = status.Due is { } due ? $"it waits until {Units.Local(due, zone)}"
            : status.NotReached.Count > 0 ? "not reached: " + string.Join("; ", status.NotReached.Select(static gap => $"{gap.Site}: {gap.Reason}"))
            : "its keys are not destroyed yet";
        return Verdict.Of(new Conclusion(
            ExitCode.ErasureIncomplete, $"Erasure {name} is at level {status.Level} of 3; {waits}.",
            "The next backup, sync or gc goes on by itself; so does `backupctl erase resume`."));
    }

    private static IEnumerable<string> Lines(EraseStatus status, Printer printer)
    {
        yield return $"erasure    {status.Request.ToString()[..8]}, received {Units.Local(status.Received, printer.Zone)} ({status.Reason})";
        yield return $"level      {status.Level} of 3 ({(status.Level switch { 0 => "nothing is touched yet", 1 => "blocked", 2 => "keys are gone", _ => "keys and objects are gone" })})";
        if (status.Level > 0)
        {
            yield return $"gone       {Units.Count(status.Domains, "domain")}, {Units.Size(status.Bytes)} in {Units.Count(status.Objects, "object")}, of {Units.Count(status.Snapshots, "snapshot")}";
        }

        foreach (var line in Holds(status.Holds, printer))
        {
            yield return line;
        }

        var columns = new Columns(new(""), new("SITE"), new("CITY"), new("KEYS"), new("OBJECTS"), new("VERIFIED"), new(""));
        foreach (var site in status.Sites)
        {
            columns.Add(
                site.Verified ? "✓" : "✗", Escape.Text(site.Id), Escape.Text(site.City), site.KeysDestroyed ? "gone" : "there", site.ObjectsDeleted ? "gone" : "there",
                site.VerifiedAt is { } at ? Units.Local(at, printer.Zone) : "-",
                site.RetainedUntil is { } until ? $"the store keeps something until {Units.Utc(until)}" : "");
        }

        foreach (var line in status.Level > 0 ? columns.Lines() : [])
        {
            yield return line;
        }

        foreach (var gap in status.NotReached.Where(gap => status.Sites.All(site => site.Id != gap.Site)))
        {
            yield return $"not reached: {Escape.Text(gap.Site)}: {Escape.Text(gap.Reason)}";
        }
    }

    private static IEnumerable<string> Holds(IReadOnlyList<EraseHold> holds, Printer printer) =>
        holds.Select(hold => $"held       {Escape.Text(hold.Class ?? "without a class")} until {Units.LocalDate(hold.Until, printer.Zone)}: {Escape.Text(hold.Reason)}");

    private static void WritePlan(Utf8JsonWriter json, ErasePlan plan)
    {
        json.WriteNumber("domains", plan.Domains);
        json.WriteNumber("objects", plan.Objects);
        json.WriteNumber("bytes", plan.Bytes);
        json.WriteNumber("snapshots", plan.Snapshots);
        json.WriteNumber("files", plan.Files);
        json.WriteNumber("approvers", plan.Approvers);
        json.WriteObjects("classes", plan.Classes, static (json, item) =>
        {
            json.WriteString("class", item.Class);
            json.WriteNumber("domains", item.Domains);
        });
        json.WriteObjects("holds", plan.Holds, WriteHold);
        json.WriteObjects("outside", plan.Outside, static (json, item) =>
        {
            json.WriteId("snapshot", item.Snapshot);
            json.WriteString("source", item.Source);
            json.WriteNumber("entries", item.Entries);
        });
        json.WriteSites(plan.Sites);
    }

    private static void Write(Utf8JsonWriter json, EraseStatus status)
    {
        json.WriteString("request", status.Request.ToString());
        json.WriteNumber("level", status.Level);
        json.WriteString("state", status.State?.ToString().ToLowerInvariant() ?? "done");
        json.WriteString("reason", status.Reason);
        json.WriteTime("received", status.Received);
        json.WriteTime("due", status.Due);
        json.WriteNumber("approvals_missing", status.ApprovalsMissing);
        json.WriteNumber("domains", status.Domains);
        json.WriteNumber("objects", status.Objects);
        json.WriteNumber("bytes", status.Bytes);
        json.WriteNumber("snapshots", status.Snapshots);
        json.WriteObjects("sites", status.Sites, static (json, site) =>
        {
            json.WriteString("id", site.Id);
            json.WriteString("city", site.City);
            json.WriteBoolean("keys_destroyed", site.KeysDestroyed);
            json.WriteBoolean("objects_deleted", site.ObjectsDeleted);
            json.WriteBoolean("verified", site.Verified);
            json.WriteTime("verified_at", site.VerifiedAt);
            json.WriteTime("retained_until", site.RetainedUntil);
        });
        json.WriteObjects("holds", status.Holds, WriteHold);
        json.WriteObjects("not_reached", status.NotReached, static (json, gap) =>
        {
            json.WriteString("site", gap.Site);
            json.WriteTime("since", gap.Since);
            json.WriteString("reason", gap.Reason);
        });
    }

    private static void WriteHold(Utf8JsonWriter json, EraseHold hold)
    {
        json.WriteString("class", hold.Class);
        json.WriteTime("until", hold.Until);
        json.WriteString("reason", hold.Reason);
    }
}
