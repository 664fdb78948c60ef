using System.Buffers.Binary;
using Backup.Engine.Format;

namespace Backup.Engine.Sealing;

/// <summary>A text whose length is hidden: <c>u32 n ‖ n bytes ‖ zeros</c>. FORMAT.md, section 4.</summary>
internal static class PaddedText
{
    public const int PrefixSize = sizeof(uint);

    /// <summary>Bytes of the padded text if everything around it and itself together shall have a Padmé length.</summary>
    /// <param name="textLength">Of the text.</param>
    /// <param name="around">Bytes of everything else.</param>
    public static int PaddedLength(int textLength, long around) => (int)(Padme.Length(around + PrefixSize + textLength) - around);

    /// <summary>Fills <paramref name="destination"/>.</summary>
    public static void Write(ReadOnlySpan<byte> text, Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32BigEndian(destination, text.Length);
        text.CopyTo(destination[PrefixSize..]);
        destination[(PrefixSize + text.Length)..].Clear();
    }

    /// <summary>The text inside.</summary>
    /// <exception cref="DamagedException">The padding is none.</exception>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> padded)
    {
        var length = padded.Length < PrefixSize ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(padded);
        if (length > padded.Length - PrefixSize || padded[(PrefixSize + (int)length)..].ContainsAnyExcept((byte)0))
        {
            throw new DamagedException("A sealed object is damaged: its padding is not what was written.");
        }

        return padded.Slice(PrefixSize, (int)length);
    }
}
