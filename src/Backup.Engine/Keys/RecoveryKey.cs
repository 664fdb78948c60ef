using Backup.Engine.Format;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;

namespace Backup.Engine.Keys;

/// <summary>The recovery key: the seed of an unlock slot, on paper. FORMAT.md, section 5.3.</summary>
public static class RecoveryKey
{
    private const string Remedy = "Compare it with the recovery sheet, letter by letter; blanks, hyphens and case do not matter.";

    /// <summary>Draws a new one: 32 random bytes.</summary>
    public static SecretBytes Draw() => SecretBytes.Draw(RecoveryKeyText.SeedSize);

    /// <summary>The one line that a person keeps, in ASCII, without a line end.</summary>
    public static SecretBytes ToLine(ReadOnlySpan<byte> seed)
    {
        var line = new SecretBytes(RecoveryKeyText.Length);
        RecoveryKeyText.Encode(seed, line.Span);
        return line;
    }

    /// <summary>Reads the line.</summary>
    /// <param name="line">As typed, or the content of a file.</param>
    /// <exception cref="WrongKeyException">It is malformed; the message says how.</exception>
    public static SecretBytes Parse(ReadOnlySpan<byte> line)
    {
        var seed = new SecretBytes(RecoveryKeyText.SeedSize);
        var what = RecoveryKeyText.Decode(line, seed.Span) switch
        {
            RecoveryKeyFault.None => null,
            RecoveryKeyFault.WrongPrefix => "it does not begin with BKR1",
            RecoveryKeyFault.WrongLength => "it has the wrong length",
            RecoveryKeyFault.WrongCharacter => "it holds a character other than the letters A to Z and the digits 2 to 7",
            _ => "its check value is wrong, so a letter is mistyped",
        };
        if (what is null)
        {
            return seed;
        }

        seed.Dispose();
        throw new WrongKeyException($"The recovery key is malformed: {what}.", Remedy);
    }
}
