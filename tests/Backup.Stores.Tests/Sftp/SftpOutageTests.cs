using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Backup.Engine.Stores;
using Backup.Stores.Retrying;
using Backup.Stores.Sftp;
using Backup.Stores.Tests.Services;
using Renci.SshNet;

namespace Backup.Stores.Tests.Sftp;

/// <summary>A server that is killed, stands still, or never answers costs a bounded time and leaves nothing half.</summary>
[SupportedOSPlatform("linux")]
public sealed class SftpOutageTests(SftpOutageTests.OwnServers own) : IClassFixture<SftpOutageTests.OwnServers>, IDisposable
{
    private readonly SftpPlace _place = new(own.Services.Sftp[0]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Put_ServerKilledInTheMiddle_LeavesNothingVisible()
    {
        await using var proxy = FaultProxy.Start(_place.Server.Host, _place.Server.Port);
        await using var store = new SftpStore(_place.Through(proxy));
        await store.CreateAsync(Cancellation);
        proxy.After(Direction.Up, 3 << 20, _place.Server.Process.Kill);

        var failed = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync("packs/00/a", new byte[16 << 20], Cancellation));

        Assert.Equal(StoreFault.Unreachable, failed.Fault);
        Assert.Single(Directory.EnumerateFiles(Path.Join(_place.Folder, "tmp")));
        own.Services.StartAgain();
        Assert.Empty(await store.ListAsync("", Cancellation).ToListAsync(Cancellation));
        await store.SweepAsync(TimeSpan.Zero, Cancellation);
        Assert.Empty(Directory.EnumerateFiles(Path.Join(_place.Folder, "tmp")));
        Assert.True(await store.PutAsync("packs/00/a", new byte[16 << 20], Cancellation));
    }

    [Fact]
    public async Task Calls_ServerStandsStill_EndAndWorkAgainLater()
    {
        // What must succeed has the time that it takes on a busy machine.
        await using var patient = _place.Open();
        await patient.CreateAsync(Cancellation);
        await patient.PutAsync("packs/00/a", new byte[8 << 20], Cancellation);
        await using var store = new SftpStore(_place.Options with { Transfer = SftpPlace.Impatient(seconds: 3) });
        await store.PutAsync("packs/00/d", new byte[10], Cancellation);
        _place.Server.Process.Stop();

        var faults = await Task.WhenAll(
            FaultOfAsync(() => store.PutAsync("packs/00/b", new byte[16 << 20], Cancellation)),
            FaultOfAsync(() => store.GetAsync("packs/00/a", 8 << 20, Cancellation)),
            FaultOfAsync(() => store.GetRangeAsync("packs/00/a", 0, new byte[1 << 20], Cancellation)),
            FaultOfAsync(async () => await store.ListAsync("", Cancellation).ToListAsync(Cancellation)),
            FaultOfAsync(() => store.DeleteAsync("packs/00/a", Cancellation)));
        var probe = await store.ProbeAsync(Cancellation);

        Assert.All(faults, fault => Assert.Equal(StoreFault.Unreachable, fault));
        Assert.Equal(StorePresence.Unreachable, probe.Presence);
        Assert.True(probe.Failure!.Retryable);
        _place.Server.Process.Continue();
        Assert.True(await store.PutAsync("packs/00/c", new byte[10], Cancellation));
    }

    [Fact]
    public async Task Put_CallerGivesUp_EndsAlthoughTheServerStandsStill()
    {
        await using var store = new SftpStore(_place.Options);
        await store.CreateAsync(Cancellation);
        await store.PutAsync("packs/00/a", new byte[10], Cancellation);
        _place.Server.Process.Stop();
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutAsync("packs/00/b", new byte[16 << 20], source.Token));

        _place.Server.Process.Continue();
        Assert.True(await store.PutAsync("packs/00/c", new byte[10], Cancellation));
    }

    /// <summary>It reaches into the library, so a new version of that may break it; without it a thread would wait as long as the server stands still.</summary>
    [Fact]
    public async Task Close_CallThatWaitsWithoutDeadline_Ends()
    {
        var options = _place.Options;
        using var client = new SftpClient(new ConnectionInfo(options.Host, options.Port, options.User, options.Credentials.MethodFor(options.User)));
        SshSocket.Close(client); // not connected: nothing to close
        await client.ConnectAsync(Cancellation);
        _place.Server.Process.Stop();
        try
        {
            var upload = Task.Factory.StartNew(
                () => client.UploadFile(new MemoryStream(new byte[64 << 20]), $"{options.Path}.never"), Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Assert.NotSame(upload, await Task.WhenAny(upload, Task.Delay(300, Cancellation)));

            SshSocket.Close(client);

            Assert.Same(upload, await Task.WhenAny(upload, Task.Delay(TimeSpan.FromSeconds(30), Cancellation)));
            Assert.True(upload.IsFaulted);
        }
        finally
        {
            _place.Server.Process.Continue();
        }
    }

    [Fact]
    public async Task Transfers_LinkCutAgainAndAgain_AreMadeWholeByRetries()
    {
        await using var proxy = FaultProxy.Start(_place.Server.Host, _place.Server.Port);
        var options = _place.Through(proxy);
        await using var store = new RetryingStore(
            new SftpStore(options), new RetryOptions { Pause = TimeSpan.FromMilliseconds(10) }, options.Transfer.Connections, TimeProvider.System);
        await store.CreateAsync(Cancellation);
        var content = new byte[4 << 20];
        Random.Shared.NextBytes(content);

        for (var i = 0; i < 8; i++)
        {
            proxy.After(Direction.Up, (i * 700_000) + 1, proxy.ResetAll);
            Assert.True(await store.PutAsync($"packs/00/{i}", content, Cancellation));
            proxy.After(Direction.Down, (i * 500_000) + 1, proxy.ResetAll);
            Assert.Equal(content, await store.GetAsync($"packs/00/{i}", content.Length, Cancellation));
        }

        Assert.Equal(8, (await store.ListAsync("", Cancellation).ToListAsync(Cancellation)).Count);
    }

    [Fact]
    public async Task Probe_NobodyAnswersTheConnection_IsUnreachableWithAReason()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var store = new SftpStore(_place.Options with { Port = port, Transfer = SftpPlace.Impatient(seconds: 1) });

        var probe = await store.ProbeAsync(Cancellation);

        Assert.Equal((StorePresence.Unreachable, StoreFault.Unreachable), (probe.Presence, probe.Failure?.Fault));
        Assert.Contains($"127.0.0.1:{port}", probe.Failure?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_MoreCallsThanAllowed_AreNeverMore()
    {
        await using var proxy = FaultProxy.Start(_place.Server.Host, _place.Server.Port);
        await using var store = new SftpStore(_place.Through(proxy));
        await store.CreateAsync(Cancellation);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => store.PutAsync($"index/{i}", new byte[1_000], Cancellation)));

        Assert.Equal(4, proxy.Accepted);
        Assert.Equal(40, (await store.ListAsync("index/", Cancellation).ToListAsync(Cancellation)).Count);
    }

    private static async Task<StoreFault> FaultOfAsync(Func<Task> call) => (await Assert.ThrowsAsync<StoreException>(call)).Fault;

    /// <summary>One set for all tests of the class, which run one after another.</summary>
    public sealed class OwnServers : IDisposable
    {
        public TestServices Services { get; } = TestServices.StartOwn("sftp");

        public void Dispose() => Services.Dispose();
    }
}
