using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Backup.Engine;
using Backup.Engine.Posix;
using Backup.Stores.Credentials;
using Renci.SshNet;
using Renci.SshNet.Security;

namespace Backup.Stores.Sftp;

/// <summary>
/// What a login is proven with: an ed25519 key as <c>ssh-keygen</c> writes it, without passphrase, or a password. It is kept in memory that is
/// overwritten at the end, and no fault repeats anything of it.
/// </summary>
public sealed class SftpCredentials : IDisposable
{
    private const string Begin = "-----BEGIN OPENSSH PRIVATE KEY-----";
    private const string End = "-----END OPENSSH PRIVATE KEY-----";
    private const string Kind = "ssh-ed25519";
    private const string Remedy = "Make one with: ssh-keygen -t ed25519 -N '' -f FILE";
    private const int SeedLength = 32;

    private readonly SecretBytes _secret;
    private readonly bool _isKey;

    private SftpCredentials(SecretBytes secret, bool isKey) => (_secret, _isKey) = (secret, isKey);

    /// <summary>What a reader of a refused login has to look at.</summary>
    internal string Name => _isKey ? "key" : "password";

    /// <summary>Reads the file of a private key.</summary>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: it cannot be read, others may read it, or it is no such key.</exception>
    public static SftpCredentials ReadKey(string path)
    {
        using var content = SecretFile.Read(path);
        return OfKey(content.Span, path);
    }

    /// <summary>Reads the file of a password.</summary>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: it cannot be read, or others may read it.</exception>
    public static SftpCredentials ReadPassword(string path) => new(SecretFile.Read(path), isKey: false);

    /// <summary>Reads a file with a login that is another than the usual one.</summary>
    /// <returns>The user and her password.</returns>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: it cannot be read, others may read it, or it has another form.</exception>
    public static (string User, SftpCredentials Credentials) ReadLogin(string path)
    {
        const string Form = """{"user": "…", "password": "…"}""";
        var file = CredentialsFile.Read(path, Form, "user", "password");
        return file["user"] is { } user && file["password"] is { } password
            ? (user, new SftpCredentials(SecretBytes.CopyOf(Encoding.UTF8.GetBytes(password)), isKey: false))
            : throw CredentialsFile.Refused(path, Form);
    }

    /// <summary>So that no log ever shows it.</summary>
    public override string ToString() => nameof(SftpCredentials);

    public void Dispose() => _secret.Dispose();

    /// <param name="file">The text of a private key.</param>
    /// <param name="path">Where it is from, for the reader of a fault.</param>
    internal static SftpCredentials OfKey(ReadOnlySpan<byte> file, string path)
    {
        var (begin, end) = (file.IndexOf(Encoding.ASCII.GetBytes(Begin)), file.IndexOf(Encoding.ASCII.GetBytes(End)));
        if (begin < 0 || end < begin)
        {
            throw NoKey(path, file);
        }

        using var binary = Decode(file[(begin + Begin.Length)..end], path);
        return new SftpCredentials(Parse(binary.Span, path), isKey: true);
    }

    /// <summary>For one connection.</summary>
    internal AuthenticationMethod MethodFor(string user)
    {
        if (!_isKey)
        {
            return new PasswordAuthenticationMethod(user, _secret.Span.ToArray());
        }

        var seed = _secret.Span.ToArray();
        var key = new ED25519Key(seed);
        CryptographicOperations.ZeroMemory(seed);
        return new PrivateKeyAuthenticationMethod(user, new PrivateKeyFile(key));
    }

    private static BackupException NoKey(string path, ReadOnlySpan<byte> file)
    {
        var what = file switch
        {
            _ when file.StartsWith("ssh-"u8) || file.StartsWith("ecdsa-"u8) => "It is the public half: name the file without '.pub'.",
            _ when file.IndexOf("PuTTY-User-Key-File"u8) >= 0 => "It is a key of PuTTY: export it in OpenSSH's form.",
            _ when file.IndexOf("-----BEGIN "u8) >= 0 => "It is a key of another form. " + Remedy,
            _ => Remedy,
        };
        return new BackupException(FailureKind.Usage, $"The key file {path} holds no private key of OpenSSH's form.", what);
    }

    private static BackupException Damaged(string path) =>
        new(FailureKind.Usage, $"The key file {path} is damaged: it does not hold what its form promises.", "Copy it again, or: " + Remedy);

    private static SecretBytes Decode(ReadOnlySpan<byte> text, string path)
    {
        using var packed = new SecretBytes(text.Length);
        var length = 0;
        foreach (var letter in text)
        {
            if (!char.IsWhiteSpace((char)letter))
            {
                packed.Span[length++] = letter;
            }
        }

        using var binary = new SecretBytes(length);
        return Base64.DecodeFromUtf8(packed.Span[..length], binary.Span, out _, out var written) == System.Buffers.OperationStatus.Done
            ? SecretBytes.CopyOf(binary.Span[..written])
            : throw Damaged(path);
    }

    /// <summary>PROTOCOL.key of OpenSSH: cipher, kdf, kdf options, number of keys, public key, private part.</summary>
    private static SecretBytes Parse(ReadOnlySpan<byte> binary, string path)
    {
        if (!binary.StartsWith("openssh-key-v1\0"u8))
        {
            throw Damaged(path);
        }

        var rest = binary["openssh-key-v1\0".Length..];
        var cipher = Take(ref rest, path);
        if (!cipher.SequenceEqual("none"u8))
        {
            throw new BackupException(
                FailureKind.Usage,
                $"The key file {path} is locked with a passphrase, which nobody can type at night.",
                $"Take the passphrase off a copy that only this machine has: ssh-keygen -p -N '' -f {path}");
        }

        _ = Take(ref rest, path);
        _ = Take(ref rest, path);
        if (Number(ref rest, path) != 1)
        {
            throw Damaged(path);
        }

        _ = Take(ref rest, path);
        return Seed(Take(ref rest, path), path);
    }

    private static SecretBytes Seed(ReadOnlySpan<byte> rest, string path)
    {
        if (Number(ref rest, path) != Number(ref rest, path))
        {
            throw Damaged(path);
        }

        var kind = Take(ref rest, path);
        if (!kind.SequenceEqual(Encoding.ASCII.GetBytes(Kind)))
        {
            throw new BackupException(FailureKind.Usage, $"The key file {path} holds a key of another kind than {Kind}.", Remedy);
        }

        var point = Take(ref rest, path);
        var both = Take(ref rest, path);
        return both.Length == 2 * SeedLength && both[SeedLength..].SequenceEqual(point) ? SecretBytes.CopyOf(both[..SeedLength]) : throw Damaged(path);
    }

    private static uint Number(ref ReadOnlySpan<byte> rest, string path)
    {
        if (!BinaryPrimitives.TryReadUInt32BigEndian(rest, out var number))
        {
            throw Damaged(path);
        }

        rest = rest[sizeof(uint)..];
        return number;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, string path)
    {
        var length = Number(ref rest, path);
        if (length > rest.Length)
        {
            throw Damaged(path);
        }

        var part = rest[..(int)length];
        rest = rest[(int)length..];
        return part;
    }
}
