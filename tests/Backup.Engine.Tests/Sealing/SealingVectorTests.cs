using System.Text.Json;
using Backup.Engine.Format;
using Backup.Engine.Sealing;

namespace Backup.Engine.Tests.Sealing;

public sealed class SealingVectorTests
{
    [Fact]
    public void SealedObject_OfEveryType_OpensToItsText()
    {
        foreach (var vector in Vectors.Of("sealed_object"))
        {
            var (sealer, type, sealedObject) = (SealerOf(vector), (ObjectType)vector.Number("type"), vector.Bytes("object"));
            Assert.Equal(vector.Bytes("text"), sealer.Open(type, vector.Bytes("parent_key"), sealedObject));
            Assert.Equal(sealedObject.Length, sealer.Seal(type, vector.Bytes("parent_key"), vector.Bytes("text")).Length);
        }
    }

    [Fact]
    public void SealedObject_Altered_IsRefusedForItsReason()
    {
        foreach (var vector in Vectors.Of("sealed_object_refused"))
        {
            var type = (ObjectType)vector.Number("type");
            var refusal = Record.Exception(() => SealerOf(vector).Open(type, vector.Bytes("parent_key"), vector.Bytes("object")));
            var expected = vector.Text("outcome") switch
            {
                "wrong key" => refusal is WrongKeyException,
                _ => refusal is DamagedException or UnsupportedFormatException,
            };
            Assert.True(expected, $"{vector.Text("reason")}: {refusal}");
        }
    }

    [Fact]
    public void ObjectKey_OfEveryType_CommitsToTheParentKey()
    {
        foreach (var vector in Vectors.Of("object_key"))
        {
            // The derived key shows in the commitment; the frames of the other vectors show that the other half is right.
            var header = new byte[SealedHeader.Size];
            var type = (ObjectType)vector.Number("type");
            SealedHeader.Write(header, type, vector.Bytes("salt"), vector.Bytes("commitment"));
            var context = new SealingContext(Hash.Read(vector.Bytes("repository_id")), type);
            using var cipher = ObjectCipher.Open(context, vector.Bytes("parent_key"), header);
            Assert.NotNull(cipher);
            var other = vector.Bytes("parent_key");
            other[0] ^= 1;
            Assert.Null(ObjectCipher.Open(context, other, header));
        }
    }

    [Fact]
    public void Member_OfEveryDomain_OpensToItsSegments()
    {
        using var codec = new SegmentCodec();
        foreach (var vector in Vectors.Of("member"))
        {
            var (member, domain) = (vector.Bytes("member"), DomainOf(vector));
            Assert.Equal(Hash.Read(vector.Bytes("member_id")), Hash.Of(member));
            using var opener =
                new MemberOpener(Hash.Read(vector.Bytes("repository_id")), domain, member.AsSpan(0, MemberSealer.HeaderSize));
            var (offset, length) = MemberOpener.LocateFooter(member.Length, member.AsSpan(member.Length - MemberOpener.TrailerSize));
            var footer = opener.OpenFooter(offset, member.AsSpan(offset, length));
            Assert.Equal(vector.Bytes("footer_text"), footer.Encode());
            if (vector.Text("padding") == "padme")
            {
                Assert.Equal(Padme.Length(member.Length), member.Length);
            }

            var at = MemberSealer.HeaderSize;
            foreach (var (i, expected) in vector.GetProperty("segments").EnumerateArray().Index())
            {
                var segment = footer.Segments[i];
                var stored = new byte[segment.FrameLength - MemberSealer.FrameOverhead];
                opener.OpenSegment(i, at, member.AsSpan(at, segment.FrameLength), stored);
                at += segment.FrameLength;
                Assert.Equal(expected.Bytes("stored"), stored);
                var plain = new byte[segment.PlainLength];
                codec.Decompress(segment.Method, stored, plain);
                Assert.Equal(expected.Bytes("plain"), plain);
                Assert.Equal(BlobsOf(expected), segment.Blobs);
            }
        }
    }

    [Fact]
    public void Pack_Whole_HoldsItsMembersAndItsTable()
    {
        foreach (var vector in Vectors.Of("pack"))
        {
            var pack = vector.Bytes("pack");
            Assert.Equal(Hash.Read(vector.Bytes("pack_id")), Hash.Of(pack));
            Assert.Equal(Padme.Length(pack.Length), pack.Length);
            var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(pack.AsSpan(pack.Length - 4));
            var sealedTable = pack.AsSpan(pack.Length - 4 - length, length);
            var table = MemberTable.Decode(SealerOf(vector).Open(ObjectType.MemberTable, vector.Bytes("table_key"), sealedTable));
            var replaced = vector.GetProperty("replaced").EnumerateArray();
            Assert.Equal(replaced.Select(static id => Hash.Read(Convert.FromHexString(id.GetString()!))), table.Replaces);
            var members = vector.GetProperty("members").EnumerateArray().ToList();
            Assert.Equal(members.Count, table.Members.Count);
            foreach (var (expected, entry) in members.Zip(table.Members))
            {
                var member = expected.Bytes("member");
                var (domain, content) = (DomainId.Read(expected.Bytes("domain_id")), (MemberContent)expected.Number("content"));
                Assert.Equal(new MemberEntry(Hash.Of(member), domain, entry.Offset, member.Length, content), entry);
                Assert.Equal(member, pack[entry.Offset..(entry.Offset + entry.Length)]);
            }

            // Sealed by this program, the table has the same length: the padding is computed alike.
            var around = pack.Length - length;
            Assert.Equal(length, SealerOf(vector).Seal(ObjectType.MemberTable, vector.Bytes("table_key"), table.Encode(), around).Length);
        }
    }

    private static Sealer SealerOf(JsonElement vector) => new(Hash.Read(vector.Bytes("repository_id")));

    private static DomainRecord DomainOf(JsonElement vector) => new()
    {
        Id = DomainId.Read(vector.Bytes("domain_id")),
        DataKey = vector.Bytes("data_key"),
        IdKey = vector.Bytes("id_key"),
        ChunkKey = new byte[32],
        Created = 0,
    };

    private static IEnumerable<BlobEntry> BlobsOf(JsonElement segment) => segment.GetProperty("blobs").EnumerateArray().Select(
        static blob => new BlobEntry((BlobKind)blob.Number("kind"), BlobId.Read(blob.Bytes("blob_id")), (int)blob.Number("length")));
}
