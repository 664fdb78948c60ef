using System.Globalization;
using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Backup.Engine.Stores;
using Backup.Stores.Azure;
using Backup.Stores.Http;
using Backup.Stores.Retrying;

namespace Backup.Stores.Tests.Azure;

/// <summary>Answers that no sound server gives, from a stand-in in this process.</summary>
[SupportedOSPlatform("linux")]
public sealed class AzureAnswerTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 1000).Select(static i => (byte)i)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_Request_CarriesConditionAndChecksum()
    {
        await using var standIn = new AzureStandIn();
        await using var store = StandInStore.Open(standIn);

        Assert.True(await store.PutAsync("packs/00/a", Content, Cancellation));

        var put = standIn.Requests.First();
        Assert.Equal(("PUT", "main/packs/00/a", "*"), (put.Method, put.Blob, put.Header("If-None-Match")));
        Assert.Equal(Convert.ToBase64String(CryptographicOperations.HashData(HashAlgorithmName.MD5, Content)), put.Header("Content-MD5"));
        Assert.Equal("PUT GET", string.Join(' ', standIn.Requests.Select(request => request.Method)));
        Assert.All(standIn.Requests, request => Assert.DoesNotContain("Unix", request.Header("User-Agent") ?? "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Put_LargerThanWholeReadBack_ReadsARandomPart()
    {
        await using var standIn = new AzureStandIn();
        await using var store = StandInStore.Open(standIn);
        for (var i = 0; i < 3; i++)
        {
            await store.PutAsync($"packs/00/{i}", new byte[AzureStore.WholeReadBack + 1], Cancellation);
        }

        var ranges = standIn.Requests.Where(request => request.Method == "GET").Select(request => request.Header("x-ms-range") ?? request.Header("Range")).ToArray();
        Assert.All(ranges, Assert.NotNull);
        Assert.True(ranges.Distinct(StringComparer.Ordinal).Count() > 1);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData((2 << 20) + 5)]
    public async Task Put_StoredDamaged_IsRemovedAndDamaged(int length)
    {
        await using var standIn = new AzureStandIn
        {
            After = static (request, answer) => request.Method == "GET" && request.Blob.Length > 0
                ? answer with { Body = [.. answer.Body.Select(static value => (byte)~value)] } : answer,
        };
        await using var store = StandInStore.Open(standIn);

        Assert.Equal(StoreFault.Damaged, await FaultOfAsync(() => store.PutAsync("packs/00/a", new byte[length], Cancellation)));

        Assert.Empty(standIn.Blobs);
    }

    [Fact]
    public async Task Put_LostRightAfter_IsDamaged()
    {
        await using var standIn = new AzureStandIn { Instead = static request => request.Method == "GET" && request.Blob.Length > 0 ? StandInAnswer.Error(404, "BlobNotFound") : null };
        await using var store = StandInStore.Open(standIn);

        Assert.Equal(StoreFault.Damaged, await FaultOfAsync(() => store.PutAsync("packs/00/a", Content, Cancellation)));
    }

    [Fact]
    public async Task Put_AnswerLost_ObjectIsTakenForOurs()
    {
        var lost = 0;
        await using var standIn = new AzureStandIn();
        standIn.After = (request, answer) => request.Method == "PUT" && Interlocked.Increment(ref lost) == 1 ? StandInAnswer.Lost : answer;
        await using var store = Retrying(StandInStore.Open(standIn));

        Assert.True(await store.PutAsync("packs/00/a", Content, Cancellation));

        Assert.Equal(Content, Assert.Single(standIn.Blobs).Content);
        Assert.Equal(2, lost);
    }

    [Fact]
    public async Task RetryAfter_Busy_IsHonoured()
    {
        var refused = 0;
        await using var standIn = new AzureStandIn();
        standIn.Instead = _ => Interlocked.Increment(ref refused) == 1
            ? StandInAnswer.Error(503, "ServerBusy") with { Headers = new(StringComparer.Ordinal) { ["x-ms-error-code"] = "ServerBusy", ["Retry-After"] = "7" } } : null;
        await using var inner = StandInStore.Open(standIn);
        var failure = await Assert.ThrowsAsync<StoreException>(() => inner.StatAsync("repository", Cancellation));
        Assert.Equal((StoreFault.Unreachable, TimeSpan.FromSeconds(7), true), (failure.Fault, failure.RetryAfter, failure.Retryable));

        refused = 0;
        var clock = new EagerClock();
        await using var store = new RetryingStore(StandInStore.Open(standIn), new RetryOptions { Pause = TimeSpan.FromMilliseconds(1) }, connections: 1, clock);
        Assert.Null(await store.StatAsync("repository", Cancellation));
        Assert.Contains(TimeSpan.FromSeconds(7), clock.Waited);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(404)]
    [InlineData(403)]
    [InlineData(302)]
    [InlineData(502)]
    public async Task Html_OfSomethingOnTheWay_SaysNothingAboutObjects(int status)
    {
        await using var standIn = new AzureStandIn();
        await using var store = StandInStore.Open(standIn);
        await store.PutAsync("repository", Content, Cancellation);
        standIn.Instead = _ => StandInAnswer.Html(status, "<!DOCTYPE html><html><body>Please log in</body></html>");
        var expected = status == 403 ? StoreFault.Denied : StoreFault.Unreachable;

        Assert.Equal(StorePresence.Unreachable, (await store.ProbeAsync(Cancellation)).Presence);
        Assert.Equal(expected, await FaultOfAsync(() => store.StatAsync("repository", Cancellation)));
        Assert.Equal(expected, await FaultOfAsync(() => store.GetAsync("repository", 1000, Cancellation)));
        Assert.Equal(expected, await FaultOfAsync(() => store.GetRangeAsync("repository", 0, new byte[10], Cancellation)));
        Assert.Equal(expected, await FaultOfAsync(async () => await store.ListAsync("", Cancellation).ToListAsync(Cancellation)));
        Assert.Equal(status == 403 ? StoreFault.ReadOnly : StoreFault.Unreachable, await FaultOfAsync(() => store.DeleteAsync("repository", Cancellation)));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>Please log in</body></html>")]
    [InlineData("<html><body>Please log in</body></html>")]
    [InlineData("<?xml version=\"1.0\"?><EnumerationResults><Blobs><Blob><Name>main/repos")]
    [InlineData("<?xml version=\"1.0\"?><Something/>")]
    [InlineData("<?xml version=\"1.0\"?><EnumerationResults></EnumerationResults>")]
    [InlineData("")]
    [InlineData("{}")]
    public async Task List_Garbage_IsNoEmptyListing(string text)
    {
        await using var standIn = new AzureStandIn { Instead = request => request.Query.ContainsKey("comp") ? StandInAnswer.Xml(text) : null };
        await using var store = StandInStore.Open(standIn);

        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(async () => await store.ListAsync("", Cancellation).ToListAsync(Cancellation)));
        Assert.Equal(StorePresence.Unreachable, (await store.ProbeAsync(Cancellation)).Presence);
        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.DeleteAsync("packs/00/a", Cancellation)));
    }

    [Theory]
    [InlineData("same")]
    [InlineData(null)]
    public async Task List_WithoutEnd_IsEnded(string? token)
    {
        var blob = new StandInBlob("main/packs/00/a", Content, TimeProvider.System.GetUtcNow()).Xml(withVersions: false, withMetadata: false);
        var asked = 0;
        await using var standIn = new AzureStandIn
        {
            Instead = request => request.Query.ContainsKey("comp") ? StandInList.Page([blob], token ?? Interlocked.Increment(ref asked).ToString(CultureInfo.InvariantCulture)) : null,
        };
        await using var store = StandInStore.Open(standIn);
        var names = new List<string>();

        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
        {
            await foreach (var found in store.ListAsync("", Cancellation))
            {
                names.Add(found.Name);
            }
        });

        Assert.Equal(StoreFault.Unreachable, failure.Fault);
        Assert.Contains("repeats itself", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["packs/00/a"], names);
        Assert.InRange(standIn.Requests.Count, 2, AzureListing.MostIdlePages + 1);
    }

    [Fact]
    public async Task List_EmptyPages_ArePassed()
    {
        var blob = new StandInBlob("main/packs/00/a", Content, TimeProvider.System.GetUtcNow()).Xml(withVersions: false, withMetadata: false);
        await using var standIn = new AzureStandIn
        {
            Instead = request => request.Query.GetValueOrDefault("marker") switch
            {
                "9" => StandInList.Page([blob], ""),
                var marker => StandInList.Page([], (int.Parse(marker ?? "0", CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture)),
            },
        };
        await using var store = StandInStore.Open(standIn);

        Assert.Equal(["packs/00/a"], await store.ListAsync("", Cancellation).Select(found => found.Name).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Get_BodyCutOff_IsUnreachable()
    {
        await using var standIn = new AzureStandIn();
        await using var store = StandInStore.Open(standIn);
        await store.PutAsync("packs/00/a", Content, Cancellation);
        standIn.Requests.Clear();
        standIn.After = static (_, answer) => answer with { Body = answer.Body[..(answer.Body.Length / 2)], Length = answer.Body.Length };

        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.GetAsync("packs/00/a", 1000, Cancellation)));
        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.GetRangeAsync("packs/00/a", 0, new byte[500], Cancellation)));
        Assert.Equal(2, standIn.Requests.Count);
    }

    [Fact]
    public async Task GetRange_ShorterAnswer_IsDamaged()
    {
        await using var standIn = new AzureStandIn();
        await using var store = StandInStore.Open(standIn);
        await store.PutAsync("packs/00/a", Content, Cancellation);
        standIn.Blobs[0].Content = Content[..600];

        Assert.Equal(StoreFault.Damaged, await FaultOfAsync(() => store.GetRangeAsync("packs/00/a", 500, new byte[200], Cancellation)));
    }

    [Theory]
    [InlineData("bytes 0-99/1000", 206)]
    [InlineData(null, 200)]
    public async Task GetRange_AnotherPart_IsNotTakenForIt(string? range, int status)
    {
        await using var standIn = new AzureStandIn();
        await using var store = StandInStore.Open(standIn);
        await store.PutAsync("packs/00/a", Content, Cancellation);
        standIn.Instead = _ =>
        {
            var answer = new StandInAnswer(status) { Headers = standIn.Blobs[0].Headers(), Body = Content[..(status == 200 ? 1000 : 100)] };
            if (range is not null)
            {
                answer.Headers["Content-Range"] = range;
            }

            return answer;
        };

        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.GetRangeAsync("packs/00/a", 100, new byte[100], Cancellation)));
    }

    [Theory]
    [InlineData(61, "This machine's clock is 61 minutes behind the service's: set it.")]
    [InlineData(-61, "This machine's clock is 61 minutes ahead of the service's: set it.")]
    [InlineData(0, "The key or signature is wrong, expired, or of another account.")]
    public async Task Clock_AnHourOff_IsSaid(int minutes, string expected)
    {
        await using var standIn = new AzureStandIn
        {
            ClockAhead = TimeSpan.FromMinutes(minutes),
            Instead = static _ => StandInAnswer.Error(403, "AuthenticationFailed", "Request date header too old: 'sig=secret'"),
        };
        await using var store = StandInStore.Open(standIn);

        foreach (var call in new Func<Task>[] { () => store.GetAsync("repository", 10, Cancellation), () => store.PutAsync("repository", Content, Cancellation) })
        {
            var failure = await Assert.ThrowsAsync<StoreException>(call);
            Assert.Equal(StoreFault.Denied, failure.Fault);
            Assert.EndsWith(expected, failure.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Server_Silent_IsUnreachableWhenTheWatchEndsIt()
    {
        using var hold = new ManualResetEventSlim();
        await using var standIn = new AzureStandIn { Instead = _ => { hold.Wait(Cancellation); return null; } };
        await using var store = StandInStore.Open(standIn, transfer: new TransferOptions { Stall = TimeSpan.FromMilliseconds(200) });

        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.GetAsync("repository", 10, Cancellation)));
        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.PutAsync("repository", Content, Cancellation)));
        hold.Set();
    }

    [Fact]
    public async Task Server_Gone_IsUnreachable()
    {
        var standIn = new AzureStandIn();
        await using var store = StandInStore.Open(standIn);
        await standIn.DisposeAsync();

        Assert.Equal(StorePresence.Unreachable, (await store.ProbeAsync(Cancellation)).Presence);
        Assert.Equal(StoreFault.Unreachable, await FaultOfAsync(() => store.PutAsync("repository", Content, Cancellation)));
    }

    [Theory]
    [InlineData(-30, -1, "127.0.0.1", "has expired or is not valid yet")]
    [InlineData(-1, 30, "127.0.0.1", "nobody trusted by this machine has signed")]
    [InlineData(-1, 30, "127.0.0.9", "is for another host")]
    public async Task Certificate_Wrong_IsDeniedAndSaid(int from, int until, string address, string expected)
    {
        await using var standIn = new AzureStandIn(Certificate(from, until, address));
        await using var store = StandInStore.Open(standIn);

        var failure = await Assert.ThrowsAsync<StoreException>(() => store.GetAsync("repository", 10, Cancellation));

        Assert.Equal((StoreFault.Denied, false), (failure.Fault, failure.Retryable));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Empty(standIn.Requests);
    }

    private static async Task<StoreFault> FaultOfAsync(Func<Task> call) => (await Assert.ThrowsAsync<StoreException>(call)).Fault;

    private static RetryingStore Retrying(AzureStore store) =>
        new(store, new RetryOptions { Pause = TimeSpan.FromMilliseconds(1) }, connections: 1, TimeProvider.System);

    private static X509Certificate2 Certificate(int from, int until, string address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(from), now.AddDays(until));
    }

    /// <summary>Waits for nothing, and remembers how long it would have been; only deadlines never come.</summary>
    private sealed class EagerClock : TimeProvider
    {
        private static readonly TimeSpan Deadlines = TimeSpan.FromMinutes(1);

        public System.Collections.Concurrent.ConcurrentQueue<TimeSpan> Waited { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero)
            {
                Waited.Enqueue(dueTime);
            }

            return base.CreateTimer(callback, state, dueTime < Deadlines && dueTime > TimeSpan.Zero ? TimeSpan.Zero : dueTime, period);
        }
    }
}
