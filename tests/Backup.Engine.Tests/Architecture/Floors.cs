namespace Backup.Engine.Tests.Architecture;

/// <summary>The design's tables as data.</summary>
internal static class Floors
{
    /// <summary>The folders of the engine by floors, the lowest first. A folder uses lower floors only.</summary>
    public static readonly string[][] Folders =
    [
        ["Format", "Stores", "Posix"],
        ["Sources", "Chunking", "Sealing", "Policies", "Records"],
        ["Keys", "Packing", "Sites"],
        ["Ledger", "Indexing"],
        ["Blobs"],
        ["Snapshots"],
        ["Runs"],
    ];

    /// <summary>What each project may refer to.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Projects = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Backup.Engine"] = [],
        ["Backup.Stores"] = ["Backup.Engine"],
        ["Backup.Databases"] = ["Backup.Engine"],
        ["Backup.Service"] = ["Backup.Stores", "Backup.Databases"],
        ["Backup.Cli"] = ["Backup.Service"],
    };

    /// <summary>What each project may use beside .NET itself. A storage SDK belongs to Stores, a database driver to Databases.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Packages = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Backup.Engine"] =
        [
            "Microsoft.Data.Sqlite", "NSec.Cryptography", "System.Formats.Cbor", "System.IO.Hashing", "YamlDotNet", "ZstdSharp.Port",
        ],
        ["Backup.Stores"] = ["AWSSDK.S3", "Azure.Storage.Blobs", "SSH.NET", "Polly"],
        ["Backup.Databases"] = ["MySqlConnector", "Npgsql"],
        ["Backup.Service"] = ["Microsoft.Extensions.Hosting", "MailKit", "Quartz", "OpenTelemetry"],
        ["Backup.Cli"] = ["QRCoder", "Spectre.Console", "System.CommandLine"],
    };

    /// <summary>Members of System.IO that write, delete or rename. Only Posix/ knows how to do that durably.</summary>
    public static readonly string[] Writers =
    [
        "System.IO.FileStream", "System.IO.StreamWriter", "System.IO.BinaryWriter", "System.IO.FileInfo", "System.IO.DirectoryInfo",
        "System.IO.RandomAccess", "System.IO.File::Write", "System.IO.File::Append", "System.IO.File::Create", "System.IO.File::Open",
        "System.IO.File::Copy", "System.IO.File::Move", "System.IO.File::Delete", "System.IO.File::Replace", "System.IO.File::Set",
        "System.IO.Directory::Create", "System.IO.Directory::Delete", "System.IO.Directory::Move", "System.IO.Directory::Set",
    ];

    /// <summary>Members that look like one of those and only read.</summary>
    public static readonly string[] Readers = ["System.IO.File::OpenRead", "System.IO.File::OpenText"];
}
