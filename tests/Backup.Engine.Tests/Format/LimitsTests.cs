using Backup.Engine.Format;
using CsCheck;

namespace Backup.Engine.Tests.Format;

/// <summary>What is well-formed, but what no writer may have meant.</summary>
public sealed class LimitsTests
{
    [Fact]
    public void Decode_Argon2OutOfBounds_IsDamaged()
    {
        foreach (var (memory, passes) in new[] { (65_535, 3), (1_048_577, 3), (65_536, 0), (65_536, 17) })
        {
            var parameters = new Argon2Parameters(memory, passes, new byte[16]);
            var slot = new SlotRecord(default, SlotKind.Passphrase, new byte[1216], parameters, new byte[124]);
            Assert.Throws<DamagedException>(() => SlotRecord.Decode(slot.Encode()));
        }
    }

    [Fact]
    public void Decode_BlobsThatDoNotFillTheirSegment_IsDamaged()
    {
        Assert.Throws<DamagedException>(() => MemberFooter.Decode(Footer(plainLength: 11, blob: 10)));
        Assert.Throws<DamagedException>(() => MemberFooter.Decode(Footer(plainLength: 9, blob: 10)));
        Assert.Single(MemberFooter.Decode(Footer(plainLength: 10, blob: 10)).Segments);
    }

    [Fact]
    public void Decode_SegmentTooLarge_IsDamaged() =>
        Assert.Throws<DamagedException>(() => MemberFooter.Decode(Footer(Limits.Segment + 1, Limits.Segment + 1)));

    [Fact]
    public void Decode_MembersThatOverlapOrExceedAPack_IsDamaged()
    {
        Assert.Throws<DamagedException>(() => MemberTable.Decode(Table((8, 100), (107, 100))));
        Assert.Throws<DamagedException>(() => MemberTable.Decode(Table((7, 100))));
        Assert.Throws<DamagedException>(() => MemberTable.Decode(Table((8, Limits.Pack))));
        Assert.Equal(2, MemberTable.Decode(Table((8, 100), (108, 100))).Members.Count);
    }

    [Fact]
    public void Decode_UnknownContentOrKind_IsUnsupported()
    {
        var table = new MemberTable([new MemberEntry(default, default, 8, 10, (MemberContent)4)], []);
        Assert.Throws<UnsupportedFormatException>(() => MemberTable.Decode(table.Encode()));
        var body = new RepositoryBody(default, new byte[32], 0).Encode();
        body[2] = 2;
        Assert.Throws<UnsupportedFormatException>(() => RepositoryBody.Decode(body));
    }

    [Fact]
    public void Decode_CriticalFeature_IsUnsupportedAndNamed()
    {
        // The empty array of features, the last byte, becomes an array of one.
        var body = new RepositoryBody(default, new byte[32], 0).Encode();
        var refusal = Assert.Throws<UnsupportedFormatException>(() => RepositoryBody.Decode([.. body[..^1], 0x81, 0x63, .. "new"u8]));
        Assert.Contains("new", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_TooManySlots_IsDamaged()
    {
        var shares = Enumerable.Range(0, 65)
            .Select(static i => new EncapsulatedShare(new Backup.Engine.Format.Hash(0, (ulong)i), new byte[1120], [])).ToArray();
        Assert.Throws<DamagedException>(() => EpochShareRecord.Decode(new EpochShareRecord(default, default, shares).Encode()));
        Assert.Equal(64, EpochShareRecord.Decode(new EpochShareRecord(default, default, shares[..64]).Encode()).Shares.Count);
    }

    [Fact]
    public void Decode_TooManySites_IsDamaged() => FormatGens.Bodies.Sample(
        static body =>
        {
            var site = new SiteRecord("", "", "", "", SiteState.Active, 0);
            var most = body with { Sites = [.. Enumerable.Repeat(site, Limits.Sites)] };
            Assert.Equal(Limits.Sites, LedgerBody.Decode(most.Encode()).Sites.Count);
            Assert.Throws<DamagedException>(() => LedgerBody.Decode((most with { Sites = [.. most.Sites, site] }).Encode()));
        },
        iter: 1);

    [Fact]
    public void Decode_CheckpointWithoutErasedDomains_IsDamaged()
    {
        var inventory = new InventoryRecord(default, [], [], []).Encode();

        // {…, 4: true, 5: []} without its last pair.
        var cut = inventory[..^2];
        cut[0]--;
        Assert.Throws<DamagedException>(() => InventoryRecord.Decode(cut));
        Assert.NotNull(InventoryRecord.Decode(inventory).Erased);
    }

    private static byte[] Footer(int plainLength, int blob)
    {
        BlobEntry[] blobs = [new(BlobKind.Content, default, blob)];
        return new MemberFooter([new SegmentEntry(plainLength + 16, CompressionMethod.Stored, plainLength, blobs)]).Encode();
    }

    private static byte[] Table(params (int Offset, int Length)[] members) =>
        new MemberTable([.. members.Select(static m => new MemberEntry(default, default, m.Offset, m.Length, MemberContent.Files))], [])
            .Encode();
}
