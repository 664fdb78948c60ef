using Renci.SshNet;

namespace Backup.Stores.Sftp;

/// <summary>
/// What may be agreed on with a server: nothing that rests on SHA-1, MD5, DSA, CBC or certificates, whatever the library offers besides.
/// </summary>
internal static class SshAlgorithms
{
    private static readonly string[] HostKeys =
        ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256"];

    /// <summary>Takes away what is weak, and asks first for the host keys that are known: a server has several, and shows one.</summary>
    /// <param name="connection">What the library would offer.</param>
    /// <param name="known">Kinds of the known keys of the host.</param>
    public static void Restrict(ConnectionInfo connection, IReadOnlyList<string> known)
    {
        Keep(connection.KeyExchangeAlgorithms, static name => !name.Contains("sha1", StringComparison.Ordinal));
        Keep(connection.Encryptions, static name =>
            name.Contains("-gcm@", StringComparison.Ordinal) || name.EndsWith("-ctr", StringComparison.Ordinal) || name.StartsWith("chacha20", StringComparison.Ordinal));
        Keep(connection.HmacAlgorithms, static name => name.StartsWith("hmac-sha2-", StringComparison.Ordinal));

        var wanted = HostKeys.OrderBy(name => known.Contains(KindOf(name), StringComparer.Ordinal) ? 0 : 1).ToList();
        var offered = connection.HostKeyAlgorithms.ToDictionary(StringComparer.Ordinal);
        connection.HostKeyAlgorithms.Clear();
        foreach (var name in wanted.Where(offered.ContainsKey))
        {
            connection.HostKeyAlgorithms.Add(name, offered[name]);
        }
    }

    /// <summary>A key of kind <c>ssh-rsa</c> signs in three ways; the oldest, of the same name, is not among them.</summary>
    private static string KindOf(string algorithm) => algorithm.StartsWith("rsa-", StringComparison.Ordinal) ? "ssh-rsa" : algorithm;

    private static void Keep<T>(IOrderedDictionary<string, T> algorithms, Func<string, bool> keep)
    {
        foreach (var name in algorithms.Keys.Where(name => !keep(name)).ToList())
        {
            algorithms.Remove(name);
        }
    }
}
