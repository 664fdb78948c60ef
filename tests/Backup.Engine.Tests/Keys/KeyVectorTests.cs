using System.Text;
using System.Text.Json;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Posix;

namespace Backup.Engine.Tests.Keys;

public sealed class KeyVectorTests
{
    [Fact]
    public void RepositoryId_OfARootKey_IsItsHash()
    {
        foreach (var vector in Vectors.Of("repository_id"))
        {
            Assert.Equal(vector.Bytes("root_public_key"), Signing.PublicKey(vector.Bytes("root_seed")));
            Assert.Equal(vector.Text("repository_id"), Hash.Of(vector.Bytes("root_public_key")).ToString());
        }
    }

    [Fact]
    public void RepositoryObject_Signed_IsByteForByteTheSame()
    {
        foreach (var vector in Vectors.Of("repository_object"))
        {
            Assert.Equal(vector.Bytes("object"), Signing.SignRepository(vector.Bytes("root_seed"), vector.Number("created")));
            Assert.Equal(vector.Number("created"), Signing.OpenRepository(vector.Bytes("object")).Created);
        }
    }

    [Fact]
    public void XWing_WithItsCoins_IsTheSame()
    {
        foreach (var vector in Vectors.Of("xwing"))
        {
            var seed = vector.Bytes("seed");
            Assert.Equal(vector.Bytes("public_key"), XWing.PublicKey(seed));
            var secret = new byte[XWing.SharedSecretSize];
            byte[] coins = [.. vector.Bytes("coins_mlkem"), .. vector.Bytes("coins_x25519")];
            Assert.Equal(vector.Bytes("ciphertext"), XWing.Encapsulate(vector.Bytes("public_key"), coins, secret));
            Assert.Equal(vector.Bytes("shared_secret"), secret);
            XWing.Decapsulate(seed, vector.Bytes("forged_ciphertext"), secret);
            Assert.Equal(vector.Bytes("forged_shared_secret"), secret);
        }
    }

    [Fact]
    public void Slot_Opened_GivesItsSeed()
    {
        foreach (var vector in Vectors.Of("slot"))
        {
            var (repository, slot) = (Hash.Read(vector.Bytes("repository_id")), vector.Bytes("object"));
            using var opened = vector.Number("kind") == 1
                ? UnlockSlot.OpenWithRecoveryKey(repository, vector.Bytes("seed"), [slot])
                : UnlockSlot.OpenWithPassphrase(repository, vector.Bytes("passphrase"), [slot]);
            Assert.Equal(vector.Text("slot_id"), opened.Id.ToString());
            Assert.Equal(vector.Bytes("seed"), opened.Seed.Span.ToArray());
            Assert.Equal(slot, SlotRecord.Decode(slot).Encode());
        }
    }

    [Fact]
    public void EpochObjects_OpenedWithTheRecoveryKey_GiveTheEpochKey()
    {
        foreach (var vector in Vectors.Of("epoch_objects"))
        {
            var repository = Hash.Read(vector.Bytes("repository_id"));
            var slot = Vectors.Of("slot").First(static slot => slot.Number("kind") == 1);
            using var opened =
                new OpenedSlot(Hash.Read(slot.Bytes("slot_id")), SlotKind.Recovery, SecretBytes.CopyOf(vector.Bytes("seed")));
            using var epoch = Epoch.Open(repository, vector.Bytes("s"), vector.Bytes("a"), opened);
            Assert.Equal(vector.Text("s_name"), ObjectNames.EpochSecret(epoch.Id));
            Assert.Equal(vector.Text("a_name"), ObjectNames.EpochShare(epoch.Id));
            Assert.Equal(vector.Bytes("s"), epoch.EncodeSecret());
            using var key = epoch.DeriveKey();
            Assert.Equal(EpochKeyOf(vector), key.Span.ToArray());
        }
    }

    [Fact]
    public void EpochKey_OfItsHalves_IsDerived()
    {
        foreach (var vector in Vectors.Of("epoch_key"))
        {
            var id = new EpochId((int)vector.Number("n"), Id128.Read(vector.Bytes("random")));
            using var epoch = Epoch.Of(Hash.Read(vector.Bytes("repository_id")), id, vector.Bytes("share"), vector.Bytes("secret"));
            using var key = epoch.DeriveKey();
            Assert.Equal(vector.Bytes("epoch_key"), key.Span.ToArray());
        }
    }

    [Fact]
    public void SubjectHash_OfASubject_IsKeyed()
    {
        foreach (var vector in Vectors.Of("subject_hmac"))
        {
            ReadOnlyMemory<byte> key = vector.Bytes("subject_key");
            var keys = new RepositoryKeys([.. Enumerable.Repeat(key, KeyringRoot.RepositoryKeyCount)]);
            var hash = keys.HashSubject(Encoding.UTF8.GetString(vector.Bytes("subject")));
            Assert.Equal(vector.Text("hmac"), hash.ToString());
            foreach (var shard in vector.GetProperty("shards").EnumerateArray())
            {
                Assert.Equal(shard.Number("shard"), Keyring.ShardOf(hash, (int)shard.Number("bits")));
            }
        }
    }

    [Fact]
    public void TermAndEntry_Signed_AreByteForByteTheSame()
    {
        foreach (var vector in Vectors.Of("term_signature"))
        {
            var (repository, owner) = (Hash.Read(vector.Bytes("repository_id")), vector.Bytes("owner_public_key"));
            var random = Id128.Read(vector.Bytes("random"));
            var term = Signing.SignTerm(vector.Bytes("root_seed"), repository, vector.Number("number"), random, owner);
            Assert.Equal(vector.Bytes("signature"), term.Signature);
        }

        foreach (var vector in Vectors.Of("ledger_entry"))
        {
            var body = LedgerBody.Decode(vector.Bytes("body"));
            Assert.Equal(vector.Bytes("entry"), Signing.SignEntry(vector.Bytes("owner_seed"), body, vector.Bytes("payload")).Encode());
            var root = Vectors.Of("repository_id")[0].Bytes("root_public_key");
            var verified =
                new LedgerVerifier(Hash.Read(vector.Bytes("repository_id")), root).Verify(vector.Text("name"), vector.Bytes("entry"));
            Assert.Equal(vector.Text("name"), verified.Name);
        }
    }

    private static byte[] EpochKeyOf(JsonElement objects) =>
        Vectors.Of("epoch_key").Single(key => key.Text("random") == objects.Text("random")).Bytes("epoch_key");
}
