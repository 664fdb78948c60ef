using Backup.EndToEnd.Tests.Remote;
using Backup.Stores.Tests.Services;

namespace Backup.Benchmarks.Cities;

/// <summary>A real storage service behind a line of its own: 20 ms to a round trip, 40 MB/s in each direction.</summary>
internal sealed class SlowCity : IAsyncDisposable
{
    public const int MegabytesPerSecond = 40;
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(10);

    private readonly FaultProxy _line;
    private readonly Func<FaultProxy, string, IRemotePlace> _place;

    private SlowCity(string kind, FaultProxy line, Func<FaultProxy, string, IRemotePlace> place)
    {
        (Kind, _line, _place) = (kind, line, place);
        _line.Latency = OneWay;
        _line.Limit(Direction.Up, MegabytesPerSecond * 1_000_000L);
        _line.Limit(Direction.Down, MegabytesPerSecond * 1_000_000L);
    }

    /// <summary><c>s3</c>, <c>azure</c> or <c>sftp</c>.</summary>
    public string Kind { get; }

    public static IReadOnlyList<SlowCity> All(TestServices services) =>
    [
        new("s3", FaultProxy.Start(services.S3.Endpoint), (line, folder) => new S3Place(services.S3.Through(line), folder)),
        new("azure", FaultProxy.Start(services.Azure.Endpoint), (line, folder) => new AzurePlace(services.Azure.Through(line), folder)),
        new("sftp", FaultProxy.Start(services.Sftp[0].Host, services.Sftp[0].Port), (line, folder) => new SftpPlace(services.Sftp[0].Through(line, folder))),
    ];

    /// <summary>A bucket, container or folder of its own.</summary>
    /// <param name="folder">For credentials.</param>
    public IRemotePlace NewPlace(string folder) => _place(_line, folder);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _line.DisposeAsync();
}
