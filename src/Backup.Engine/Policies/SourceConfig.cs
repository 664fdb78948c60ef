namespace Backup.Engine.Policies;

/// <summary>What is read, as the policy describes it.</summary>
public abstract record SourceConfig
{
    public required string Id { get; init; }

    /// <summary><c>files</c>, <c>mariadb</c>, <c>postgres</c> or <c>command</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The class of what no rule or map gives another; null: nothing of it is forgotten.</summary>
    public RetentionClass? Class { get; init; }

    /// <summary>Given to each snapshot.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Run before the source is read, in order.</summary>
    public IReadOnlyList<HookConfig> Before { get; init; } = [];

    /// <summary>Run after the source was read, also when <see cref="Before"/> or the reading failed.</summary>
    public IReadOnlyList<HookConfig> After { get; init; } = [];

    /// <summary>Queries or commands of the operator that a drill runs on what it restored.</summary>
    public IReadOnlyList<string> Check { get; init; } = [];
}

/// <summary>A shell command with its time limit.</summary>
public sealed record HookConfig(string Run, TimeSpan Timeout)
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(10);
}

/// <summary>A source whose paths the subject rules know.</summary>
public abstract record PathSourceConfig : SourceConfig
{
    /// <summary>As the policy writes them.</summary>
    public IReadOnlyList<SubjectRuleConfig> Subjects { get; init; } = [];

    /// <summary>The same, compiled.</summary>
    public SubjectRules Rules { get; init; } = SubjectRules.None;
}

/// <summary>File trees.</summary>
public sealed record FilesSourceConfig : PathSourceConfig
{
    public override string Kind => "files";

    /// <summary>Absolute, each once.</summary>
    public required IReadOnlyList<string> Roots { get; init; }

    /// <summary>Patterns as in a .gitignore, the later ones stronger.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Other file systems mounted below a root are left out. Default false.</summary>
    public bool OneFileSystem { get; init; }

    /// <summary>Folders with a valid CACHEDIR.TAG are left out. Default false.</summary>
    public bool ExcludeCaches { get; init; }

    /// <summary>Folders that hold an entry of one of these names are left out.</summary>
    public IReadOnlyList<string> ExcludeIfPresent { get; init; } = [];

    /// <summary>Longer files (in bytes) are left out; null: none is.</summary>
    public long? ExcludeLargerThan { get; init; }
}

/// <summary>What a database does with tables that cannot be read in a transaction.</summary>
public enum NonTransactional
{
    /// <summary>A short lock while they are read.</summary>
    Lock,

    /// <summary>No lock; they are listed.</summary>
    Warn,
}

/// <summary>What becomes of tables that the data map does not name.</summary>
public enum UnmappedTables
{
    /// <summary>The run fails.</summary>
    Fail,

    /// <summary>Their rows are nobody's.</summary>
    Shared,
}

/// <summary>Which database server it is.</summary>
public enum DatabaseKind
{
    MariaDb,
    Postgres,
}

/// <summary>A MariaDB or PostgreSQL database.</summary>
public sealed record DatabaseSourceConfig : SourceConfig
{
    public required DatabaseKind Server { get; init; }

    public override string Kind => Server == DatabaseKind.MariaDb ? "mariadb" : "postgres";

    public required string Database { get; init; }

    /// <summary>Absolute path of a my.cnf or pg_service.conf; null: the server's default on this machine.</summary>
    public string? ConnectionFile { get; init; }

    /// <summary>Absolute path of the data map; null: all rows are nobody's.</summary>
    public string? Map { get; init; }

    /// <summary>The map itself; null if there is none, or if its file cannot be read now.</summary>
    public DataMap? DataMap { get; init; }

    public IReadOnlyDictionary<string, string> MapParameters { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Default <see cref="NonTransactional.Lock"/>.</summary>
    public NonTransactional NonTransactional { get; init; }

    /// <summary>Default <see cref="UnmappedTables.Fail"/>.</summary>
    public UnmappedTables UnmappedTables { get; init; }
}

/// <summary>The output of a command as one file.</summary>
public sealed record CommandSourceConfig : PathSourceConfig
{
    public override string Kind => "command";

    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The file's path in the snapshot, relative.</summary>
    public required string Path { get; init; }

    /// <summary>Less output is a failure. Default 1: an empty output never looks like success.</summary>
    public long MinBytes { get; init; } = 1;
}

/// <summary>A source of which nothing tells the kind: it stands in while a faulty policy is read, so that the other faults are found too.</summary>
internal sealed record UnknownSourceConfig : SourceConfig
{
    public override string Kind => "unknown";
}
