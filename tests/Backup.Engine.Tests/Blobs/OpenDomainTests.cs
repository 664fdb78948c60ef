using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Keys;

namespace Backup.Engine.Tests.Blobs;

public sealed class OpenDomainTests
{
    [Fact]
    public void IdOf_Vectors_IsTheBlobId()
    {
        foreach (var vector in Vectors.Of("blob_id"))
        {
            using var keyring = Keyring.Draw();
            using var domain = new OpenDomain(keyring.AddDomain(null, null, null, 0) with { IdKey = vector.Bytes("id_key") });

            // Twice: the hash of one blob leaves nothing for the next.
            Assert.Equal(vector.Text("blob_id"), $"{domain.IdOf((BlobKind)vector.Number("kind"), vector.Bytes("bytes"))}");
            Assert.Equal(vector.Text("blob_id"), $"{domain.IdOf((BlobKind)vector.Number("kind"), vector.Bytes("bytes"))}");
        }
    }
}
