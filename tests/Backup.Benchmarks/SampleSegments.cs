using System.Text;
using Backup.Engine.Format;

namespace Backup.Benchmarks;

/// <summary>What is sealed and packed: half text, half noise, cut into segments.</summary>
internal static class SampleSegments
{
    public const int Length = 1 << 20;
    private const int Seed = 1;
    private const int LineLength = 64;

    public static readonly Hash Repository = Hash.Of("repository"u8);

    /// <summary>A domain without a person: its members are not padded.</summary>
    public static DomainRecord Domain(int number = 0, string? subject = null) => new()
    {
        Id = DomainId.Draw(),
        DataKey = Key(number),
        IdKey = Key(number + 1),
        ChunkKey = Key(number + 2),
        Subject = subject,
        Created = 0,
    };

    /// <summary>A segment of <see cref="Length"/> bytes, of which about half remains when it is compressed.</summary>
    public static byte[] Draw(int number)
    {
        var random = new Random(Seed + number);
        var segment = new byte[Length];
        random.NextBytes(segment.AsSpan(Length / 2));
        var text = segment.AsSpan(0, Length / 2);
        while (text.Length >= LineLength)
        {
            var line = Encoding.ASCII.GetBytes($"{random.Next():d10} a line as a log or a letter has it".PadRight(LineLength));
            line.CopyTo(text);
            text = text[line.Length..];
        }

        return segment;
    }

    private static byte[] Key(int number)
    {
        var key = new byte[32];
        new Random(Seed + number).NextBytes(key);
        return key;
    }
}
