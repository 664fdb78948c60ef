using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Backup.Engine.Sources;

/// <summary>
/// The names under which a restore writes what is not whole yet: <c>.backupctl-PROCESS-RANDOM-NUMBER</c>. A restore that was killed leaves some; the next
/// one into the same directory knows them by the process that is gone.
/// </summary>
internal sealed class TemporaryNames
{
    private const string Start = ".backupctl";

    private const int RandomDigits = 16;

    private readonly string _prefix =
        string.Create(CultureInfo.InvariantCulture, $"{Start}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(RandomDigits, lowercase: true)}-");

    private long _counter;

    /// <summary>A name that nobody has. Safe for several threads.</summary>
    public byte[] Next() => Encoding.ASCII.GetBytes(_prefix + Interlocked.Increment(ref _counter).ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether a name is one of this restore.</summary>
    public bool IsOwn(ReadOnlySpan<byte> name) => name.StartsWith(Encoding.ASCII.GetBytes(_prefix));

    /// <summary>Whether a name is one of a restore that is over: its process is gone.</summary>
    public static bool IsLeftover(ReadOnlySpan<byte> name) =>
        Encoding.Latin1.GetString(name).Split('-') is [Start, var process, { Length: RandomDigits } random, var number] &&
        IsNumber(process) && random.All(char.IsAsciiHexDigitLower) && IsNumber(number) && !Directory.Exists("/proc/" + process);

    private static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}
