using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Keys;

/// <summary>
/// X-Wing, draft-connolly-cfrg-xwing-kem-09: X25519 and ML-KEM-768 together; broken only if both are. FORMAT.md, section 5.1.
/// Seed 32 bytes, public key 1,216, ciphertext 1,120, shared secret 32.
/// </summary>
public static class XWing
{
    public const int SeedSize = 32;
    public const int PublicKeySize = SlotRecord.PublicKeySize;
    public const int CiphertextSize = EpochShareRecord.CiphertextSize;
    public const int SharedSecretSize = 32;

    /// <summary>Randomness of an encapsulation: 32 bytes for ML-KEM, 32 for X25519.</summary>
    internal const int CoinsSize = 64;

    /// <summary>The public key of a seed.</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> seed)
    {
        CheckLength(seed, SeedSize, nameof(seed));
        Libsodium.Ready();
        var publicKey = new byte[PublicKeySize];
        using var secretKey = new SecretBytes(SeedSize);
        Check(Libsodium.XWingKeyPair(publicKey, secretKey.Span, seed));
        return publicKey;
    }

    /// <summary>Draws a secret that only the holder of the public key's seed can get back.</summary>
    /// <param name="publicKey">From the keyring, never from a site.</param>
    /// <param name="sharedSecret">Takes the secret.</param>
    /// <returns>The ciphertext for the holder.</returns>
    public static byte[] Encapsulate(ReadOnlySpan<byte> publicKey, Span<byte> sharedSecret)
    {
        using var coins = SecretBytes.Draw(CoinsSize);
        return Encapsulate(publicKey, coins.Span, sharedSecret);
    }

    /// <summary>Gets the secret back. An altered ciphertext gives another secret, not an error.</summary>
    public static void Decapsulate(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> ciphertext, Span<byte> sharedSecret)
    {
        CheckLength(seed, SeedSize, nameof(seed));
        CheckLength(ciphertext, CiphertextSize, nameof(ciphertext));
        CheckLength(sharedSecret, SharedSecretSize, nameof(sharedSecret));
        Libsodium.Ready();
        Check(Libsodium.XWingDecapsulate(sharedSecret, ciphertext, seed));
    }

    /// <summary>The deterministic part of <see cref="Encapsulate(ReadOnlySpan{byte}, Span{byte})"/>, for known answers.</summary>
    internal static byte[] Encapsulate(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> coins, Span<byte> sharedSecret)
    {
        CheckLength(publicKey, PublicKeySize, nameof(publicKey));
        CheckLength(coins, CoinsSize, nameof(coins));
        CheckLength(sharedSecret, SharedSecretSize, nameof(sharedSecret));
        Libsodium.Ready();
        var ciphertext = new byte[CiphertextSize];
        Check(Libsodium.XWingEncapsulate(ciphertext, sharedSecret, publicKey, coins));
        return ciphertext;
    }

    private static void CheckLength(ReadOnlySpan<byte> bytes, int length, string name) =>
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, length, name);

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new DamagedException("A public key of an unlock slot, or what was encapsulated to it, is none of X-Wing's.");
        }
    }
}
