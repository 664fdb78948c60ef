using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>A world whose three cities are an S3 bucket, an Azure container and a folder of an SSH server, each on a real server.</summary>
internal sealed class RemoteWorld : IDisposable
{
    /// <param name="services">The servers.</param>
    /// <param name="azure">Azure in the second city; else SFTP there too.</param>
    /// <param name="lines">Each city is reached by a line of its own, which may fail.</param>
    /// <param name="cities">How many of the three the policy names at first.</param>
    public RemoteWorld(TestServices services, bool azure = true, bool lines = false, int cities = 3)
    {
        World = World.Blank();
        var (s3, blobs, north, south) = (services.S3, services.Azure, services.Sftp[1], services.Sftp[0]);
        if (lines)
        {
            Lines = new Dictionary<string, FaultProxy>(StringComparer.Ordinal)
            {
                ["a"] = FaultProxy.Start(s3.Endpoint), ["b"] = FaultProxy.Start(blobs.Endpoint), ["c"] = FaultProxy.Start(south.Host, south.Port),
            };
            (s3, blobs, south) = (s3.Through(Lines["a"]), blobs.Through(Lines["b"]), south.Through(Lines["c"], World.Folder));
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

    /// <summary>The lines to the cities, if they have some.</summary>
    public IReadOnlyDictionary<string, FaultProxy> Lines { get; } = new Dictionary<string, FaultProxy>(StringComparer.Ordinal);

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

        foreach (var line in Lines.Values)
        {
            line.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        World.Dispose();
    }
}
