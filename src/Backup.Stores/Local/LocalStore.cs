using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Backup.Engine.Posix;
using Backup.Engine.Stores;
using Backup.Stores.Http;
using Backup.Stores.Pacing;

namespace Backup.Stores.Local;

/// <summary>
/// A folder of a file system as a store: each object a file (0600) of its name below the folder, what is being written in <c>tmp/</c>. A
/// put is one open, its writes (large objects past the page cache), one fsync, one exclusive rename, one fsync of the folder, on a thread
/// of its own, for it waits for the disk and never computes.
/// </summary>
/// <remarks>
/// Calls that look or read give up after <see cref="Deadline"/>, as a network file system without its server would keep them for ever.
/// Calls that work on the caller's memory (puts and range reads) cannot be left behind while the kernel may still use that memory: they
/// last until the kernel answers.
/// </remarks>
/// <param name="path">Absolute path of the folder. Only <see cref="CreateAsync"/> makes it.</param>
/// <param name="time">Measures the deadline.</param>
/// <param name="transfer">At which pace objects move, whole ones at a time; null: any.</param>
public sealed class LocalStore(string path, TimeProvider? time = null, TransferOptions? transfer = null) : IObjectStore
{
    /// <summary>The folder that ext file systems have in their root.</summary>
    private const string LostAndFound = "lost+found";

    private readonly DurableFolder _folder = new(path);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Pace _upload = transfer?.Upload ?? Pace.Free;
    private readonly Pace _download = transfer?.Download ?? Pace.Free;

    /// <summary>Enough for a slow disk to list a folder of a million files.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public async Task<StoreProbe> ProbeAsync(CancellationToken cancellation)
    {
        try
        {
            return new StoreProbe(await RunAsync(Access.Look, Probe, cancellation));
        }
        catch (StoreException e)
        {
            return StoreProbe.Of(e);
        }
    }

    /// <inheritdoc/>
    public Task CreateAsync(CancellationToken cancellation) =>
        RunAsync(Access.Write, () => { DurableFolder.Create(_folder.Root); return true; }, cancellation);

    /// <inheritdoc/>
    public async Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        await _upload.TakeAsync(content.Length, cancellation);
        return await RunToEndAsync(Access.Write, () => _folder.Put(name, content.Span), cancellation);
    }

    /// <inheritdoc/>
    public async Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation)
    {
        foreach (var (name, _) in objects)
        {
            ObjectName.Require(name);
        }

        await _upload.TakeAsync(objects.Sum(static item => (long)item.Content.Length), cancellation);
        await RunToEndAsync(Access.Write, () => { _folder.PutMany(objects); return true; }, cancellation);
    }

    /// <inheritdoc/>
    public async Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        var content = await RunAsync(Access.Read, () => _folder.Read(name, limit), cancellation) ?? throw Absent(name);
        await _download.TakeAsync(content.Length, cancellation);
        return content;
    }

    /// <inheritdoc/>
    public async Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellation.ThrowIfCancellationRequested();
        await _download.TakeAsync(destination.Length, cancellation);
        if (!await Task.Run(() => Classified(Access.Read, () => _folder.ReadRange(name, offset, destination.Span)), CancellationToken.None))
        {
            throw Absent(name);
        }
    }

    /// <inheritdoc/>
    public async Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return await RunAsync(Access.Look, () => _folder.Stat(name), cancellation) is { } file ? Info(file) : null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectName.RequirePrefix(prefix);
        var waiting = new Stack<string>([prefix.TrimEnd('/')]);
        while (waiting.TryPop(out var current))
        {
            var (files, folders) = await RunAsync(Access.Look, () => _folder.List(current), cancellation);
            foreach (var file in files.Where(file => ObjectName.IsValid(file.Name)))
            {
                yield return Info(file);
            }

            foreach (var folder in folders.Where(folder => ObjectName.IsValid(folder)))
            {
                waiting.Push(folder);
            }
        }
    }

    /// <inheritdoc/>
    public async Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        await RunAsync(Access.Write, () => _folder.Delete(name), cancellation);
        return DeleteOutcome.Gone;
    }

    /// <inheritdoc/>
    public Task SweepAsync(TimeSpan age, CancellationToken cancellation) => RunAsync(Access.Write, () => _folder.Sweep(age), cancellation);

    /// <inheritdoc/>
    public Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation) => RunAsync(Access.Write, Examine, cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static ObjectInfo Info(StoredFile file) => new(file.Name, file.Length, file.Modified);

    private static T Classified<T>(Access access, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (FolderMissingException e)
        {
            throw new StoreException(StoreFault.Missing, e.Message, e);
        }
        catch (PosixException e)
        {
            throw new StoreException(LocalFault.Of(e.Errno, access), e.Message, e);
        }
    }

    private StoreException Absent(string name) => new(StoreFault.NotFound, $"There is no {name} in {_folder.Root}.");

    private StorePresence Probe()
    {
        var (files, folders) = _folder.List("");
        if (files.Any(file => file.Name == ObjectName.Repository))
        {
            return StorePresence.Repository;
        }

        // Things of others beside ours: it is safer to fill nothing there than to take the place for our own.
        if (files.Count > 0 || folders.Except(ObjectName.Folders, StringComparer.Ordinal).Any(folder => folder != LostAndFound))
        {
            return StorePresence.Foreign;
        }

        return folders.Where(folder => folder != LostAndFound).Any(HoldsFiles) ? StorePresence.Unfinished : StorePresence.Empty;
    }

    /// <summary>A put that returns has passed an fsync of the file and of its folder; a folder of this machine keeps no versions.</summary>
    private StoreCapabilities Examine()
    {
        var name = $"{ObjectName.Temporary}/examine-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        var (first, again) = (_folder.Put(name, [1]), _folder.Put(name, [2, 2]));
        var modified = _folder.Stat(name)?.Modified;
        var whole = _folder.Read(name, limit: 2) is [1];
        var gone = _folder.Delete(name) && _folder.Stat(name) is null;
        return new StoreCapabilities
        {
            ExclusivePut = Answer(first && !again && whole),
            AtomicPut = Answer(whole),
            DurablePut = Answer(first),
            FinalDelete = Answer(gone),
            DailyDelete = Answer(gone),
            Versioning = Capability.No,
            SoftDelete = Capability.No,
            ObjectLock = Capability.No,
            DefaultLock = Capability.No,
            Replication = Capability.No,
            ClockAhead = modified - _time.GetUtcNow(),
        };

        static Capability Answer(bool yes) => yes ? Capability.Yes : Capability.No;
    }

    private bool HoldsFiles(string folder)
    {
        var (files, folders) = _folder.List(folder);
        return files.Count > 0 || folders.Any(HoldsFiles);
    }

    /// <summary>For work on memory of its own: it may be left behind when the deadline passes or the caller cancels.</summary>
    private async Task<T> RunAsync<T>(Access access, Func<T> work, CancellationToken cancellation)
    {
        try
        {
            return await Task.Run(() => Classified(access, work), cancellation).WaitAsync(Deadline, _time, cancellation);
        }
        catch (TimeoutException e)
        {
            throw new StoreException(StoreFault.Unreachable, $"{_folder.Root} has not answered for {Deadline.TotalMinutes} minutes.", e);
        }
    }

    /// <summary>
    /// For work on the caller's memory. Not on the pool: a few threads that wait for a disk would keep all computing from running.
    /// </summary>
    private static Task<T> RunToEndAsync<T>(Access access, Func<T> work, CancellationToken cancellation) =>
        Task.Factory.StartNew(() => Classified(access, work), cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
