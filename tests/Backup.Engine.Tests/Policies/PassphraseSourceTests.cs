using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

public sealed class PassphraseSourceTests
{
    private static readonly (string, string)[] All = [("BACKUP_RECOVERY_KEY_FILE", "r"), ("BACKUP_PASSPHRASE_FILE", "/p"), ("BACKUP_PASSPHRASE_COMMAND", "pass show x"), ("CREDENTIALS_DIRECTORY", "/run/c")];

    [Fact]
    public void Resolve_SeveralSet_TheFirstCounts()
    {
        var tenant = PolicyTexts.Read(PolicyTexts.Sound).Tenants[0];
        Assert.Equal((PassphraseKind.RecoveryKeyFile, "/here/r", "BACKUP_RECOVERY_KEY_FILE"), Short(tenant, All));
        Assert.Equal((PassphraseKind.File, "/p", "BACKUP_PASSPHRASE_FILE"), Short(tenant, All[1..]));
        var command = PassphraseSource.Resolve(Surroundings(All[2..]), tenant);
        Assert.Equal(PassphraseKind.Command, command.Kind);
        Assert.Equal(["/bin/sh", "-c", "pass show x"], command.Command);
        Assert.Equal((PassphraseKind.File, "/etc/backup/passphrase", "passphrase_file"), Short(tenant, All[3..]));
    }

    [Fact]
    public void Resolve_CommandDescriptorCredential_AreWhatThePolicySays()
    {
        Assert.Equal(["vault", "x"], PassphraseSource.Resolve(Surroundings(), Tenant("passphrase_command: [vault, x]")).Command);
        Assert.Equal(["/bin/sh", "-c", "vault x"], PassphraseSource.Resolve(Surroundings(), Tenant("passphrase_command: vault x")).Command);
        Assert.Equal(7, PassphraseSource.Resolve(Surroundings(), Tenant("passphrase_fd: 7")).Descriptor);
        Assert.Equal((PassphraseKind.Credential, "/run/c/backup", "passphrase_credential"), Short(Tenant("passphrase_credential: backup"), All[3..]));
        var exception = Assert.Throws<BackupException>(() => PassphraseSource.Resolve(Surroundings(), Tenant("passphrase_credential: backup")));
        Assert.Contains("LoadCredential=backup", exception.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_NothingSet_SaysWhatToSet()
    {
        var tenant = PolicyTexts.Read(PolicyTexts.With("keys: { passphrase_file: passphrase }\n", "")).Tenants[0];
        var exception = Assert.Throws<BackupException>(() => PassphraseSource.Resolve(Surroundings(("BACKUP_PASSPHRASE_FILE", "")), tenant));
        Assert.Equal(FailureKind.Usage, exception.Kind);
        Assert.Contains("BACKUP_RECOVERY_KEY_FILE", exception.Remedy, StringComparison.Ordinal);
        Assert.Equal(PassphraseKind.RecoveryKeyFile, PassphraseSource.Resolve(Surroundings(All), tenant).Kind);
    }

    private static Tenant Tenant(string keys) => PolicyTexts.Read(PolicyTexts.With("passphrase_file: passphrase", keys)).Tenants[0];

    private static (PassphraseKind, string?, string) Short(Tenant tenant, params (string, string)[] variables)
    {
        var source = PassphraseSource.Resolve(Surroundings(variables), tenant);
        return (source.Kind, source.Path, source.Origin);
    }

    private static PolicyEnvironment Surroundings(params (string Name, string Value)[] variables) => new()
    {
        Variable = name => variables.FirstOrDefault(each => each.Name == name).Value,
        WorkingDirectory = "/here",
    };
}
