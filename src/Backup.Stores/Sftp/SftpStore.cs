using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Backup.Engine.Stores;
using Backup.Stores.Retrying;
using Renci.SshNet.Common;
using Renci.SshNet.Sftp;

namespace Backup.Stores.Sftp;

/// <summary>
/// A folder of an SSH server as a store: each object a file (0600) of its name below the folder, what is being written in <c>tmp/</c>. A put is
/// an upload under a name of its own, a read back of that, and a rename that refuses a name that is taken.
/// </summary>
/// <remarks>
/// SFTP version 3 has no fsync that the library could ask for: what was put is known to be durable when it is read later. It has one word for
/// nearly all that can fail, so the store looks for the cause afterwards.
/// </remarks>
/// <param name="options">Where it is and how it is reached. Nothing is connected before the first call.</param>
public sealed partial class SftpStore(SftpStoreOptions options) : IObjectStore
{
    private readonly SftpConnections _connections = new(options);

    /// <summary>Folders that stood when they were last used.</summary>
    private readonly ConcurrentDictionary<string, bool> _folders = new(StringComparer.Ordinal);

    private string Place => $"{options.Server}:{options.Path}";

    /// <inheritdoc/>
    public async Task<StoreProbe> ProbeAsync(CancellationToken cancellation)
    {
        try
        {
            return new StoreProbe(await _connections.RunAsync(SftpAccess.Look, Probe, cancellation));
        }
        catch (StoreException failure)
        {
            return StoreProbe.Of(failure);
        }
    }

    /// <inheritdoc/>
    public Task CreateAsync(CancellationToken cancellation) => _connections.RunAsync(SftpAccess.Write, Create, cancellation);

