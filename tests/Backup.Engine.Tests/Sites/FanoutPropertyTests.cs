using System.Collections.Concurrent;
using Backup.Engine.Sites;
using Backup.Engine.Stores;
using CsCheck;

namespace Backup.Engine.Tests.Sites;

/// <summary>
/// Whatever the sites do: what is said to stand stands, what is not said to stand is backlog, and nothing stands without what it rests on.
/// </summary>
public sealed class FanoutPropertyTests
{
    /// <summary>What a store does at one call.</summary>
    public enum Behaviour
    {
        Well,
        WellLater,
        UnreachableBefore,
        AnswerLost,
        FullBefore,
        MistakeBefore,
    }

    private static readonly Gen<Behaviour> AnyBehaviour = Gen.Frequency(
        (12, Gen.Const(Behaviour.Well)),
        (4, Gen.Const(Behaviour.WellLater)),
        (3, Gen.Const(Behaviour.UnreachableBefore)),
        (2, Gen.Const(Behaviour.AnswerLost)),
        (1, Gen.OneOf(Gen.Const(Behaviour.FullBefore), Gen.Const(Behaviour.MistakeBefore))));

    private static readonly Gen<(Behaviour[] Script, int Connections)> AnySite = Gen.Select(AnyBehaviour.Array[1, 20], Gen.Int[1, 3]);

    /// <summary>Phases of so many handovers each, between which the caller flushes.</summary>
    private static readonly Gen<int[]> Phases = Gen.Int[0, 6].Array[1, 5];

    [Fact]
    public async Task Put_AnyFaults_OutcomeIsWhatTheSitesHold() =>
        await Gen.Select(AnySite.Array[1, 4], Phases, Gen.Int[1, 4]).SampleAsync(
            async (scripts, phases, inFlight) =>
            {
                var stores = scripts.Select(_ => new MemoryStore()).ToArray();
                var lost = scripts.Select((script, i) => Play(stores[i], script.Script)).ToArray();
                Site[] sites = [.. stores.Select((store, i) => store.AsSite($"s{i}", scripts[i].Connections))];

                var handovers = await RunAsync(sites, phases, inFlight);

                foreach (var (site, i) in sites.Select((site, i) => (site, i)))
                {
                    var all = handovers.SelectMany(handover => handover.Names).ToHashSet(StringComparer.Ordinal);
                    var standing = handovers.Where(handover => handover.Standing.Contains(site)).SelectMany(handover => handover.Names);
                    var held = stores[i].Objects.Keys.ToHashSet(StringComparer.Ordinal);
                    Assert.Subset(held, standing.ToHashSet(StringComparer.Ordinal));
                    Assert.Subset(lost[i].ToHashSet(StringComparer.Ordinal), held.Except(standing, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal));
                    Assert.Equal(all.Count, standing.Count() + site.Backlog.Count);
                    Assert.True(all.SetEquals(standing.Concat(site.Backlog)));
                    Assert.Equal(site.IsUp, site.Backlog.Count == 0);
                    Assert.All(stores[i].Objects, stored => Assert.Equal(Content(stored.Key), stored.Value));
                    AssertOrder(stores[i], phases);
                }
            },
            iter: 150, threads: 1);

    private static byte[] Content(string name) => [.. name.Select(letter => (byte)letter)];

    private static async Task<List<Handover>> RunAsync(Site[] sites, int[] phases, int inFlight)
    {
        var inUse = 0;
        var owners = new List<Owner>();
        var handovers = new List<Handover>();
        var limits = new FanoutLimits(inFlight) { Patience = new Patience(2, TimeSpan.Zero) };
        await using (var fanout = new Fanout(sites, limits, TimeProvider.System, CancellationToken.None))
        {
            for (var phase = 0; phase < phases.Length; phase++)
            {
                for (var i = 0; i < phases[phase]; i++)
                {
                    var content = Content($"p{phase}/{i}");
                    owners.Add(new Owner(() =>
                    {
                        // Whoever reads after this gets other bytes, and the comparison at the end shows it.
                        Array.Clear(content);
                        Interlocked.Decrement(ref inUse);
                    }));
                    handovers.Add(await fanout.PutAsync($"p{phase}/{i}", content, owners[^1], CancellationToken.None));
                    Assert.InRange(Interlocked.Increment(ref inUse), 0, inFlight + limits.Strays);
                }

                await fanout.FlushAsync(CancellationToken.None);
            }

            // Of a site that went down the other puts are not waited for, and may be under way yet.
            await Task.WhenAll(sites.Select(site => site.Quiet));
        }

        Assert.All(owners, owner => Assert.Equal(1, owner.Disposals));
        return handovers;
    }

    /// <summary>Lets a store behave by a script, call after call, well from its end on.</summary>
    /// <returns>The names for which an answer was lost.</returns>
    private static ConcurrentBag<string> Play(MemoryStore store, Behaviour[] script)
    {
        var lost = new ConcurrentBag<string>();
        var calls = new ConcurrentQueue<Behaviour>(script);
        var after = new AsyncLocal<Behaviour>();
        store.Before = (_, name) =>
        {
            var behaviour = calls.TryDequeue(out var next) ? next : Behaviour.Well;
            after.Value = behaviour;
            return behaviour switch
            {
                Behaviour.UnreachableBefore => Task.FromException(new StoreException(StoreFault.Unreachable, "No answer.")),
                Behaviour.FullBefore => Task.FromException(new StoreException(StoreFault.Full, "No space.")),
                Behaviour.MistakeBefore => Task.FromException(new InvalidOperationException("A mistake.")),
                Behaviour.WellLater => Task.Delay(1),
                _ => Task.CompletedTask,
            };
        };
        store.After = (_, name) =>
        {
            if (after.Value != Behaviour.AnswerLost)
            {
                return Task.CompletedTask;
            }

            lost.Add(name);
            return Task.FromException(new StoreException(StoreFault.Unreachable, "The answer was lost."));
        };
        return lost;
    }

    /// <summary>What was put in a phase came after everything of the phases before.</summary>
    private static void AssertOrder(MemoryStore store, int[] phases)
    {
        var standing = new int[phases.Length];
        foreach (var phase in store.Puts.Select(name => name[1] - '0'))
        {
            Assert.Equal(phases[..phase], standing[..phase]);
            standing[phase]++;
        }
    }
}
