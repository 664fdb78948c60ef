using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Tests.Posix;
using CsCheck;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Indexing;

public sealed class CatalogTests : IDisposable
{
    private static readonly string[] Sites = ["unna", "falkenstein", "frankfurt"];

    private readonly ScratchFolder _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void EveryCall_AnyOrder_AnswersAsTheModel() => Operations.List[0, 25].Sample(
        operations =>
        {
            using var scratch = new ScratchFolder();
            var model = new CatalogModel();
            var catalog = Catalog.Open(scratch["catalog.db"], Ids.Repository);
            foreach (var operation in operations)
            {
                if (operation.Reopen)
                {
                    catalog.Dispose();
                    catalog = Catalog.Open(scratch["catalog.db"], Ids.Repository);
                }

                operation.Act(catalog, model);
                Compare(catalog, model);
            }

            catalog.Dispose();
            Assert.Equal(0, catalog.Losses);
        },
        iter: 150);

    [Fact]
    public void TryFind_PackThatNoInventoryLists_FindsNothingUntilOneDoes()
    {
        using var catalog = Open();
        catalog.AddIndex(Ids.Index(1), new IndexRecord([Ids.IndexedPack(1, 5)]));

        Assert.False(catalog.TryFind(Ids.Blob(5), out _));
        Assert.NotNull(Assert.Single(catalog.Locate([Ids.Blob(5)])));

        catalog.Apply(Ids.Inventory(1), Ids.Adds(1));
        Assert.True(catalog.TryFind(Ids.Blob(5), out var place));
        Assert.Equal(Ids.Place(5, 1, ObjectState.Live), place);
    }

    [Fact]
    public void TryFind_CondemnedBeforeItIsAdded_FindsNothing()
    {
        using var catalog = Open();
        catalog.Mark([Ids.Pack(1)], ObjectState.Condemned);
        catalog.Apply(Ids.Inventory(1), Ids.Adds(1));
        catalog.AddIndex(Ids.Index(1), new IndexRecord([Ids.IndexedPack(1, 5)]));

        Assert.False(catalog.TryFind(Ids.Blob(5), out _));
        Assert.Empty(catalog.Objects(ObjectClass.Pack, ObjectState.Live));
        Assert.Equal([Ids.Pack(1)], catalog.Objects(ObjectClass.Pack, ObjectState.Condemned).Select(item => item.Id));
    }

    [Fact]
    public void TryFind_AnotherProcessCondemnsThePack_FindsNothingSoon()
    {
        using var catalog = Open();
        using var other = Open();
        catalog.Apply(Ids.Inventory(1), Ids.Adds(1));
        catalog.AddIndex(Ids.Index(1), new IndexRecord([Ids.IndexedPack(1, 5)]));
        Assert.True(catalog.TryFind(Ids.Blob(5), out _));

        other.Apply(Ids.Inventory(2), Ids.Condemns(1));

        Assert.Contains(Enumerable.Range(0, 65), _ => !catalog.TryFind(Ids.Blob(5), out var _));
        Assert.False(catalog.TryFind(Ids.Blob(5), out _));
    }

    [Fact]
    public void Stands_MoreLookupsThanPayOneByOne_AnswersAsTryFindDoes()
    {
        using var catalog = Open();
        using var other = Open();
        catalog.Apply(Ids.Inventory(1), Ids.Adds(1, 2, 3));
        catalog.AddIndex(Ids.Index(1), new IndexRecord([Ids.IndexedPack(1, 4, 6), Ids.IndexedPack(2, 6), Ids.IndexedPack(3, 8)]));
        AssertSame(4, 5, 6, 7, 8, 9);

        other.Apply(Ids.Inventory(2), Ids.Condemns(1));
        Ask(65);
        AssertSame(6, 7, 8, 9);

        catalog.AddSite("a");
        catalog.AddFault("a", new FaultyCopy(ObjectClass.Pack, Ids.Pack(3), CopyFault.Damaged));
        AssertSame(6, 7);

        void Ask(int times) => Assert.All(Enumerable.Range(0, times), _ => catalog.Stands(Ids.Blob(5)));

        void AssertSame(params int[] standing)
        {
            foreach (var times in new[] { 0, 3000 })
            {
                Ask(times);
                Assert.Equal(standing, Enumerable.Range(0, 20).Where(blob => catalog.Stands(Ids.Blob(blob))));
                Assert.Equal(standing, Enumerable.Range(0, 20).Where(blob => catalog.TryFind(Ids.Blob(blob), out _)));
            }
        }
    }