    /// <inheritdoc/>
    public Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return _connections.RunAsync(SftpAccess.Write, files => Put(files, name, content), cancellation);
    }

    /// <inheritdoc/>
    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) =>
        ParallelPuts.RunAsync(this, objects, options.Transfer.Connections, cancellation);

    /// <inheritdoc/>
    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return _connections.RunAsync(
            SftpAccess.Read,
            files => OfObject(files, name, path => files.Read(path, limit)) ??
                throw new StoreException(StoreFault.Damaged, $"{name} in {Place} is longer than {limit} bytes."),
            cancellation);
    }

    /// <inheritdoc/>
    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return _connections.RunAsync(
            SftpAccess.Read,
            files => OfObject(files, name, path => files.ReadRange(path, offset, destination))
                ? true : throw new StoreException(StoreFault.Damaged, $"{name} in {Place} ends before byte {offset + destination.Length}."),
            cancellation);
    }

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return _connections.RunAsync<ObjectInfo?>(
            SftpAccess.Look,
            files =>
            {
                var found = files.Stat(files.PathOf(name));
                if (found is null)
                {
                    RequireRoot(files);
                }

                return found is { IsRegularFile: true } ? new ObjectInfo(name, found.Size, Time(found.LastWriteTimeUtc)) : null;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectName.RequirePrefix(prefix);
        var waiting = new Stack<string>([prefix]);
        while (waiting.Count > 0)
        {
            // As many folders at once as there are connections: a repository has hundreds, each some round trips away.
            var now = Enumerable.Range(0, Math.Min(waiting.Count, options.Transfer.Connections)).Select(_ => waiting.Pop()).ToList();
            var found = await Task.WhenAll(now.Select(folder => _connections.RunAsync(SftpAccess.Look, files => List(files, folder), cancellation)));
            foreach (var (folder, entry) in now.Zip(found).SelectMany(static pair => pair.Second.Select(entry => (pair.First, entry))))
            {
                var name = folder + entry.Name;
                if (!ObjectName.IsValid(name))
                {
                    continue;
                }

                if (entry.IsDirectory)
                {
                    waiting.Push(name + "/");
                }
                else if (entry.IsRegularFile)
                {
                    yield return new ObjectInfo(name, entry.Length, Time(entry.LastWriteTimeUtc));
                }
            }
        }
    }

    /// <inheritdoc/>
    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return _connections.RunAsync(SftpAccess.Write, files => Delete(files, name), cancellation);
    }

    /// <inheritdoc/>
    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) =>
        _connections.RunAsync(SftpAccess.Write, files => { Sweep(files, age); return true; }, cancellation);

    /// <inheritdoc/>
    public Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation) => _connections.RunAsync(SftpAccess.Write, Examine, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        options.Credentials.Dispose();
    }

    private static DateTimeOffset Time(DateTime modified) => new(DateTime.SpecifyKind(modified, DateTimeKind.Utc));

    private static string FolderOf(string name) => name[..Math.Max(0, name.LastIndexOf('/'))];

    private static string NewTemporary(SftpFiles files) =>
        files.PathOf($"{ObjectName.Temporary}/{RandomNumberGenerator.GetHexString(32, lowercase: true)}");

    private StoreException Missing() => new(StoreFault.Missing, $"There is no folder {Place}.");

    /// <summary>Tells an object that is not there from a place that is not there.</summary>
    private void RequireRoot(SftpFiles files)
    {
        if (files.Stat(files.Root) is not { IsDirectory: true })
        {
            _folders.Clear();
            throw Missing();
        }
    }

    private T OfObject<T>(SftpFiles files, string name, Func<string, T> work)
    {
        try
        {
            return work(files.PathOf(name));
        }
        catch (SftpPathNotFoundException)
        {
            RequireRoot(files);
            throw new StoreException(StoreFault.NotFound, $"There is no {name} in {Place}.");
        }
    }

    private bool Create(SftpFiles files)
    {
        // Below the login folder whatever is missing; elsewhere nothing but the last: a path that is mistyped, or not mounted, is not made up.
        var made = files.Login.Length > 0 && files.Root.StartsWith(files.Login + "/", StringComparison.Ordinal) ? files.Login.Length : files.Root.LastIndexOf('/');
        while (made < files.Root.Length)
        {
            var next = files.Root.IndexOf('/', made + 1);
            made = next < 0 ? files.Root.Length : next;
            var folder = files.Root[..made];
            if (files.Stat(folder) is not null)
            {
                continue;
            }

            try
            {
                files.MakeFolder(folder);
            }
            catch (SftpException failure)
            {
                throw Explained(files, failure, $"make {folder}", 0);
            }
        }

        RequireRoot(files);
        return true;
    }

    private IReadOnlyList<ISftpFile> List(SftpFiles files, string folder)
    {
        try
        {
            return files.List(files.PathOf(folder).TrimEnd('/'));
        }
        catch (SftpException)
        {
            RequireRoot(files);
            if (files.Stat(files.PathOf(folder).TrimEnd('/')) is { IsDirectory: true })
            {
                throw;
            }

            return [];
        }
    }

    private DeleteOutcome Delete(SftpFiles files, string name)
    {
        try
        {
            if (!files.Remove(files.PathOf(name)))
            {
                RequireRoot(files);
            }
        }
        catch (SftpException failure) when (failure is not SftpPathNotFoundException)
        {
            throw Explained(files, failure, $"remove {name}", 0);
        }

        // A put that finds its folder gone makes it again.
        var inner = FolderOf(name);
        if (inner.Contains('/', StringComparison.Ordinal) && files.TryRemoveFolder(files.PathOf(inner)))
        {
            _folders.TryRemove(inner, out _);
        }

        return DeleteOutcome.Gone;
    }

    /// <summary>Age by the server's own clock: it says itself what time it is when a file is made.</summary>
    private void Sweep(SftpFiles files, TimeSpan age)
    {
        var leftovers = List(files, ObjectName.Temporary + "/").Where(static entry => entry.IsRegularFile).ToList();
        if (leftovers.Count == 0)
        {
            RequireRoot(files);
            return;
        }

        var clock = NewTemporary(files);
        files.Upload(clock, ReadOnlyMemory<byte>.Empty);
        var now = files.Stat(clock)?.LastWriteTimeUtc;
        files.TryRemove(clock);
        foreach (var leftover in leftovers.Where(entry => now - entry.LastWriteTimeUtc >= age))
        {
            files.Remove(leftover.FullName);
        }
    }
}
