using Backup.Engine.Sources;
using CsCheck;

namespace Backup.Engine.Tests.Sources;

/// <summary>Items that are made ahead on another thread.</summary>
public sealed class AheadTests
{
    [Fact]
    public void Run_AnyLimits_GivesAllInOrder() => Gen.Select(Gen.Int[1, 5], Gen.Int[1, 30], Gen.Int[0, 40].Array[0, 60]).Sample(
        (items, weight, weights) =>
        {
            var made = weights.Select(static (weight, number) => new Item(number, weight)).ToList();

            var taken = Run(_ => made, new AheadLimits(items, weight));

            Assert.Equal(made, taken);
            Assert.DoesNotContain(made, static item => item.Disposed);
        },
        iter: 300);

    [Fact]
    public void Run_MakerFails_ThrowsAfterWhatWasMade()
    {
        var taken = new List<Item>();

        var failure = Assert.Throws<InvalidOperationException>(() => taken.AddRange(Run(static _ => Some(5, static () => throw new InvalidOperationException("five")), new AheadLimits(2, 100))));

        Assert.Equal("five", failure.Message);
        Assert.Equal([0, 1, 2, 3, 4], taken.Select(static item => item.Number));
    }

    [Fact]
    public void Run_TakerStops_DisposesWhatNobodyTookAndEndsTheMaker()
    {
        var made = new List<Item>();
        var ended = false;

        _ = Run(Make, new AheadLimits(3, 100)).First();

        Assert.True(ended);
        Assert.Equal([false, .. made.Skip(1).Select(static _ => true)], made.Select(static item => item.Disposed));

        IEnumerable<Item> Make(CancellationToken cancellation)
        {
            try
            {
                while (true)
                {
                    made.Add(new Item(made.Count, 1));
                    yield return made[^1];
                }
            }
            finally
            {
                ended = true;
            }
        }
    }

    [Fact]
    public void Run_Cancelled_EndsBoth()
    {
        using var stop = new CancellationTokenSource();

        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var item in Ahead<Item>.Run("test", static token => Some(3, () => token.WaitHandle.WaitOne()), new AheadLimits(2, 100), static item => item.Weight, stop.Token))
            {
                stop.CancelAfter(item.Number * 10);
            }
        });
    }

    private static IEnumerable<Item> Run(Func<CancellationToken, IEnumerable<Item>> make, AheadLimits limits) =>
        Ahead<Item>.Run("test", make, limits, static item => item.Weight, TestContext.Current.CancellationToken);

    private static IEnumerable<Item> Some(int count, Action end)
    {
        for (var i = 0; i < count; i++)
        {
            yield return new Item(i, 1);
        }

        end();
    }

    private sealed record Item(int Number, int Weight) : IDisposable
    {
        public bool Disposed { get; private set; }

        public void Dispose() => Disposed = true;
    }
}
