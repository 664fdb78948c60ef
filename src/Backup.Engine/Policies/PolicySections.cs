using System.Net;

namespace Backup.Engine.Policies;

/// <summary>How an unattended run gets the passphrase. Exactly one is set.</summary>
public sealed record KeysConfig
{
    /// <summary>Absolute path.</summary>
    public string? PassphraseFile { get; init; }

    /// <summary>Program and arguments; its output is the passphrase.</summary>
    public IReadOnlyList<string>? PassphraseCommand { get; init; }

    /// <summary>The name of a systemd credential.</summary>
    public string? PassphraseCredential { get; init; }

    /// <summary>The number of an open file descriptor.</summary>
    public int? PassphraseFd { get; init; }
}

/// <summary>How many copies, where.</summary>
/// <param name="Cities">Distinct cities that must hold a snapshot complete. Default: as many as the sites have, three at most.</param>
/// <param name="Countries">The only countries in which a site may lie; empty: any.</param>
/// <param name="MinDistanceKm">Sites of different cities lie at least so far apart; 0: no matter.</param>
public sealed record PlacementConfig(int Cities, IReadOnlyList<string> Countries, double MinDistanceKm);

/// <summary>What a run may take.</summary>
public sealed record LimitsConfig
{
    /// <summary>Bytes of memory of the whole process. Default 256 MiB.</summary>
    public long Memory { get; init; } = 256L << 20;

    /// <summary>Bytes per second to all sites together; null: unlimited.</summary>
    public long? Upload { get; init; }

    /// <summary>Bytes per second from all sites together; null: unlimited.</summary>
    public long? Download { get; init; }

    /// <summary>Bytes of packs that may wait on disk for a site. Default 4 GiB.</summary>
    public long Spool { get; init; } = 4L << 30;

    /// <summary>
    /// How long a run waits with a full spool before it goes on with fewer sites, and how long it brings what they lack to those that lag behind it when the
    /// snapshot stands; for that at least 10 minutes. Default 30 minutes.
    /// </summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromMinutes(30);
}

/// <summary>Who must agree to an erasure, and how fast it goes.</summary>
public sealed record ErasureConfig
{
    /// <summary>People who must agree, the one who asks included. Default 1.</summary>
    public int Approvers { get; init; } = 1;

    /// <summary>Time between approval and erasure. Default none.</summary>
    public CalendarPeriod CoolingOff { get; init; }

    /// <summary>Erasures a day. Default 10.</summary>
    public int PerDay { get; init; } = 10;

    /// <summary>How long a backup warns if it finds an identifier again that was erased. Default 90 days.</summary>
    public CalendarPeriod Watch { get; init; } = CalendarPeriod.OfDays(90);
}

/// <summary>Within which time every object of every site is read. Default 30 days.</summary>
public sealed record VerifyConfig
{
    public CalendarPeriod Within { get; init; } = CalendarPeriod.OfDays(30);
}

/// <summary>How space is freed.</summary>
public sealed record GcConfig
{
    /// <summary>Between that an object is condemned and that it is deleted, by the clock of the site. Default 24 hours.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The largest part of all data that one run may condemn without being told to, in percent. Default 30.</summary>
    public double MaxDelete { get; init; } = 30;
}

/// <summary>Quartz cron expressions; null: not scheduled.</summary>
public sealed record ScheduleConfig
{
    public string? Backup { get; init; }

    public string? Verify { get; init; }

    public string? Drill { get; init; }

    public string? Forget { get; init; }
}

/// <summary>Whom to tell, by which way; each may be null.</summary>
public sealed record AlertsConfig
{
    public MailConfig? Mail { get; init; }

    public WebhookConfig? Webhook { get; init; }

    public HeartbeatConfig? Heartbeat { get; init; }
}

/// <summary>Alerts by mail.</summary>
public sealed record MailConfig
{
    public required IReadOnlyList<string> To { get; init; }

    /// <summary>Null: the service's default.</summary>
    public string? From { get; init; }

    public required string SmtpHost { get; init; }

    /// <summary>Default 587.</summary>
    public int SmtpPort { get; init; } = 587;

    /// <summary>Absolute path; null: no login.</summary>
    public string? CredentialsFile { get; init; }
}

/// <summary>What an alert can be about.</summary>
public enum AlertKind
{
    Failed,
    Degraded,
    Damage,
    Overdue,
    Drill,
    Erasure,
    Access,
    Hold,
    Certificate,
    Sheet,
}

/// <summary>Alerts by HTTP. The address itself often is a secret: it is never printed whole.</summary>
public sealed record WebhookConfig(Uri Url, IReadOnlyList<AlertKind> On);

/// <summary>A call after each good night; its absence is the alarm. The address itself often is a secret.</summary>
public sealed record HeartbeatConfig(Uri Url);

/// <summary>Where logs go besides the journal.</summary>
public sealed record LogsConfig
{
    /// <summary>An OTLP server, or null.</summary>
    public Uri? Otlp { get; init; }
}

/// <summary>The status page.</summary>
public sealed record ServiceConfig
{
    /// <summary>Default 127.0.0.1:8475.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 8475);
}
