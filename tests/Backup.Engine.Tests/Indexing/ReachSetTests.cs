using Backup.Engine.Format;
using Backup.Engine.Indexing;
using CsCheck;

namespace Backup.Engine.Tests.Indexing;

public sealed class ReachSetTests
{
    /// <summary>Few different ids, so that each comes again; among them those whose bits are all zero.</summary>
    private static readonly Gen<BlobId> Blobs = Gen.Select(Gen.ULong[0, 400], Gen.Bool).Select(static (low, spread) => new BlobId(new Id128(7, spread ? low * 0x9E37_79B9_7F4A_7C15 : low * 2)));

    [Fact]
    public void Set_AnyOrder_IsThatOfTheModel() => Gen.Select(Blobs.Array[0, 6_000], Blobs.Array[0, 50], Blobs.Array[0, 200]).Sample(
        static (added, found, asked) =>
        {
            var (set, model) = (new ReachSet(), new HashSet<ulong>());
            foreach (var blob in added)
            {
                set.Add(blob);
                model.Add(Key(blob));
            }

            var met = found.Where(blob => model.Contains(Key(blob))).Select(Key).ToHashSet();
            Array.ForEach(found, set.Find);

            Assert.Equal((model.Count, met.Count), (set.Count, set.Found));
            Assert.All(asked, blob => Assert.Equal(model.Contains(Key(blob)), set.Contains(blob)));
            Assert.All(asked, blob => Assert.Equal(model.Contains(Key(blob)) && !met.Contains(Key(blob)), set.IsMissing(blob)));
            set.Reset();
            Assert.Equal(0, set.Found);
        },
        iter: 200);

    private static ulong Key(BlobId blob) => Math.Max(blob.Value.Low & ~1UL, 2);
}
