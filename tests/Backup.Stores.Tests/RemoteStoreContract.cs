using Backup.Engine.Stores;
using Backup.Stores.Tests.Services;

namespace Backup.Stores.Tests;

/// <summary>What stores at the other end of a line must do besides.</summary>
public abstract class RemoteStoreContract : ObjectStoreContract
{
    private const int Large = 6 << 20;

    /// <summary>A line to the server, which the test may cut.</summary>
    protected abstract FaultProxy StartLine();

    /// <summary>The place of <see cref="ObjectStoreContract.Store"/> through that line. Nothing is tried again.</summary>
    protected abstract IObjectStore OpenThrough(FaultProxy line);

    [Theory]
    [InlineData(200_000)]
    [InlineData(3_000_000)]
    [InlineData(Large - 1)]
    public async Task Put_LineCutInTheMiddle_LeavesNothing(int passed)
    {
        await using var line = StartLine();
        await using var store = OpenThrough(line);
        await store.StatAsync("packs/00/cut", Cancellation);
        void Cut()
        {
            // A library may try once more by itself.
            line.ResetAll();
            line.After(Direction.Up, passed, Cut);
        }

        line.After(Direction.Up, passed, Cut);
        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.PutAsync("packs/00/cut", Bytes(Large), Cancellation)));
        line.After(Direction.Up, long.MaxValue, static () => { });

        Assert.Null(await Store.StatAsync("packs/00/cut", Cancellation));
        Assert.Empty(await NamesAsync());
        Assert.True(await Store.PutAsync("packs/00/cut", Bytes(Large, seed: 1), Cancellation));
        Assert.Equal(Bytes(Large, seed: 1), await Store.GetAsync("packs/00/cut", Large, Cancellation));
    }

    [Fact]
    public async Task Get_LineCutInTheMiddle_IsUnreachableAndNeverAPart()
    {
        await Store.PutAsync("packs/00/cut", Bytes(Large), Cancellation);
        await using var line = StartLine();
        await using var store = OpenThrough(line);
        await store.StatAsync("packs/00/cut", Cancellation);
        line.After(Direction.Down, Large / 2, line.ResetAll);

        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.GetAsync("packs/00/cut", Large, Cancellation)));

        Assert.Equal(Bytes(Large), await store.GetAsync("packs/00/cut", Large, Cancellation));
    }
}
