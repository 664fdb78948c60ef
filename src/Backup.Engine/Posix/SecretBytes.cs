using System.Security.Cryptography;

namespace Backup.Engine.Posix;

/// <summary>
/// Bytes that must not outlive their use: the garbage collector never copies them (pinned), and <see cref="Dispose"/> overwrites them with
/// zeros. Every key, passphrase and seed lies in one; none ever lies in a string.
/// </summary>
public sealed class SecretBytes : IDisposable
{
    private readonly byte[] _bytes;
    private bool _disposed;

    /// <summary>Zeros, to be filled through <see cref="Span"/>.</summary>
    public SecretBytes(int length) => _bytes = GC.AllocateArray<byte>(length, pinned: true);

    public int Length => _bytes.Length;

    /// <summary>The bytes themselves. Not to be used after <see cref="Dispose"/>.</summary>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>Random bytes of the operating system.</summary>
    public static SecretBytes Draw(int length)
    {
        var secret = new SecretBytes(length);
        RandomNumberGenerator.Fill(secret.Span);
        return secret;
    }

    /// <summary>A copy. The original is the caller's to overwrite.</summary>
    public static SecretBytes CopyOf(ReadOnlySpan<byte> bytes)
    {
        var secret = new SecretBytes(bytes.Length);
        bytes.CopyTo(secret.Span);
        return secret;
    }

    /// <summary>Compares in a time that depends on the lengths only.</summary>
    public bool EqualTo(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(Span, other);

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    /// <summary>The length and nothing else: this may end up in a log.</summary>
    public override string ToString() => $"secret of {Length} bytes";
}
