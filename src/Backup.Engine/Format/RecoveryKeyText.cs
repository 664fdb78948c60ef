using System.Buffers;
using System.Security.Cryptography;

namespace Backup.Engine.Format;

/// <summary>What a line that should be a recovery key is.</summary>
public enum RecoveryKeyFault
{
    None,

    /// <summary>It does not begin with BKR1.</summary>
    WrongPrefix,

    /// <summary>It has too few or too many letters.</summary>
    WrongLength,

    /// <summary>It holds a character that no recovery key has.</summary>
    WrongCharacter,

    /// <summary>A letter was mistyped.</summary>
    WrongCheckValue,
}

/// <summary>
/// The recovery key as a line that a person can type. FORMAT.md, section 5.3. ASCII bytes, not strings: they can be wiped.
/// </summary>
public static class RecoveryKeyText
{
    public const int SeedSize = 32;

    /// <summary>Bytes of a written line, without a line end.</summary>
    public const int Length = 5 + Letters + ((Letters - 1) / Group);

    private const int CheckSize = 4;
    private const int Letters = 58;
    private const int Group = 6;

    private static readonly SearchValues<byte> Known = SearchValues.Create(Alphabet);

    private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"u8;

    /// <summary>Writes the line.</summary>
    /// <param name="seed">32 bytes.</param>
    /// <param name="line"><see cref="Length"/> bytes.</param>
    public static void Encode(ReadOnlySpan<byte> seed, Span<byte> line)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, SeedSize, nameof(seed));
        ArgumentOutOfRangeException.ThrowIfNotEqual(line.Length, Length, nameof(line));
        Span<byte> value = stackalloc byte[SeedSize + CheckSize];
        seed.CopyTo(value);
        Check(seed, value[SeedSize..]);
        "BKR1-"u8.CopyTo(line);
        for (var (letter, at) = (0, 5); letter < Letters; letter++)
        {
            if (letter > 0 && letter % Group == 0)
            {
                line[at++] = (byte)'-';
            }

            line[at++] = Alphabet[Bits(value, 5 * letter)];
        }

        CryptographicOperations.ZeroMemory(value);
    }

    /// <summary>Reads a line; case, blanks and hyphens do not matter.</summary>
    /// <param name="line">What was typed or stood in the file.</param>
    /// <param name="seed">32 bytes; valid only if the result is <see cref="RecoveryKeyFault.None"/>.</param>
    public static RecoveryKeyFault Decode(ReadOnlySpan<byte> line, Span<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, SeedSize, nameof(seed));
        Span<byte> letters = stackalloc byte[4 + Letters];
        Span<byte> value = stackalloc byte[SeedSize + CheckSize];
        value.Clear();
        var fault = Compact(line, letters);
        if (fault is RecoveryKeyFault.None)
        {
            fault = Decode32(letters[4..], value);
        }

        if (fault is RecoveryKeyFault.None)
        {
            Span<byte> check = stackalloc byte[CheckSize];
            Check(value[..SeedSize], check);
            value[..SeedSize].CopyTo(seed);
            fault = check.SequenceEqual(value[SeedSize..]) ? RecoveryKeyFault.None : RecoveryKeyFault.WrongCheckValue;
        }

        CryptographicOperations.ZeroMemory(letters);
        CryptographicOperations.ZeroMemory(value);
        return fault;
    }

    private static RecoveryKeyFault Compact(ReadOnlySpan<byte> line, Span<byte> letters)
    {
        var count = 0;
        foreach (var character in line)
        {
            if (character is (byte)'-' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            {
                continue;
            }

            if (count < letters.Length)
            {
                letters[count] = character is >= (byte)'a' and <= (byte)'z' ? (byte)(character - 32) : character;
            }

            count++;
        }

        return count < 4 || !letters[..4].SequenceEqual("BKR1"u8) ? RecoveryKeyFault.WrongPrefix
            : letters[4..Math.Min(count, letters.Length)].ContainsAnyExcept(Known) ? RecoveryKeyFault.WrongCharacter
            : count != letters.Length ? RecoveryKeyFault.WrongLength
            : RecoveryKeyFault.None;
    }

    private static RecoveryKeyFault Decode32(ReadOnlySpan<byte> letters, Span<byte> value)
    {
        for (var letter = 0; letter < letters.Length; letter++)
        {
            var digit = Alphabet.IndexOf(letters[letter]);
            for (var bit = 0; bit < 5; bit++)
            {
                var at = (5 * letter) + bit;
                var set = (digit >> (4 - bit)) & 1;
                if (at < 8 * value.Length)
                {
                    value[at / 8] |= (byte)(set << (7 - (at % 8)));
                }
                else if (set != 0)
                {
                    return RecoveryKeyFault.WrongCheckValue;
                }
            }
        }

        return RecoveryKeyFault.None;
    }

    /// <summary>Five bits from a position; zeros behind the end.</summary>
    private static int Bits(ReadOnlySpan<byte> value, int position)
    {
        var at = position / 8;
        var window = (value[at] << 8) | (at + 1 < value.Length ? value[at + 1] : 0);
        return (window >> (11 - (position % 8))) & 31;
    }

    private static void Check(ReadOnlySpan<byte> seed, Span<byte> check)
    {
        Span<byte> text = stackalloc byte[17 + SeedSize];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        "backup/1/recovery"u8.CopyTo(text);
        seed.CopyTo(text[17..]);
        SHA256.HashData(text, digest);
        digest[..CheckSize].CopyTo(check);
        CryptographicOperations.ZeroMemory(text);
    }
}
