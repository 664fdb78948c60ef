using Backup.Stores.Credentials;

namespace Backup.Stores.S3;

/// <summary>An access key of an S3 service.</summary>
/// <param name="AccessKey">Its name: no secret by itself, and told to nobody all the same.</param>
/// <param name="SecretKey">Signs the requests and never leaves this machine.</param>
public sealed record S3Credentials(string AccessKey, string SecretKey)
{
    private const string Form = """{"access_key": "…", "secret_key": "…"}""";

    /// <summary>Reads a credentials file.</summary>
    /// <exception cref="Engine.BackupException"><see cref="Engine.FailureKind.Usage"/>: it is missing, readable by others, or of another form.</exception>
    public static S3Credentials Read(string path)
    {
        var file = CredentialsFile.Read(path, Form, "access_key", "secret_key");
        return file["access_key"] is { } access && file["secret_key"] is { } secret
            ? new S3Credentials(access, secret)
            : throw CredentialsFile.Refused(path, Form);
    }

    /// <summary>So that no log ever shows it.</summary>
    public override string ToString() => nameof(S3Credentials);
}
