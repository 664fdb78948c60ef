using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Format;
using Backup.Engine.Runs;

namespace Backup.Cli.Reports;

/// <summary>The lines of <c>ls</c>, <c>find</c> and <c>diff</c>.</summary>
internal static class EntryReport
{
    /// <summary>A line of <c>ls</c>; with <paramref name="detailed"/> all that <c>ls -l</c> shows.</summary>
    public static void PrintListed(Printer printer, ListedEntry listed, bool detailed) =>
        printer.Item(listed, WriteListed, listed => detailed ? Detailed(listed, printer.Zone) : Escape.Name(listed.Path) + Erased(listed, printer.Zone));

    /// <summary>A line of <c>find</c>: the snapshot, then the path.</summary>
    public static void PrintFound(Printer printer, ListedEntry found) =>
        printer.Item(found, WriteListed, found => $"{Units.Short(found.Snapshot)}  {Escape.Name(found.Path)}{Erased(found, printer.Zone)}");

    public static void PrintDifference(Printer printer, DifferenceItem item) =>
        printer.Item(item, WriteDifference, static item => $"{Sign(item.Difference)}  {Escape.Name(item.Path)}{Remark(item.Difference)}");

    private static string Detailed(ListedEntry listed, TimeZoneInfo zone)
    {
        if (listed.Entry is not { } entry)
        {
            return Escape.Name(listed.Path) + Erased(listed, zone);
        }

        var size = entry.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice
            ? $"{entry.DeviceNumber.Major}, {entry.DeviceNumber.Minor}"
            : Units.Count(entry.Size);
        var owner = $"{Escape.Text(entry.User ?? $"{entry.UserId}")}:{Escape.Text(entry.Group ?? $"{entry.GroupId}")}";
        var target = entry.LinkTarget is { } link ? " -> " + Escape.Name(link) : "";
        var incomplete = entry.Incomplete ? " [not read whole]" : "";
        return $"{Units.Mode(entry)} {owner,-17} {size,15}  {Units.Local(entry.Modified, zone)}  {Escape.Name(listed.Path)}{target}{incomplete}";
    }

    private static string Erased(ListedEntry listed, TimeZoneInfo zone) => listed.ErasedAt is { } time ? $" [erased {Units.LocalDate(time, zone)}]" : "";

    private static string Sign(Difference difference) => difference switch
    {
        Difference.Added => "+",
        Difference.Removed => "-",
        Difference.Modified => "M",
        Difference.MetadataOnly => "U",
        Difference.TypeChanged => "T",
        _ => "?",
    };

    private static string Remark(Difference difference) =>
        difference == Difference.ContentOnly ? "  [other content with the same size and time: damaged on the source, or its time was set back]" : "";

    private static void WriteListed(Utf8JsonWriter json, ListedEntry listed)
    {
        json.WriteBytes("path", listed.Path);
        json.WriteId("snapshot", listed.Snapshot);
        if (listed.ErasedAt is { } erased)
        {
            json.WriteTime("erased", erased);
        }

        if (listed.Entry is { } entry)
        {
            WriteEntry(json, entry);
        }
    }

    private static void WriteDifference(Utf8JsonWriter json, DifferenceItem item)
    {
        json.WriteBytes("path", item.Path);
        json.WriteString("difference", item.Difference switch
        {
            Difference.Added => "added",
            Difference.Removed => "removed",
            Difference.Modified => "modified",
            Difference.MetadataOnly => "metadata",
            Difference.TypeChanged => "type",
            _ => "content-only",
        });
        WriteSide(json, "before", item.Before);
        WriteSide(json, "after", item.After);
    }

    private static void WriteSide(Utf8JsonWriter json, string name, Entry? entry)
    {
        if (entry is null)
        {
            return;
        }

        json.WriteStartObject(name);
        WriteEntry(json, entry);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, Entry entry)
    {
        json.WriteString("kind", entry.Kind switch
        {
            EntryKind.File => "file",
            EntryKind.Directory => "directory",
            EntryKind.SymbolicLink => "symlink",
            EntryKind.Fifo => "fifo",
            EntryKind.Socket => "socket",
            EntryKind.CharacterDevice => "character-device",
            _ => "block-device",
        });
        json.WriteNumber("size", entry.Size);
        json.WriteString("mode", Convert.ToString(entry.Mode, 8).PadLeft(4, '0'));
        json.WriteNumber("uid", entry.UserId);
        json.WriteNumber("gid", entry.GroupId);
        json.WriteOptional("user", entry.User);
        json.WriteOptional("group", entry.Group);
        json.WriteString("mtime", Units.Utc(entry.Modified));
        json.WriteNumber("links", entry.Links);
        if (entry.LinkTarget is { } target)
        {
            json.WriteBytes("target", target);
        }

        if (entry.Kind is EntryKind.CharacterDevice or EntryKind.BlockDevice)
        {
            json.WriteNumber("major", entry.DeviceNumber.Major);
            json.WriteNumber("minor", entry.DeviceNumber.Minor);
        }

        if (entry.Incomplete)
        {
            json.WriteBoolean("incomplete", true);
        }
    }
}
