using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>A world whose three cities are an S3 bucket, an Azure container and a folder of an SSH server, each on a real server.</summary>
internal sealed class RemoteWorld : IDisposable
{
    private readonly FaultProxy? _line;

    /// <param name="services">The servers.</param>
    /// <param name="azure">Azure in the second city; else SFTP there too.</param>
    /// <param name="line">The city that is reached by a line which may fail; null: none.</param>
    /// <param name="cities">How many of the three the policy names at first.</param>
    public RemoteWorld(TestServices services, bool azure = true, string? line = null, int cities = 3)
    {
        World = World.Blank();
        var (s3, blobs, north, south) = (services.S3, services.Azure, services.Sftp[1], services.Sftp[0]);
        switch (line)
        {
            case "a":
                _line = FaultProxy.Start(s3.Endpoint);
                s3 = s3.Through(_line);
                break;
            case "b":
                _line = FaultProxy.Start(blobs.Endpoint);
                blobs = blobs.Through(_line);
                break;
            case "c":
                _line = FaultProxy.Start(south.Host, south.Port);
                south = south.Through(_line, World.Folder);
                break;
        }

        Places = new Dictionary<string, IRemotePlace>(StringComparer.Ordinal)
        {
            ["a"] = new S3Place(s3, World.Folder),
            ["b"] = azure ? new AzurePlace(blobs, World.Folder) : new SftpPlace(north),
            ["c"] = new SftpPlace(south),
        };
        foreach (var (id, place) in Places)
        {
            World.Remote[id] = place.PolicyText;
        }

        var all = World.Sites;
        World.Sites = [.. all.Take(cities)];
        World.Cities = cities;
        World.WritePolicy();
        World.Machine.Run("init", "--recovery-out", World.RecoveryKey).MustExit(0);
        World.Sites = all;
    }

    public World World { get; }

    public Machine Machine => World.Machine;

    public IReadOnlyDictionary<string, IRemotePlace> Places { get; }

    /// <summary>The line to the one city that has one.</summary>
    public FaultProxy Line => _line ?? throw new InvalidOperationException("No city of this world has a line.");

    /// <summary>Files that neither compress nor repeat.</summary>
    public void WriteRandom(int megabytes)
    {
        var content = new byte[4 << 20];
        for (var i = 0; i < megabytes / 4; i++)
        {
            Random.Shared.NextBytes(content);
            File.WriteAllBytes(Path.Combine(World.Data, $"random-{i}"), content);
        }
    }

    /// <summary>The same bytes under the same names at every site.</summary>
    /// <param name="but">Leaves these names out.</param>
    public void SitesMustBeEqual(Predicate<string>? but = null)
    {
        var all = Places.Values.Select(place => place.Objects().Where(found => but?.Invoke(found.Key) != true).ToDictionary(StringComparer.Ordinal)).ToList();
        Assert.NotEmpty(all[0]);
        foreach (var other in all.Skip(1))
        {
            Assert.Equal(all[0].Keys.Order(StringComparer.Ordinal), other.Keys.Order(StringComparer.Ordinal));
            Assert.All(other, found => Assert.True(found.Value.AsSpan().SequenceEqual(all[0][found.Key]), $"{found.Key} differs"));
        }
    }

    public void Dispose()
    {
        foreach (var place in Places.Values)
        {
            place.Dispose();
        }

        _line?.DisposeAsync().AsTask().GetAwaiter().GetResult();

        World.Dispose();
    }
}
