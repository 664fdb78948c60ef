using System.Buffers;
using Backup.Engine.Format;
using Backup.Engine.Sealing;

namespace Backup.Engine.Blobs;

/// <summary>A place where the bytes of one pack can be read: a site, or the local cache.</summary>
internal interface IPackPlace
{
    /// <summary>The id of the site that was read last, or will be first; null for the cache.</summary>
    string? Site { get; }

    /// <summary>Bytes of the pack that came from a site are used: it is this one that is read on, and that answers for them.</summary>
    void Follow(string site)
    {
    }

    /// <summary>Reads exactly the length of <paramref name="destination"/>.</summary>
    /// <exception cref="BackupException">It cannot be read here.</exception>
    void Read(long offset, Memory<byte> destination);

    /// <summary>The same into memory that cannot be kept; for small parts.</summary>
    void Read(long offset, Span<byte> destination)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(destination.Length);
        try
        {
            Read(offset, buffer.AsMemory(0, destination.Length));
            buffer.AsSpan(0, destination.Length).CopyTo(destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>A member whose footer was opened: it knows where its blobs are. Not for several threads.</summary>
internal sealed class OpenMember : IDisposable
{
    private readonly MemberOpener _opener;
    private readonly int[] _offsets;

    private OpenMember(MemberOpener opener, MemberFooter footer)
    {
        _opener = opener;
        Footer = footer;
        _offsets = new int[footer.Segments.Count];
        var offset = MemberSealer.HeaderSize;
        for (var i = 0; i < _offsets.Length; i++)
        {
            _offsets[i] = offset;
            offset += footer.Segments[i].FrameLength;
        }
    }

    public MemberFooter Footer { get; }

    /// <summary>Opens a member: its header, trailer and footer are read, and nothing else.</summary>
    /// <param name="repository">Its repository.</param>
    /// <param name="domain">Its domain.</param>
    /// <param name="length">Bytes of the member.</param>
    /// <param name="read">Reads bytes of the member.</param>
    public static OpenMember Open(Hash repository, DomainRecord domain, int length, ReadMember read)
    {
        Span<byte> header = stackalloc byte[MemberSealer.HeaderSize];
        Span<byte> trailer = stackalloc byte[MemberOpener.TrailerSize];
        if (length < header.Length + trailer.Length)
        {
            throw new DamagedException("A member is damaged: it is too short.");
        }

        read(0, header);
        read(length - trailer.Length, trailer);
        var (offset, frameLength) = MemberOpener.LocateFooter(length, trailer);
        var frame = new byte[frameLength];
        read(offset, frame);
        var opener = new MemberOpener(repository, domain, header);
        try
        {
            return new OpenMember(opener, opener.OpenFooter(offset, frame));
        }
        catch
        {
            opener.Dispose();
            throw;
        }
    }

    /// <summary>Opens a segment.</summary>
    /// <param name="segment">Its place in the footer.</param>
    /// <param name="read">Reads bytes of the member.</param>
    /// <param name="codec">Decompresses; of this thread.</param>
    /// <param name="scratch">At least the frame's length.</param>
    /// <param name="plain">Exactly the plain length.</param>
    public void ReadSegment(int segment, ReadMember read, SegmentCodec codec, Span<byte> scratch, Span<byte> plain)
    {
        var entry = Footer.Segments[segment];
        var frame = scratch[..entry.FrameLength];
        read(_offsets[segment], frame);
        var stored = frame[..(entry.FrameLength - MemberSealer.FrameOverhead)];
        _opener.OpenSegment(segment, _offsets[segment], frame, stored);
        codec.Decompress(entry.Method, stored, plain);
    }

    public void Dispose() => _opener.Dispose();
}

/// <summary>Reads bytes of a member, counted from its beginning.</summary>
internal delegate void ReadMember(int offset, Span<byte> destination);
