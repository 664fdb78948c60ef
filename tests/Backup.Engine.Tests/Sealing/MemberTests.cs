using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Sealing;
using CsCheck;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Sealing;

public sealed class MemberTests
{
    private static readonly Hash Repository = Hash.Of("a repository"u8);

    private static readonly Gen<byte[][]> Segments = Gen.Byte.Array[1, 5000].Array[0, 6];

    [Theory]
    [InlineData(null)]
    [InlineData("email:a@example.net")]
    public void Open_WhatWasSealed_IsEverySegment(string? subject) =>
        Segments.Sample(
            segments =>
            {
                var domain = Domain(subject);
                var member = Seal(domain, segments);
                return Open(domain, member).SelectMany(static s => s).SequenceEqual(segments.SelectMany(static s => s));
            },
            iter: 100);

    [Fact]
    public void Open_AnyByteFlipped_IsRefused()
    {
        var domain = Domain("email:a@example.net");
        var member = Seal(domain, [new byte[100], new byte[200]]);
        for (var i = 0; i < member.Length; i++)
        {
            var altered = (byte[])member.Clone();
            altered[i] ^= 1;
            var refusal = Record.Exception(() => Open(domain, altered));
            Assert.True(refusal is DamagedException or UnsupportedFormatException, $"byte {i}: {refusal}");
        }
    }

    [Fact]
    public void Open_AnyTruncation_IsDamaged()
    {
        var domain = Domain(null);
        var member = Seal(domain, [new byte[100], new byte[200]]);
        for (var length = 76; length < member.Length; length++)
        {
            Assert.Throws<DamagedException>(() => Open(domain, member[..length]));
        }
    }

    [Fact]
    public void Open_OfAnotherDomain_IsDamaged()
    {
        var domain = Domain(null);
        var member = Seal(domain, [new byte[100]]);
        Assert.Throws<DamagedException>(() => Open(Domain(null), member));
        Assert.Throws<DamagedException>(() => Open(domain with { Id = DomainId.Draw() }, member));
    }

    [Fact]
    public void Open_SegmentsExchanged_IsDamaged()
    {
        var domain = Domain(null);
        var member = Seal(domain, [new byte[100], new byte[100]]);
        var exchanged = (byte[])member.Clone();
        member.AsSpan(72, 116).CopyTo(exchanged.AsSpan(188));
        member.AsSpan(188, 116).CopyTo(exchanged.AsSpan(72));
        Assert.Throws<DamagedException>(() => Open(domain, exchanged));
        Assert.Equal(2, Open(domain, member).Count);
    }

    [Fact]
    public void Finish_DomainWithSubject_HasPadmeLength() =>
        Segments.Sample(
            segments => Seal(Domain("customer:1"), segments) is { Length: var length } && length == Padme.Length(length),
            iter: 100);

    [Fact]
    public void Finish_BulkDomain_IsNotPadded()
    {
        byte[][] segments = [new byte[1000], new byte[333]];
        var expected = 72 + 1016 + 349 + 4 + Footer(segments).Encode().Length + 16 + 4;
        Assert.Equal(expected, Seal(Domain(null), segments).Length);
        Assert.NotEqual(expected, Padme.Length(expected));
    }

    [Fact]
    public void OpenLast_AfterSealing_IsTheSegment()
    {
        Span<byte> header = stackalloc byte[MemberSealer.HeaderSize];
        using var sealer = new MemberSealer(Repository, Domain(null), header);
        var stored = RandomNumberGenerator.GetBytes(1000);
        var frame = new byte[1016];
        for (var i = 0; i < 3; i++)
        {
            sealer.SealSegment(stored, frame);
            var opened = new byte[1000];
            sealer.OpenLast(frame, opened);
            Assert.Equal(stored, opened);
        }

        frame[500] ^= 1;
        Assert.Throws<DamagedException>(() => sealer.OpenLast(frame, new byte[1000]));
    }

    [Fact]
    public void SealSegment_InPlace_IsTheSameFrame()
    {
        var domain = Domain(null);
        var buffer = new byte[72 + 1016];
        using var sealer = new MemberSealer(Repository, domain, buffer);
        var text = RandomNumberGenerator.GetBytes(1000);
        text.CopyTo(buffer, 72);
        sealer.SealSegment(buffer.AsSpan(72, 1000), buffer.AsSpan(72));
        using var opener = new MemberOpener(Repository, domain, buffer.AsSpan(0, 72));
        opener.OpenSegment(0, 72, buffer.AsSpan(72), buffer.AsSpan(72, 1000));
        Assert.Equal(text, buffer[72..1072]);
    }

    [Fact]
    public void Seal_ManyMembersOfOneDomain_NoKeyAndNonceTwice()
    {
        var domain = Domain(null);
        var keystreams = new HashSet<Hash>();
        for (var i = 0; i < 500; i++)
        {
            // Sealed zeros are the key stream itself: equal ones would betray a repeated key and nonce.
            var member = Seal(domain, [new byte[32], new byte[32], new byte[32]]);
            foreach (var offset in new[] { 72, 120, 168 })
            {
                Assert.True(keystreams.Add(Hash.Read(member.AsSpan(offset))));
            }
        }
    }

    internal static DomainRecord Domain(string? subject) => new()
    {
        Id = DomainId.Draw(),
        DataKey = RandomNumberGenerator.GetBytes(32),
        IdKey = RandomNumberGenerator.GetBytes(32),
        ChunkKey = RandomNumberGenerator.GetBytes(32),
        Subject = subject,
        Created = 0,
    };

    private static MemberFooter Footer(byte[][] segments) => new([.. segments.Select(static segment =>
    {
        var blob = new BlobEntry(BlobKind.Content, new BlobId((ulong)segment.Length), segment.Length);
        return new SegmentEntry(segment.Length + 16, CompressionMethod.Stored, segment.Length, [blob]);
    })]);

    private static byte[] Seal(DomainRecord domain, byte[][] segments)
    {
        var member = new List<byte>();
        var header = new byte[MemberSealer.HeaderSize];
        using var sealer = new MemberSealer(Repository, domain, header);
        member.AddRange(header);
        foreach (var segment in segments)
        {
            var frame = new byte[segment.Length + MemberSealer.FrameOverhead];
            Assert.Equal(frame.Length, sealer.SealSegment(segment, frame));
            member.AddRange(frame);
        }

        member.AddRange(sealer.Finish(Footer(segments)));
        Assert.Equal(member.Count, sealer.Length);
        return [.. member];
    }

    private static List<byte[]> Open(DomainRecord domain, byte[] member)
    {
        using var opener = new MemberOpener(Repository, domain, member.AsSpan(0, MemberSealer.HeaderSize));
        var (offset, length) = MemberOpener.LocateFooter(member.Length, member.AsSpan(member.Length - MemberOpener.TrailerSize));
        var footer = opener.OpenFooter(offset, member.AsSpan(offset, length));
        var segments = new List<byte[]>();
        var at = MemberSealer.HeaderSize;
        for (var i = 0; i < footer.Segments.Count; i++)
        {
            var segment = new byte[footer.Segments[i].PlainLength];
            opener.OpenSegment(i, at, member.AsSpan(at, footer.Segments[i].FrameLength), segment);
            at += footer.Segments[i].FrameLength;
            segments.Add(segment);
        }

        return segments;
    }
}
