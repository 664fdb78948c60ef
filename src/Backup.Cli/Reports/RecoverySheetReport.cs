using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>The recovery sheet: what a person prints once and puts into a safe. Plain text, 80 columns, with the key as QR code too.</summary>
internal static class RecoverySheetReport
{
    public static IEnumerable<string> Lines(RecoverySheet sheet, TimeZoneInfo zone, bool onTerminal)
    {
        yield return "================================ RECOVERY SHEET ================================";
        yield return "With this key and ONE of the cities below, everything can be restored.";
        yield return "Print this page now, check it, and keep it in a safe, off the machine.";
        yield return "It is shown only this once. Whoever holds it can read every backup.";
        yield return "";
        yield return "Recovery key";
        yield return "    " + sheet.RecoveryKey;
        yield return "";
        yield return "Repository   " + sheet.Repository;
        yield return "Ledger head  " + Escape.Text(sheet.LedgerHead);
        yield return "Written      " + Units.Local(sheet.Written, zone);
        yield return "";
        yield return "Cities";
        foreach (var site in sheet.Sites)
        {
            yield return $"    {Findings.Place(site.City, site.Country)}, {Escape.Text(site.Id)}: {Escape.Text(site.Reach)}";
        }

        yield return "";
        yield return "The recovery key as QR code";
        foreach (var line in QrText.Lines(sheet.RecoveryKey, onTerminal))
        {
            yield return line;
        }

        yield return "";
        yield return "To restore on an empty machine: install backupctl; write the key's line into a";
        yield return "file that only you can read; write a policy that names one of the sites; then";
        yield return "    export BACKUP_RECOVERY_KEY_FILE=/path/to/that/file";
        yield return "    backupctl --policy FILE snapshots";
        yield return "    backupctl --policy FILE restore latest --target DIR";
        yield return "To check this sheet without changing anything: backupctl key recovery --check";
        yield return "================================================================================";
    }
}