    [Fact]
    public void Locate_ManyBlobs_AnswersInTheOrderAsked()
    {
        using var catalog = Open();
        catalog.Apply(Ids.Inventory(1), Ids.Adds(1, 2));
        catalog.AddIndexes([
            (Ids.Index(1), new IndexRecord([Ids.IndexedPack(1, [.. Enumerable.Range(0, 40).Select(i => 2 * i)])])),
            (Ids.Index(2), new IndexRecord([Ids.IndexedPack(2, [.. Enumerable.Range(40, 40).Select(i => 2 * i)])])),
        ]);
        var asked = Enumerable.Range(0, 5000).Select(i => i * 7919 % 200).ToList();

        var places = catalog.Locate([.. asked.Select(Ids.Blob)]);

        Assert.Equal(asked.Select(blob => blob < 160 ? Ids.Member(blob / 2 * 2) : default(Hash?)), places.Select(place => place?.Member));
    }

    [Fact]
    public void MembersOf_Domain_NamesCondemnedPacksTooButNoDeletedOnes()
    {
        using var catalog = Open();
        catalog.Apply(Ids.Inventory(1), Ids.Adds(1, 2, 3));
        catalog.AddIndex(Ids.Index(1), new IndexRecord([Ids.IndexedPack(1, 4, 6), Ids.IndexedPack(2, 5), Ids.IndexedPack(3, 4)]));
        catalog.Apply(Ids.Inventory(2), Ids.Condemns(2));
        catalog.Mark([Ids.Pack(3)], ObjectState.Deleted);

        Assert.Equal([Ids.Place(4, 1, ObjectState.Live), Ids.Place(5, 2, ObjectState.Condemned)], catalog.MembersOf(Ids.Domain(2)));
        Assert.Empty(catalog.MembersOf(Ids.Domain(77)));
    }

    [Fact]
    public void MissingIndexes_AfterAddIndex_NamesTheOthers()
    {
        using var catalog = Open();
        InventoryObject[] indexes = [new(ObjectClass.Index, Ids.Index(2), 20), new(ObjectClass.Index, Ids.Index(1), 10)];
        catalog.Apply(Ids.Inventory(1), new InventoryRecord(Ids.Repository, indexes, []));
        Assert.Equal(indexes, catalog.MissingIndexes());

        catalog.AddIndex(Ids.Index(2), new IndexRecord([]));

        Assert.Equal([indexes[1]], catalog.MissingIndexes());
        Assert.True(catalog.HasIndex(Ids.Index(2)));
        Assert.False(catalog.HasIndex(Ids.Index(1)));
        Assert.True(catalog.HasInventory(Ids.Inventory(1)));
        Assert.Equal(new ObjectTotal(2, 30), catalog.Total(ObjectClass.Index, ObjectState.Live));
        Assert.Equal((indexes[0], ObjectState.Live), catalog.Find(Ids.Index(2)));
        Assert.Null(catalog.Find(Ids.Index(3)));
    }

    [Fact]
    public void Objects_MoreThanOnePage_NamesEachOnce()
    {
        using var catalog = Open();
        var packs = Enumerable.Range(0, 10_000).ToArray();
        catalog.Apply(Ids.Inventory(1), Ids.Adds(packs));

        Assert.Equal(packs.Select(Ids.Pack), catalog.Objects(ObjectClass.Pack, ObjectState.Live).Select(item => item.Id));
    }

    [Fact]
    public async Task TryFind_WhileIndexesAreAdded_NeverFailsAndFindsAllInTheEnd()
    {
        using var catalog = Open();
        catalog.Apply(Ids.Inventory(1), Ids.Adds([.. Enumerable.Range(0, 50)]));
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(
            () =>
            {
                for (var i = 0; !stop.IsCancellationRequested; i++)
                {
                    if (catalog.TryFind(Ids.Blob(i % 100), out var place))
                    {
                        Assert.Equal(Ids.Member(i % 100 / 2 * 2), place.Member);
                    }
                }
            },
            TestContext.Current.CancellationToken)).ToList();

        for (var i = 0; i < 50; i++)
        {
            catalog.AddIndex(Ids.Index(i), new IndexRecord([Ids.IndexedPack(i, 2 * i)]));
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.All(Enumerable.Range(0, 100), i => Assert.True(catalog.TryFind(Ids.Blob(i), out _)));
        Assert.Equal(0, catalog.Losses);
    }

