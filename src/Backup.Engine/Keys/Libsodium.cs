using System.Runtime.InteropServices;

namespace Backup.Engine.Keys;

/// <summary>The functions of libsodium 1.0.22 that NSec ships but does not offer.</summary>
internal static partial class Libsodium
{
    private const string Library = "libsodium";

    static Libsodium()
    {
        if (Initialize() < 0)
        {
            throw new BackupException(FailureKind.Failed, "libsodium cannot be initialized on this machine.");
        }
    }

    /// <summary>Forces the initialization, once.</summary>
    public static void Ready()
    {
    }

    [LibraryImport(Library, EntryPoint = "crypto_kem_xwing_seed_keypair")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int XWingKeyPair(Span<byte> publicKey, Span<byte> secretKey, ReadOnlySpan<byte> seed);

    [LibraryImport(Library, EntryPoint = "crypto_kem_xwing_enc_deterministic")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int XWingEncapsulate(
        Span<byte> ciphertext, Span<byte> sharedSecret, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> coins);

    [LibraryImport(Library, EntryPoint = "crypto_kem_xwing_dec")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    public static partial int XWingDecapsulate(Span<byte> sharedSecret, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> secretKey);

    [LibraryImport(Library, EntryPoint = "sodium_init")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]
    private static partial int Initialize();
}
