using System.Text;
using Backup.Engine.Sites;
using Backup.Engine.Stores;
using CsCheck;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Sites;

public sealed class SiteReaderTests
{
    private const string Name = "packs/00/a";
    private static readonly byte[] Content = Encoding.ASCII.GetBytes("what was put");
    private static readonly Hash Expected = Hash.Of(Content);
    private readonly MemoryStore[] _stores = [new(), new(), new()];
    private readonly Site[] _sites;
    private readonly SiteReader _reader;

    public SiteReaderTests()
    {
        _sites = [.. _stores.Select((store, i) => store.AsSite($"s{i}"))];
        _reader = new SiteReader(_sites, new Patience(2, TimeSpan.Zero), TimeProvider.System);
        foreach (var store in _stores)
        {
            Assert.True(store.PutAsync(Name, Content, CancellationToken.None).GetAwaiter().GetResult());
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_AllWell_ComesFromTheFirst()
    {
        var (content, from) = await _reader.GetAsync(Name, Expected, 100, Cancellation);

        Assert.Equal(Content, content);
        Assert.Same(_sites[0], from);
        Assert.Empty(_reader.Findings);
    }

    [Fact]
    public async Task Get_MissingAndDamaged_ComesFromTheNextAndIsRemembered()
    {
        _stores[0].Lose(Name);
        _stores[1].Corrupt(Name, bytes => [(byte)(bytes[0] ^ 1), .. bytes[1..]]);

        var (content, from) = await _reader.GetAsync(Name, Expected, 100, Cancellation);

        Assert.Equal(Content, content);
        Assert.Same(_sites[2], from);
        Assert.Equal(
            [new Finding(_sites[0], Name, Damage.Missing), new Finding(_sites[1], Name, Damage.Damaged)],
            _reader.Findings.OrderBy(finding => finding.Site.Id, StringComparer.Ordinal));
        Assert.All(_sites, site => Assert.True(site.IsUp));
    }

    [Fact]
    public async Task Get_KnownFinding_DoesNotAskThatSiteAgain()
    {
        _stores[0].Lose(Name);
        await _reader.GetAsync(Name, Expected, 100, Cancellation);
        _stores[0].Before = (_, _) => throw new InvalidOperationException("Asked again.");

        Assert.Same(_sites[1], (await _reader.GetAsync(Name, Expected, 100, Cancellation)).From);
        Assert.True(_sites[0].IsUp);
    }

    [Fact]
    public async Task Get_SiteDown_GoesOnWithTheNextAndAsksItNoMore()
    {
        var calls = 0;
        _stores[0].Before = (_, _) =>
        {
            calls++;
            throw new StoreException(StoreFault.Unreachable, "No answer.");
        };

        Assert.Same(_sites[1], (await _reader.GetAsync(Name, Expected, 100, Cancellation)).From);
        Assert.Same(_sites[1], (await _reader.GetAsync(Name, Expected, 100, Cancellation)).From);

        Assert.Equal(2, calls);
        Assert.Equal(new SiteFailure(StoreFault.Unreachable, "No answer."), _sites[0].Failure);
        Assert.Empty(_reader.Findings);
    }

    [Fact]
    public async Task Get_NowhereWhole_SaysWhatIsWhere()
    {
        _stores[0].Lose(Name);
        _stores[1].Corrupt(Name, bytes => bytes[1..]);
        _stores[2].Before = (_, _) => throw new StoreException(StoreFault.Denied, "No rights.");

        var e = await Assert.ThrowsAsync<ObjectLostException>(() => _reader.GetAsync(Name, Expected, 100, Cancellation));

        Assert.Equal(FailureKind.Damage, e.Kind);
        Assert.Equal("packs/00/a cannot be had from any site (s0: missing; s1: damaged; s2: No rights.).", e.Message);
    }

    [Fact]
    public async Task Get_AllDown_IsNoDamage()
    {
        foreach (var store in _stores)
        {
            store.Before = (_, _) => throw new StoreException(StoreFault.Missing, "Unmounted.");
        }

        Assert.Equal(FailureKind.Failed, (await Assert.ThrowsAsync<ObjectLostException>(() => _reader.GetAsync(Name, Expected, 100, Cancellation))).Kind);
        Assert.Empty(_reader.Findings);
    }

    [Fact]
    public async Task Get_Cancelled_BlamesNobody()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _reader.GetAsync(Name, Expected, 100, new CancellationToken(canceled: true)));

        Assert.All(_sites, site => Assert.True(site.IsUp));
    }

    /// <summary>0 well, 1 missing, 2 flipped, 3 cut off, 4 longer, 5 unreachable; at each site.</summary>
    [Fact]
    public async Task Get_AnyDamage_GivesTheRightBytesOrNone() => await Gen.Int[0, 5].Array[1, 4].SampleAsync(
        async states =>
        {
            var stores = states.Select(_ => new MemoryStore()).ToArray();
            foreach (var (store, state) in stores.Zip(states))
            {
                await store.PutAsync(Name, Content, CancellationToken.None);
                Spoil(store, state);
            }

            Site[] sites = [.. stores.Select((store, i) => store.AsSite($"s{i}"))];
            var reader = new SiteReader(sites, new Patience(1, TimeSpan.Zero), TimeProvider.System);
            var right = Array.IndexOf(states, 0);
            if (right < 0)
            {
                await Assert.ThrowsAsync<ObjectLostException>(() => reader.GetAsync(Name, Expected, 100, CancellationToken.None));
                right = states.Length;
            }
            else
            {
                var (content, from) = await reader.GetAsync(Name, Expected, 100, CancellationToken.None);
                Assert.Equal((Content.Length, sites[right]), (content.Length, from));
                Assert.Equal(Content, content);
            }

            Assert.Equal(states[..right].Count(state => state == 1), reader.Findings.Count(finding => finding.Damage == Damage.Missing));
            Assert.Equal(states[..right].Count(state => state is 2 or 3 or 4), reader.Findings.Count(finding => finding.Damage == Damage.Damaged));
            Assert.Equal(states[..right].Count(state => state == 5), sites.Count(site => !site.IsUp));
        },
        threads: 1);

    private static void Spoil(MemoryStore store, int state)
    {
        switch (state)
        {
            case 1:
                store.Lose(Name);
                break;
            case 2:
                store.Corrupt(Name, bytes => [.. bytes[..^1], (byte)(bytes[^1] ^ 0x80)]);
                break;
            case 3:
                store.Corrupt(Name, bytes => bytes[..^1]);
                break;
            case 4:
                store.Corrupt(Name, bytes => [.. bytes, 0]);
                break;
            case 5:
                store.Before = (_, _) => throw new StoreException(StoreFault.Unreachable, "No answer.");
                break;
        }
    }
}
