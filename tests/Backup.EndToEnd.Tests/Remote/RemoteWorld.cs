using Backup.EndToEnd.Tests.Harness;
using Backup.Stores.Tests.Services;

namespace Backup.EndToEnd.Tests.Remote;

/// <summary>A world whose three cities are an S3 bucket, an Azure container and a folder of an SSH server, each on a real server.</summary>
internal sealed class RemoteWorld : IDisposable
{
    public RemoteWorld(TestServices services, bool azure = true)
    {
        World = World.Blank();
        Places = new Dictionary<string, IRemotePlace>(StringComparer.Ordinal)
        {
            ["a"] = new S3Place(services.S3, World.Folder),
            ["b"] = azure ? new AzurePlace(services.Azure, World.Folder) : new SftpPlace(services.Sftp[1]),
            ["c"] = new SftpPlace(services.Sftp[0]),
        };
        foreach (var (id, place) in Places)
        {
            World.Remote[id] = place.PolicyText;
        }

        World.WritePolicy();
        World.Machine.Run("init", "--recovery-out", World.RecoveryKey).MustExit(0);
    }

    public World World { get; }

    public Machine Machine => World.Machine;

    public IReadOnlyDictionary<string, IRemotePlace> Places { get; }

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

        World.Dispose();
    }
}
