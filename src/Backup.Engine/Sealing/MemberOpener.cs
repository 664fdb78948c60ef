using System.Buffers.Binary;
using Backup.Engine.Format;

namespace Backup.Engine.Sealing;

/// <summary>Opens one member: first its footer, then the segments that are wanted. FORMAT.md, section 7. Not for several threads.</summary>
public sealed class MemberOpener : IDisposable
{
    /// <summary>Bytes at the end of a member that say how long the frame of its footer is.</summary>
    public const int TrailerSize = sizeof(uint);

    private readonly ObjectCipher _cipher;
    private readonly DomainId _domain;

    /// <param name="repositoryId">Whose member it is.</param>
    /// <param name="domain">Whose blobs it holds.</param>
    /// <param name="header">The first <see cref="MemberSealer.HeaderSize"/> bytes of the member.</param>
    /// <exception cref="DamagedException">It is no header of a member of this domain.</exception>
    /// <exception cref="UnsupportedFormatException">The suite or a critical feature is not known.</exception>
    public MemberOpener(Hash repositoryId, DomainRecord domain, ReadOnlySpan<byte> header)
    {
        // The key comes from the keyring by the domain's id: if it does not fit, the bytes are wrong, not the key.
        _domain = domain.Id;
        _cipher = ObjectCipher.Open(new SealingContext(repositoryId, ObjectType.Member, domain.Id), domain.DataKey.Span, header)
            ?? throw Damaged("its header is not what was written");
    }

    /// <summary>Where the frame of the footer lies in a member.</summary>
    /// <param name="memberLength">Bytes of the whole member.</param>
    /// <param name="trailer">Its last <see cref="TrailerSize"/> bytes.</param>
    /// <exception cref="DamagedException">There cannot be a footer.</exception>
    public static (int Offset, int Length) LocateFooter(int memberLength, ReadOnlySpan<byte> trailer)
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(trailer);
        var most = memberLength - MemberSealer.HeaderSize - TrailerSize;
        return length >= PaddedText.PrefixSize + ObjectCipher.TagSize && length <= most
            ? (memberLength - TrailerSize - (int)length, (int)length)
            : throw new DamagedException("A member is damaged: its end does not say where its footer is.");
    }

    /// <summary>Opens the footer.</summary>
    /// <param name="offset">Of the frame in the member.</param>
    /// <param name="frame">All of it.</param>
    /// <exception cref="DamagedException">It is not what was sealed.</exception>
    public MemberFooter OpenFooter(int offset, ReadOnlySpan<byte> frame)
    {
        var padded = GC.AllocateUninitializedArray<byte>(frame.Length - ObjectCipher.TagSize);
        if (!_cipher.TryOpenFrame(0, offset, frame, padded))
        {
            throw Damaged("its footer is not what was written");
        }

        var footer = MemberFooter.Decode(PaddedText.Read(padded));
        return footer.Segments.Sum(static segment => (long)segment.FrameLength) == offset - MemberSealer.HeaderSize
            ? footer
            : throw Damaged("its segments and its footer do not belong together");
    }

    /// <summary>Opens a segment.</summary>
    /// <param name="index">Its place in the footer, from 0.</param>
    /// <param name="offset">Of the frame in the member.</param>
    /// <param name="frame">All of it.</param>
    /// <param name="stored">Takes <see cref="MemberSealer.FrameOverhead"/> bytes less than the frame has; may be its beginning.</param>
    /// <exception cref="DamagedException">It is not what was sealed.</exception>
    public void OpenSegment(int index, int offset, ReadOnlySpan<byte> frame, Span<byte> stored)
    {
        if (!_cipher.TryOpenFrame((uint)index + 1, offset, frame, stored))
        {
            throw Damaged($"its segment {index} is not what was written");
        }
    }

    public void Dispose() => _cipher.Dispose();

    private DamagedException Damaged(string what) => new($"A member of domain {_domain} is damaged: {what}.");
}
