using Backup.Stores.Http;

namespace Backup.Stores.Sftp;

/// <summary>Which folder of which SSH server, and how it is reached.</summary>
public sealed record SftpStoreOptions
{
    public required string Host { get; init; }

    public int Port { get; init; } = 22;

    public required string User { get; init; }

    /// <summary>Relative to the login folder, unless it begins with '/'.</summary>
    public required string Path { get; init; }

    /// <summary>Ends with the store.</summary>
    public required SftpCredentials Credentials { get; init; }

    /// <summary>Whose host keys are trusted: no other key ever is.</summary>
    public required KnownHosts KnownHosts { get; init; }

    /// <summary>Rates, deadlines, and how many connections there are at the most.</summary>
    public TransferOptions Transfer { get; init; } = new();

    /// <summary>A connection that was not used for so long is closed. Default one minute.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How a reader of an error knows the server.</summary>
    internal string Server => Port == 22 ? Host : $"{Host}:{Port}";
}
