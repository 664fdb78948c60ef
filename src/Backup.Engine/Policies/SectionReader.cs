using System.Globalization;
using System.Net;

namespace Backup.Engine.Policies;

/// <summary>Reads the small sections, each a method. A null node gives the section's defaults.</summary>
internal static class SectionReader
{
    public static readonly string[] KeysKeys = ["passphrase_file", "passphrase_command", "passphrase_credential", "passphrase_fd"];
    public static readonly string[] LimitsKeys = ["memory", "upload", "download", "spool", "wait"];
    public static readonly string[] ErasureKeys = ["approvers", "cooling_off", "per_day", "watch"];
    public static readonly string[] VerifyKeys = ["within"];
    public static readonly string[] GcKeys = ["grace", "max_delete"];
    public static readonly string[] ScheduleKeys = ["backup", "verify", "drill", "forget"];
    public static readonly string[] LogsKeys = ["otlp", "allow_insecure"];
    public static readonly string[] ServiceKeys = ["listen"];

    private const long LeastMemory = 64L << 20;
    private const long LeastSpool = 32L << 20;

    public static KeysConfig? Keys(PolicyNode? node, PolicyReading reading)
    {
        if (Fields(node, "the keys", KeysKeys, reading) is not { } fields)
        {
            return null;
        }

        if (KeysKeys.Count(fields.Has) != 1)
        {
            reading.Faults.Add(
                fields.Node,
                $"'keys' needs exactly one of {string.Join(", ", KeysKeys)}.",
                "Say once how the passphrase is found.");
        }

        var credential = fields.Text("passphrase_credential");
        if (credential is not null && (credential.Contains('/', StringComparison.Ordinal) || credential is "." or ".."))
        {
            fields.Fault(
                "passphrase_credential",
                "'passphrase_credential' is the name of a systemd credential, and no path.",
                "Write the name that LoadCredential= gives it; for a path there is 'passphrase_file'.");
        }

        return new KeysConfig
        {
            PassphraseFile = fields.File("passphrase_file", PolicyPart.Keys, null, secret: true),
            PassphraseCommand = Command(fields, "passphrase_command"),
            PassphraseCredential = credential,
            PassphraseFd = fields.Has("passphrase_fd") ? fields.Integer("passphrase_fd", 3, 0, 1_000_000) : null,
        };
    }

    public static LimitsConfig Limits(PolicyNode? node, PolicyReading reading)
    {
        var none = new LimitsConfig();
        return Fields(node, "the limits", LimitsKeys, reading) is not { } fields ? none : new LimitsConfig
        {
            Memory = AtLeast(fields, "memory", none.Memory, LeastMemory),
            Upload = fields.Rate("upload"),
            Download = fields.Rate("download"),
            Spool = AtLeast(fields, "spool", none.Spool, LeastSpool),
            Wait = fields.Duration("wait", none.Wait),
        };
    }

    public static ErasureConfig Erasure(PolicyNode? node, PolicyReading reading)
    {
        var none = new ErasureConfig();
        return Fields(node, "the erasure rules", ErasureKeys, reading) is not { } fields ? none : new ErasureConfig
        {
            Approvers = fields.Integer("approvers", none.Approvers, 1, 16),
            CoolingOff = fields.Period("cooling_off") ?? none.CoolingOff,
            PerDay = fields.Integer("per_day", none.PerDay, 1, 1_000_000),
            Watch = fields.Period("watch") ?? none.Watch,
        };
    }

    public static VerifyConfig Verify(PolicyNode? node, PolicyReading reading)
    {
        var none = new VerifyConfig();
        if (Fields(node, "the verify rules", VerifyKeys, reading) is not { } fields)
        {
            return none;
        }

        var within = fields.Period("within") ?? none.Within;
        if (within.ApproximateDays < 1)
        {
            fields.Fault("within", $"'within' is {within}: no site can be read in less than a day.", "Write 1d or more; 30d is the default.");
        }

        return new VerifyConfig { Within = within };
    }

    public static GcConfig Gc(PolicyNode? node, PolicyReading reading)
    {
        var none = new GcConfig();
        if (Fields(node, "the rules of gc", GcKeys, reading) is not { } fields)
        {
            return none;
        }

        var share = none.MaxDelete;
        fields.Formed("max_delete", "a share from 1% to 100%, like 30%", text => TryShare(text, ref share));
        return new GcConfig { Grace = fields.Duration("grace", none.Grace), MaxDelete = share };
    }

    public static ScheduleConfig Schedule(PolicyNode? node, PolicyReading reading)
    {
        return Fields(node, "the schedule", ScheduleKeys, reading) is not { } fields ? new ScheduleConfig() : new ScheduleConfig
        {
            Backup = Cron(fields, "backup"),
            Verify = Cron(fields, "verify"),
            Drill = Cron(fields, "drill"),
            Forget = Cron(fields, "forget"),
        };
    }

    public static LogsConfig Logs(PolicyNode? node, PolicyReading reading) =>
        Fields(node, "the logs", LogsKeys, reading) is not { } fields
            ? new LogsConfig()
            : new LogsConfig { Otlp = Endpoint.Read(fields, "otlp", bare: true, fields.Flag("allow_insecure")) };

    public static ServiceConfig Service(PolicyNode? node, PolicyReading reading)
    {
        var listen = new ServiceConfig().Listen;
        Fields(node, "the service", ServiceKeys, reading)?.Formed(
            "listen",
            "an address and port, like 127.0.0.1:8475 or [::1]:8475",
            text => TryEndPoint(text, ref listen));
        return new ServiceConfig { Listen = listen };
    }

    /// <summary>A program with its arguments; one text is a line for the shell.</summary>
    private static IReadOnlyList<string>? Command(PolicyFields fields, string key)
    {
        if (fields.Find(key) is ScalarNode node)
        {
            return fields.TextOf(node, $"'{key}'") is { } line ? PassphraseSource.Shell(line) : null;
        }

        return fields.Has(key) ? fields.Texts(key, required: true) : null;
    }

    private static PolicyFields? Fields(PolicyNode? node, string what, string[] known, PolicyReading reading) =>
        node is null ? null : PolicyFields.Of(node, what, known, reading);

    private static long AtLeast(PolicyFields fields, string key, long otherwise, long least)
    {
        var size = fields.Size(key, otherwise);
        if (size < least)
        {
            fields.Fault(
                key,
                $"'{key}' is {Quantity.FormatSize(size)}, too little to work with.",
                $"Write {Quantity.FormatSize(least)} or more; {Quantity.FormatSize(otherwise)} is the default.");
        }

        return size;
    }

    private static string? Cron(PolicyFields fields, string key)
    {
        var text = fields.Text(key);
        if (text is not null && CronText.Problem(text) is { } problem)
        {
            fields.Fault(
                key,
                $"The schedule {PolicyReading.Quote(text)} {problem}.",
                "Write seconds, minutes, hours, day of month, month, day of week, like \"0 15 2 * * ?\" for 02:15 every night.");
        }

        return text;
    }

    private static bool TryShare(string text, ref double share)
    {
        if (!text.EndsWith('%') || !int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var percent))
        {
            return false;
        }

        share = percent;
        return percent is >= 1 and <= 100;
    }

    private static bool TryEndPoint(string text, ref IPEndPoint listen)
    {
        // Without a port, IPEndPoint would take port 0: any free one.
        var port = text[(text.LastIndexOf(':') + 1)..];
        var hasPort = ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
        if (!hasPort || !IPEndPoint.TryParse(text, out var endPoint) || endPoint.Port != number)
        {
            return false;
        }

        listen = endPoint;
        return true;
    }
}