    private static Gen<Operation> Operations
    {
        get
        {
            var pack = Gen.Int[0, 5];
            var members = Gen.Int[0, 5].HashSet[0, 4].Select(set => set.ToArray());
            var id = Gen.Int[0, 8];
            var fault = Gen.Select(pack, Gen.Int[1, 2], (p, kind) => new FaultyCopy(ObjectClass.Pack, Ids.Pack(p), (CopyFault)kind));
            var faults = fault.List[0, 4];
            var site = Gen.Int[0, 2].Select(i => Sites[i]);
            var add = Gen.Select(id, pack, members, (index, p, m) => new Operation(
                (c, model) =>
                {
                    c.AddIndex(Ids.Index(index), new IndexRecord([Ids.IndexedPack(p, m)]));
                    model.AddIndex(Ids.Index(index), (p, m));
                },
                $"index {index}: pack {p} holds {string.Join(' ', m)}"));
            var apply = Gen.Select(id, pack.Array[0, 4], pack.Array[0, 1], (inventory, added, condemned) => new Operation(
                (c, model) =>
                {
                    var record = Ids.Adds(added) with { Condemned = Ids.Condemns(condemned).Condemned };
                    c.Apply(Ids.Inventory(inventory), record);
                    model.Apply(Ids.Inventory(inventory), record);
                },
                $"inventory {inventory}: adds {string.Join(' ', added)}, condemns {string.Join(' ', condemned)}"));
            var mark = Gen.Select(pack, Gen.Int[2, 3], (p, value) => Mark(p, (ObjectState)value));
            var listing = Gen.Select(site, faults, (s, f) => Operation.On(
                c => c.SetListing(s, f), m => m.SetListing(s, f), $"{s} lacks {string.Join(' ', f)}"));
            var damage = Gen.Select(site, pack, (s, p) => (s, new FaultyCopy(ObjectClass.Pack, Ids.Pack(p), CopyFault.Damaged)))
                .Select((s, f) => Operation.On(c => c.AddFault(s, f), m => m.AddFault(s, f), $"{s} damaged {f}"));
            var heal = Gen.Select(site, pack, (s, p) => Operation.On(
                c => c.ClearFault(s, Ids.Pack(p)), m => m.ClearFault(s, Ids.Pack(p)), $"{s} healed {p}"));
            var retire = site.Select(s => Operation.On(c => c.RemoveSite(s), m => m.RemoveSite(s), $"{s} retired"));
            var any = Gen.Frequency((4, add), (4, apply), (1, mark), (3, listing), (2, damage), (1, heal), (1, retire));
            return Gen.Select(any, Gen.Int[0, 9], (operation, reopen) => operation with { Reopen = reopen == 0 });
        }
    }

    private static Operation Mark(int pack, ObjectState state) => Operation.On(
        catalog => catalog.Mark([Ids.Pack(pack)], state), model => model.Mark([Ids.Pack(pack)], state), $"pack {pack} is {state}");

    private static void Compare(Catalog catalog, CatalogModel model)
    {
        for (var blob = 0; blob < 8; blob++)
        {
            Assert.Equal(model.Find(blob), catalog.TryFind(Ids.Blob(blob), out var place) ? place : null);
            Assert.Equal(model.Locate(blob), Assert.Single(catalog.Locate([Ids.Blob(blob)])));
        }

        for (var member = 0; member < 7; member++)
        {
            Assert.Equal(model.Places(member), catalog.Places(Ids.Member(member)));
        }

        foreach (var state in Enum.GetValues<ObjectState>())
        {
            var expected = model.Objects(state).ToList();
            var found = Enum.GetValues<ObjectClass>().Prepend(default).SelectMany(kind => catalog.Objects(kind, state));
            Assert.Equal(expected, found.Select(item => item.Id).OrderBy(expected.IndexOf));
        }

        foreach (var site in Sites)
        {
            Assert.Equal(model.Faults(site).OrderBy(fault => fault.Id).ThenBy(fault => fault.Fault), catalog.Faults(site));
        }
    }

    private Catalog Open() => Catalog.Open(_scratch["catalog.db"], Ids.Repository);

    private sealed record Operation(Action<Catalog, CatalogModel> Act, string Text, bool Reopen = false)
    {
        public static Operation On(Action<Catalog> act, Action<CatalogModel> model, string text) => new(
            (catalog, expected) =>
            {
                act(catalog);
                model(expected);
            },
            text);

        public override string ToString() => Reopen ? $"reopen, {Text}" : Text;
    }
}
