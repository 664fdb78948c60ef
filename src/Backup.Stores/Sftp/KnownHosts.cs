using System.Security.Cryptography;
using System.Text;
using Backup.Engine;

namespace Backup.Stores.Sftp;

/// <summary>What a file of known hosts says of a key that a server showed.</summary>
internal enum HostKeyStanding
{
    /// <summary>The file has this very key for the host.</summary>
    Known,

    /// <summary>The file has nothing for the host.</summary>
    Unknown,

    /// <summary>The file has other keys for the host.</summary>
    Changed,

    /// <summary>The file says that this key must not be trusted any more.</summary>
    Revoked,
}

/// <summary>
/// The host keys that are trusted, from a file in OpenSSH's form (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): several keys for a host, names in clear,
/// as patterns or hashed, ports, revoked keys. Lines of certificate authorities are passed over: a certificate is never trusted.
/// </summary>
public sealed class KnownHosts
{
    private readonly IReadOnlyList<Line> _lines;

    private KnownHosts(string path, IReadOnlyList<Line> lines) => (Path, _lines) = (path, lines);

    public string Path { get; }

    /// <summary>Reads the file. A line that is not understood is passed over, as OpenSSH does: it can only trust less.</summary>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: it cannot be read.</exception>
    public static KnownHosts Read(string path)
    {
        try
        {
            return Parse(path, File.ReadLines(path, Encoding.UTF8));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BackupException(
                FailureKind.Usage, $"The file of known hosts {path} cannot be read: {failure.Message}",
                "Correct 'known_hosts' of the site, or let the user who runs this read it.", failure);
        }
    }

    internal static KnownHosts Parse(string path, IEnumerable<string> lines) => new(path, [.. lines.Select(Line.Parse).OfType<Line>()]);

    /// <summary>How OpenSSH writes a host: with its port if that is not 22.</summary>
    internal static string NameOf(string host, int port) => port == 22 ? host.ToLowerInvariant() : $"[{host.ToLowerInvariant()}]:{port}";

    /// <summary>The kinds of the keys that are trusted for a host, in the order of the file: a client must ask for one that it knows.</summary>
    internal IReadOnlyList<string> KindsOf(string host, int port) =>
        [.. _lines.Where(line => !line.IsRevoked && line.Matches(NameOf(host, port))).Select(static line => line.Kind).Distinct(StringComparer.Ordinal)];

    /// <param name="host">As the policy names it.</param>
    /// <param name="port">As the policy names it.</param>
    /// <param name="key">The public key as the protocol carries it.</param>
    internal HostKeyStanding Judge(string host, int port, ReadOnlySpan<byte> key)
    {
        var (name, standing) = (NameOf(host, port), HostKeyStanding.Unknown);
        foreach (var line in _lines)
        {
            if (!line.Matches(name))
            {
                continue;
            }

            var same = key.SequenceEqual(line.Key);
            if (line.IsRevoked && same)
            {
                return HostKeyStanding.Revoked;
            }

            if (!line.IsRevoked)
            {
                standing = same || standing == HostKeyStanding.Known ? HostKeyStanding.Known : HostKeyStanding.Changed;
            }
        }

        return standing;
    }

    private sealed record Line(string Names, string Kind, byte[] Key, bool IsRevoked)
    {
        public static Line? Parse(string text)
        {
            var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var isRevoked = words is ["@revoked", ..];
            if (words.Length == 0 || words[0][0] == '#' || (words[0][0] == '@' && !isRevoked))
            {
                return null;
            }

            return words[(isRevoked ? 1 : 0)..] is [var names, var kind, var key, ..] && Decode(key) is { } bytes && IsOfKind(bytes, kind)
                ? new Line(names.ToLowerInvariant() is var lower && names[0] == '|' ? names : lower, kind, bytes, isRevoked)
                : null;
        }

        public bool Matches(string name)
        {
            if (Names[0] == '|')
            {
                return MatchesHash(name);
            }

            var any = false;
            foreach (var pattern in Names.Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                if (pattern[0] == '!' && IsLike(name, pattern.AsSpan(1)))
                {
                    return false;
                }

                any |= pattern[0] != '!' && IsLike(name, pattern);
            }

            return any;
        }

        /// <summary><c>|1|salt|hash</c>: HMAC-SHA-1 of the name under the salt.</summary>
        private bool MatchesHash(string name) =>
            Names.Split('|') is ["", "1", var salt, var hash] && Decode(salt) is { } key && Decode(hash) is { } expected &&
            CryptographicOperations.FixedTimeEquals(CryptographicOperations.HmacData(HashAlgorithmName.SHA1, key, Encoding.UTF8.GetBytes(name)), expected);

        /// <summary>The key begins with the name of its kind.</summary>
        private static bool IsOfKind(ReadOnlySpan<byte> key, string kind) =>
            key.Length > sizeof(uint) + kind.Length && key.Slice(sizeof(uint), kind.Length).SequenceEqual(Encoding.ASCII.GetBytes(kind));

        private static byte[]? Decode(string text)
        {
            var bytes = new byte[text.Length];
            return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : null;
        }

        /// <summary>'*' is any text, '?' any letter.</summary>
        private static bool IsLike(ReadOnlySpan<char> name, ReadOnlySpan<char> pattern)
        {
            int at = 0, next = 0, star = -1, resume = 0;
            while (at < name.Length)
            {
                if (next < pattern.Length && pattern[next] == '*')
                {
                    (star, resume) = (next++, at);
                }
                else if (next < pattern.Length && (pattern[next] == '?' || pattern[next] == name[at]))
                {
                    (at, next) = (at + 1, next + 1);
                }
                else if (star >= 0)
                {
                    (next, at) = (star + 1, ++resume);
                }
                else
                {
                    return false;
                }
            }

            return pattern[next..].TrimStart('*').IsEmpty;
        }
    }
}
