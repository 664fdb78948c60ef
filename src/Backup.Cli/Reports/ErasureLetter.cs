using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Backup.Cli.Reports;

/// <summary>The page for the person whose data was erased: HTML to be printed. Name and address are blank lines, for the page itself names nobody.</summary>
internal static class ErasureLetter
{
    /// <param name="certificate">What the letter is about.</param>
    /// <param name="language"><c>de</c> or <c>en</c>.</param>
    public static byte[] Write(JsonElement certificate, string language)
    {
        var german = language == "de";
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="{language}">
            <head>
            <meta charset="utf-8">
            <title>{(german ? "Löschung Ihrer Daten in den Sicherungen" : "Erasure of your data in the backups")}</title>
            <style>
            body {"{"} font: 11pt/1.5 serif; max-width: 42em; margin: 2.5cm auto; padding: 0 1em; color: #000; background: #fff {"}"}
            table {"{"} border-collapse: collapse; width: 100% {"}"} td, th {"{"} border-bottom: 1px solid #999; padding: .2em .6em .2em 0; text-align: left; vertical-align: top {"}"}
            .blank {"{"} border-bottom: 1px solid #000; height: 2em; width: 20em {"}"} .small {"{"} font-size: 9pt {"}"}
            @media print {"{"} body {"{"} margin: 0; max-width: none {"}"} {"}"}
            </style>
            </head>
            <body>
            <div class="blank"></div><div class="blank"></div><div class="blank"></div>

            """);
        Body(page, certificate, german);
        page.Append("</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(page.ToString());
    }

    private static void Body(StringBuilder page, JsonElement certificate, bool german)
    {
        var level = certificate.GetProperty("level").GetInt32();
        Heading(page, german ? "Löschung Ihrer Daten in den Sicherungen" : "Erasure of your data in the backups", 1);
        Paragraph(page, german ? "Guten Tag," : "Dear Sir or Madam,");
        Paragraph(page, german
            ? $"Ihr Antrag ist am {GermanDay(certificate, "received")} eingegangen. Ihre Daten liegen in unseren Sicherungen verschlüsselt, unter Schlüsseln, die nur für Ihre Daten gelten. Diese Schlüssel wurden am {GermanDay(certificate, "keys_destroyed")} aus allen Schlüsselbeständen entfernt."
            : $"We received your request on {Day(certificate, "received")}. In our backups your data is encrypted under keys that are used for your data only. On {Day(certificate, "keys_destroyed")} these keys were removed from every set of keys.");
        Paragraph(page, (german, level) switch
        {
            (true, >= 3) => "An jedem der unten genannten Orte sind die Schlüssel vernichtet und die verschlüsselten Daten gelöscht; beides wurde anschließend geprüft.",
            (true, 2) => "An jedem der unten genannten Orte sind die Schlüssel vernichtet: Niemand kann Ihre Daten dort noch lesen. Einzelne verschlüsselte Daten sind noch nicht gelöscht.",
            (true, _) => "Ihre Daten sind gesperrt. Nicht an allen Orten sind die alten Schlüssel schon vernichtet.",
            (false, >= 3) => "At every place listed below the keys are destroyed and the encrypted data is deleted; both were checked afterwards.",
            (false, 2) => "At every place listed below the keys are destroyed: nobody can read your data there any more. Some encrypted data is not deleted yet.",
            (false, _) => "Your data is blocked. Not at every place the old keys are destroyed yet.",
        });
        Sites(page, certificate, german);
        Held(page, certificate, german);
        Gaps(page, certificate, german);
        Heading(page, german ? "Was diese Auskunft nicht sagt" : "What this letter does not say", 2);
        Paragraph(page, german
            ? "Wer zuvor berechtigt oder unberechtigt eine Kopie der Daten mitsamt den damaligen Schlüsseln angefertigt hat, besitzt sie weiterhin. Von anderen als den genannten Kopien ist uns nichts bekannt."
            : "Whoever made a copy of the data together with the keys of that time, rightly or wrongly, still has it. We know of no copies other than those listed.");
        Paragraph(page, german
            ? $"Zu dieser Löschung gehört ein signierter Nachweis mit der Nummer {Text(certificate, "request")}. Er enthält keine Angaben zu Ihrer Person."
            : $"A signed certificate belongs to this erasure, number {Text(certificate, "request")}. It holds nothing about you.");
        Paragraph(page, german ? "Mit freundlichen Grüßen" : "Yours faithfully");
        page.Append("<div class=\"blank\"></div>\n");
    }

    private static void Sites(StringBuilder page, JsonElement certificate, bool german)
    {
        page.Append("<table><tr>");
        foreach (var head in german ? new[] { "Ort", "Schlüssel", "Daten", "geprüft" } : ["Place", "Keys", "Data", "Checked"])
        {
            page.Append("<th>").Append(head).Append("</th>");
        }

        page.Append("</tr>\n");
        foreach (var site in certificate.GetProperty("sites").EnumerateArray())
        {
            var verified = german ? GermanDay(site, "verified") : Day(site, "verified");
            var (destroyed, open) = german ? ("vernichtet", "noch nicht") : ("destroyed", "not yet");
            var gone = german ? "gelöscht" : "deleted";
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{Html(Text(site, "city"))}</td><td>{(site.GetProperty("keys_destroyed").GetBoolean() ? destroyed : open)}</td><td>{(verified.Length > 0 ? gone : open)}</td><td>{Html(verified)}</td></tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void Held(StringBuilder page, JsonElement certificate, bool german)
    {
        var held = certificate.GetProperty("held").EnumerateArray().Select(static item => item.GetString()!).ToList();
        if (held.Count == 0)
        {
            return;
        }

        Heading(page, german ? "Was wir aufbewahren müssen" : "What we must keep", 2);
        Paragraph(page, german
            ? "Ein Teil Ihrer Daten unterliegt einer gesetzlichen Aufbewahrungspflicht. Er ist gesperrt und wird nach deren Ende von selbst gelöscht:"
            : "The law obliges us to keep a part of your data. It is restricted, and is erased by itself when that duty ends:");
        page.Append("<ul>\n");
        foreach (var item in held)
        {
            var parts = item.Split(':');
            page.Append(CultureInfo.InvariantCulture, $"<li>{Html(parts[0])} {(german ? "bis" : "until")} {Html(parts[^1])}</li>\n");
        }

        page.Append("</ul>\n");
    }

    private static void Gaps(StringBuilder page, JsonElement certificate, bool german)
    {
        var gaps = certificate.GetProperty("not_reached").EnumerateArray().Select(static gap => gap.GetProperty("site").GetString()!).ToList();
        var open = certificate.GetProperty("opens_with_current_keys_where_not_deleted").GetBoolean();
        if (gaps.Count == 0 && !open)
        {
            return;
        }

        Heading(page, german ? "Was noch nicht erreicht ist" : "What is not reached yet", 2);
        if (gaps.Count > 0)
        {
            Paragraph(page, german
                ? $"Noch nicht erreicht: {Html(string.Join(", ", gaps))}. Dort geschieht dasselbe, sobald der Ort wieder erreichbar ist oder eine Frist des Speichers abgelaufen ist."
                : $"Not reached yet: {Html(string.Join(", ", gaps))}. The same is done there as soon as the place can be reached again, or a period of its store is over.");
        }

        if (open)
        {
            Paragraph(page, german
                ? "Ein Teil Ihrer Daten lag in Dateien mit Daten anderer Personen. Er wurde daraus entfernt und die alten Fassungen wurden an den genannten Orten gelöscht; eine Kopie, die jemand vorher angefertigt hat, ließe sich mit den heutigen Schlüsseln öffnen."
                : "Some of your data was in files together with data of other people. It was removed from them, and the old versions were deleted at the places listed; a copy that somebody made before would open with today's keys.");
        }
    }

    private static void Heading(StringBuilder page, string text, int level) => page.Append(CultureInfo.InvariantCulture, $"<h{level}>{Html(text)}</h{level}>\n");

    /// <param name="page">Where to.</param>
    /// <param name="text">Its own words, in which everything that comes from elsewhere is escaped already.</param>
    private static void Paragraph(StringBuilder page, string text) => page.Append("<p>").Append(text).Append("</p>\n");

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";

    private static string Day(JsonElement element, string name) => Text(element, name) is { Length: >= 10 } time ? time[..10] : "";

    private static string GermanDay(JsonElement element, string name) => Day(element, name) is { Length: 10 } day ? $"{day[8..]}.{day[5..7]}.{day[..4]}" : "";

    private static string Html(string text) => WebUtility.HtmlEncode(text);
}
