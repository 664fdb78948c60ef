namespace Backup.Engine.Policies;

/// <summary>What kind of secret opens the repository, and how it is got.</summary>
public enum PassphraseKind
{
    /// <summary>A file with the recovery key: only that key is tried.</summary>
    RecoveryKeyFile,

    /// <summary>A file with the passphrase.</summary>
    File,

    /// <summary>A program that prints the passphrase.</summary>
    Command,

    /// <summary>A systemd credential: a file that systemd itself protects.</summary>
    Credential,

    /// <summary>An open file descriptor.</summary>
    Descriptor,
}

/// <summary>Where the secret is that opens a repository. It says so and reads nothing.</summary>
/// <param name="Kind">How to get it.</param>
/// <param name="Path">The file, for the kinds that have one.</param>
/// <param name="Command">Program and arguments, else empty.</param>
/// <param name="Descriptor">The descriptor's number, else −1.</param>
/// <param name="Origin">The variable or key that decided, for messages.</param>
public sealed record PassphraseSource(PassphraseKind Kind, string? Path, IReadOnlyList<string> Command, int Descriptor, string Origin)
{
    /// <summary>
    /// The first that is set of <c>BACKUP_RECOVERY_KEY_FILE</c>, <c>BACKUP_PASSPHRASE_FILE</c>, <c>BACKUP_PASSPHRASE_COMMAND</c> and the policy's <c>keys:</c>.
    /// </summary>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: none is set, or a credential was named and systemd gave none.</exception>
    public static PassphraseSource Resolve(PolicyEnvironment environment, Tenant tenant)
    {
        if (environment.Get("BACKUP_RECOVERY_KEY_FILE") is { } recovery)
        {
            return OfFile(PassphraseKind.RecoveryKeyFile, environment.Absolute(recovery), "BACKUP_RECOVERY_KEY_FILE");
        }

        if (environment.Get("BACKUP_PASSPHRASE_FILE") is { } file)
        {
            return OfFile(PassphraseKind.File, environment.Absolute(file), "BACKUP_PASSPHRASE_FILE");
        }

        if (environment.Get("BACKUP_PASSPHRASE_COMMAND") is { } command)
        {
            return new PassphraseSource(PassphraseKind.Command, null, Shell(command), -1, "BACKUP_PASSPHRASE_COMMAND");
        }

        return tenant.Keys switch
        {
            { PassphraseFile: { } path } => OfFile(PassphraseKind.File, path, "passphrase_file"),
            { PassphraseCommand: { } arguments } => new PassphraseSource(PassphraseKind.Command, null, arguments, -1, "passphrase_command"),
            { PassphraseCredential: { } name } => OfCredential(environment, name),
            { PassphraseFd: { } number } => new PassphraseSource(PassphraseKind.Descriptor, null, [], number, "passphrase_fd"),
            _ => throw new BackupException(
                FailureKind.Usage,
                $"Nothing says where the passphrase of the tenant '{tenant.Id}' is.",
                "Add 'keys: { passphrase_file: … }' to the policy, or set BACKUP_PASSPHRASE_FILE, BACKUP_PASSPHRASE_COMMAND or BACKUP_RECOVERY_KEY_FILE."),
        };
    }

    /// <summary>A line for the shell as a program with arguments.</summary>
    internal static IReadOnlyList<string> Shell(string line) => ["/bin/sh", "-c", line];

    private static PassphraseSource OfFile(PassphraseKind kind, string path, string origin) => new(kind, path, [], -1, origin);

    private static PassphraseSource OfCredential(PolicyEnvironment environment, string name) =>
        environment.Get("CREDENTIALS_DIRECTORY") is { } directory
            ? OfFile(PassphraseKind.Credential, System.IO.Path.Combine(directory, name), "passphrase_credential")
            : throw new BackupException(
                FailureKind.Usage,
                $"The policy names the systemd credential '{name}', and systemd gave this process none (CREDENTIALS_DIRECTORY is not set).",
                $"Add LoadCredential={name}:FILE to the unit; outside of it set BACKUP_PASSPHRASE_FILE.");
}
