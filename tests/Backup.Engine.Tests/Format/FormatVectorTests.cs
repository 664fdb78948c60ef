using System.Text;
using Backup.Engine.Format;

namespace Backup.Engine.Tests.Format;

public sealed class FormatVectorTests
{
    [Fact]
    public void Text_OfEveryKind_IsReadAndWrittenAsItStands()
    {
        foreach (var vector in Vectors.Of("text"))
        {
            var text = vector.Bytes("text");
            Assert.Equal(Convert.ToHexString(text), Convert.ToHexString(Rewrite(vector.Text("what"), text)));
        }
    }

    [Fact]
    public void Cbor_Forbidden_IsDamaged()
    {
        // As the value of a key that may be ignored, behind an empty list of segments.
        Assert.Empty(MemberFooter.Decode([0xA2, 0x00, 0x80, 0x18, 0x40, 0x00]).Segments);
        foreach (var vector in Vectors.Of("cbor_refused"))
        {
            var refusal = Record.Exception(() => MemberFooter.Decode([0xA2, 0x00, 0x80, 0x18, 0x40, .. vector.Bytes("cbor")]));
            Assert.True(refusal is DamagedException, $"{vector.Text("reason")}: {refusal}");
        }
    }

    [Fact]
    public void Padme_EveryLength_IsPadded()
    {
        foreach (var vector in Vectors.Of("padme"))
        {
            Assert.Equal(vector.Number("padded"), Padme.Length(vector.Number("length")));
        }
    }

    [Fact]
    public void RecoveryKey_EveryForm_IsTheSeed()
    {
        foreach (var vector in Vectors.Of("recovery_key"))
        {
            var line = new byte[RecoveryKeyText.Length];
            RecoveryKeyText.Encode(vector.Bytes("seed"), line);
            Assert.Equal(vector.Text("line"), Encoding.ASCII.GetString(line));
            foreach (var other in vector.GetProperty("also").EnumerateArray()
                .Select(static form => form.GetString()!).Append(vector.Text("line")))
            {
                var seed = new byte[RecoveryKeyText.SeedSize];
                Assert.Equal(RecoveryKeyFault.None, RecoveryKeyText.Decode(Encoding.UTF8.GetBytes(other), seed));
                Assert.Equal(vector.Bytes("seed"), seed);
            }
        }
    }

    [Fact]
    public void RecoveryKey_Malformed_IsRefused()
    {
        foreach (var vector in Vectors.Of("recovery_key_refused"))
        {
            var fault = RecoveryKeyText.Decode(Encoding.UTF8.GetBytes(vector.Text("line")), new byte[RecoveryKeyText.SeedSize]);
            Assert.True(fault is not RecoveryKeyFault.None, vector.Text("reason"));
        }
    }

    [Fact]
    public void Derivations_Every_IsReadByATest()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Vectors.Folder, "..", "Backup.Engine.Tests"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText)
            .ToList();

        Assert.All(Vectors.Names, name => Assert.Contains(sources, source => source.Contains($"Vectors.Of(\"{name}\")", StringComparison.Ordinal)));
    }

    private static byte[] Rewrite(string what, byte[] text) => what switch
    {
        "root" => KeyringRoot.Decode(text).Encode(),
        "shard" => KeyringShard.Decode(text).Encode(),
        "member table" => MemberTable.Decode(text).Encode(),
        "index" => IndexRecord.Decode(text).Encode(),
        "snapshot" => SnapshotRecord.Decode(text).Encode(),
        "ledger payload" => LedgerPayload.Decode(text).Encode(),
        "journal record" => JournalRecord.Decode(text).Encode(),
        "page of entries" or "inner page" or "page of grafts" or "inner page of grafts" => TreePage.Decode(text).Encode(),
        "inventory" or "checkpoint inventory" => InventoryRecord.Decode(text).Encode(),
        _ => throw new InvalidOperationException($"No decoder for '{what}'."),
    };
}
