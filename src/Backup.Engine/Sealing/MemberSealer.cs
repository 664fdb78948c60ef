using System.Buffers.Binary;
using Backup.Engine.Format;

namespace Backup.Engine.Sealing;

/// <summary>
/// Seals one member: its header, then its segments in order, then its footer. The footer is frame 0 and the segments are frames 1, 2, …,
/// for a reader opens the footer before it knows how many segments there are. FORMAT.md, section 7. Not for several threads.
/// </summary>
public sealed class MemberSealer : IDisposable
{
    public const int HeaderSize = SealedHeader.Size;

    /// <summary>Bytes that sealing adds to a segment.</summary>
    public const int FrameOverhead = ObjectCipher.TagSize;

    private readonly ObjectCipher _cipher;
    private readonly bool _padded;
    private uint _segments;
    private bool _finished;

    /// <summary>Begins a member.</summary>
    /// <param name="repositoryId">Whose it is.</param>
    /// <param name="domain">Whose blobs it holds; its data key is the parent key.</param>
    /// <param name="header">Takes <see cref="HeaderSize"/> bytes: the beginning of the member.</param>
    public MemberSealer(Hash repositoryId, DomainRecord domain, Span<byte> header)
    {
        _cipher = ObjectCipher.Begin(new SealingContext(repositoryId, ObjectType.Member, domain.Id), domain.DataKey.Span, header);
        _padded = domain.Subject is not null;
        Length = HeaderSize;
    }

    /// <summary>Bytes of the member so far.</summary>
    public int Length { get; private set; }

    /// <summary>Seals the next segment as the frame that follows what is there.</summary>
    /// <param name="stored">As the segment codec left it. May be the beginning of <paramref name="destination"/>: then it is sealed in
    /// place.</param>
    /// <param name="destination">At least <see cref="FrameOverhead"/> bytes longer.</param>
    /// <returns>Length of the frame.</returns>
    public int SealSegment(ReadOnlySpan<byte> stored, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        var length = stored.Length + FrameOverhead;
        _cipher.SealFrame(++_segments, Length, stored, destination[..length]);
        Length += length;
        return length;
    }

    /// <summary>Opens the frame that <see cref="SealSegment"/> sealed last, for comparison.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="stored">Takes <see cref="FrameOverhead"/> bytes less.</param>
    /// <exception cref="DamagedException">It is not what was sealed: memory or processor cannot be trusted.</exception>
    public void OpenLast(ReadOnlySpan<byte> frame, Span<byte> stored)
    {
        if (!_cipher.TryOpenFrame(_segments, Length - frame.Length, frame, stored))
        {
            throw new DamagedException("A segment that was just sealed does not open.");
        }
    }

    /// <summary>Seals the footer and ends the member. In a domain with a subject, padding brings the member to a Padmé length.</summary>
    /// <returns>The footer's frame and its length: the end of the member.</returns>
    public byte[] Finish(MemberFooter footer)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        _finished = true;
        var text = footer.Encode();
        var length = _padded
            ? PaddedText.PaddedLength(text.Length, Length + ObjectCipher.TagSize + sizeof(uint))
            : PaddedText.PrefixSize + text.Length;
        var frameLength = length + ObjectCipher.TagSize;
        var end = GC.AllocateUninitializedArray<byte>(frameLength + sizeof(uint));
        PaddedText.Write(text, end.AsSpan(0, length));
        _cipher.SealFrame(0, Length, end.AsSpan(0, length), end.AsSpan(0, frameLength));
        BinaryPrimitives.WriteInt32BigEndian(end.AsSpan(frameLength), frameLength);
        Length += end.Length;
        return end;
    }

    public void Dispose()
    {
        _finished = true;
        _cipher.Dispose();
    }
}
