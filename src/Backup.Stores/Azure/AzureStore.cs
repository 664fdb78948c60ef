using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Azure;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Backup.Engine.Stores;
using Backup.Stores.Retrying;

namespace Backup.Stores.Azure;

/// <summary>
/// A container of Azure Blob Storage as a store: each object a block blob of its name below the prefix. A put is one request with
/// <c>If-None-Match: *</c> and the MD5 of the body, so the service takes it whole or not at all, and then it is read back: objects up to
/// <see cref="WholeReadBack"/> whole, of larger ones <see cref="SampleReadBack"/> bytes at a random place.
/// </summary>
/// <remarks>
/// No object is put in blocks: since version 2019-12-12 the service takes 5,000 MiB in one request, more than the memory that a put comes in;
/// so an interrupted put leaves no uncommitted blocks, which nobody could remove without showing an empty object for a moment.
/// </remarks>
public sealed class AzureStore : IObjectStore
{
    /// <summary>1 MiB.</summary>
    public const int WholeReadBack = 1 << 20;

    /// <summary>64 KiB.</summary>
    public const int SampleReadBack = 64 << 10;

    /// <summary>What the service takes in one request.</summary>
    private const long LongestObject = 5_000L << 20;

    private readonly AzureStoreOptions _options;
    private readonly AzurePlace _place;

    /// <exception cref="Backup.Engine.BackupException">
    /// <see cref="Backup.Engine.FailureKind.Usage"/>: URL, container, prefix and credentials do not belong together.
    /// </exception>
    public AzureStore(AzureStoreOptions options) => (_options, _place) = (options, new AzurePlace(options));

    /// <inheritdoc/>
    public async Task<StoreProbe> ProbeAsync(CancellationToken cancellation)
    {
        try
        {
            return new StoreProbe(await StatAsync(ObjectName.Repository, cancellation) is not null ? StorePresence.Repository : await LookAsync(cancellation));
        }
        catch (StoreException e)
        {
            return StoreProbe.Of(e);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A container is a matter of the account: who may read it, what it keeps. None is made here.</remarks>
    public async Task CreateAsync(CancellationToken cancellation)
    {
        try
        {
            await AzureListing.ListAsync(_place, ObjectName.Repository, BlobStates.None, cancellation).AnyAsync(cancellation);
        }
        catch (StoreException e) when (e.Fault == StoreFault.Missing)
        {
            throw _place.Fault(
                StoreFault.Missing, $"does not exist. Make it, without public access: az storage container create --name {_options.Container}");
        }
    }

    /// <inheritdoc/>
    public async Task<bool> PutAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        if (!await UploadAsync(name, content, LockOf(name), cancellation))
        {
            return false;
        }

        await ReadBackAsync(name, content, cancellation);
        return true;
    }

    /// <inheritdoc/>
    public Task PutManyAsync(IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> objects, CancellationToken cancellation) =>
        ParallelPuts.RunAsync(this, objects, _options.Transfer.Connections, cancellation);

    /// <inheritdoc/>
    public Task<byte[]> GetAsync(string name, int limit, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return _place.CallAsync(
            AzureAccess.Read, name,
            async () =>
            {
                using var answer = await AzureRead.OpenAsync(_place, name, range: default, cancellation);
                if (answer.Total > limit)
                {
                    throw _place.Fault(StoreFault.Damaged, name, $"is longer than {limit} bytes.");
                }

                var content = new byte[(int)answer.Total];
                await answer.ReadAsync(content, cancellation);
                return content;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task GetRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return destination.IsEmpty ? RequireLengthAsync(name, offset, cancellation) : _place.CallAsync(
            AzureAccess.Read, name,
            async () =>
            {
                using var answer = await AzureRead.OpenAsync(_place, name, new HttpRange(offset, destination.Length), cancellation);
                await answer.ReadAsync(destination, cancellation);
                return true;
            },
            cancellation);
    }

    /// <inheritdoc/>
    public Task<ObjectInfo?> StatAsync(string name, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return _place.CallAsync<ObjectInfo?>(
            AzureAccess.Read, name,
            async () =>
            {
                try
                {
                    var found = (await _place.Blob(name).GetPropertiesAsync(cancellationToken: cancellation)).Value;
                    return AzureListing.IsFolder(found.Metadata) ? null : new ObjectInfo(name, found.ContentLength, found.LastModified);
                }
                catch (RequestFailedException answer) when (AzureFault.SaysNoObject(answer))
                {
                    return null;
                }
            },
            cancellation);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectName.RequirePrefix(prefix);
        await foreach (var (item, _) in AzureListing.ListAsync(_place, prefix, BlobStates.None, cancellation))
        {
            if (_place.NameOf(item.Name) is { } name && !AzureListing.IsFolder(item.Metadata))
            {
                yield return item.Properties is { ContentLength: { } length, LastModified: { } modified }
                    ? new ObjectInfo(name, length, modified)
                    : throw _place.Fault(StoreFault.Unreachable, "answers with a listing without lengths or times.");
            }
        }
    }

    /// <inheritdoc/>
    public Task<DeleteOutcome> DeleteAsync(string name, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return AzureRemoval.RemoveAsync(_place, name, cancellation);
    }

    /// <inheritdoc/>
    /// <remarks>An interrupted put leaves nothing; what an interrupted <see cref="ExamineAsync"/> leaves lies under <c>tmp/</c>.</remarks>
    public async Task SweepAsync(TimeSpan age, CancellationToken cancellation)
    {
        var old = await AzureListing.ListAsync(_place, AzurePlace.Temporary, BlobStates.None, cancellation)
            .Where(found => (found.Time ?? _place.Now) - found.Item.Properties.LastModified >= age)
            .ToListAsync(cancellation);
        foreach (var (item, _) in old)
        {
            await AzureRemoval.RemoveAsync(_place, item.Name[_place.Prefix.Length..], cancellation);
        }
    }

    /// <inheritdoc/>
    public Task<StoreCapabilities> ExamineAsync(CancellationToken cancellation) => new AzureExamination(_place, UploadAsync).RunAsync(cancellation);

    /// <inheritdoc/>
    public Task LockAsync(string name, DateTimeOffset until, CancellationToken cancellation)
    {
        ObjectName.Require(name);
        return AzureLock.ExtendAsync(_place, name, until, ModeOf(_options.Lock), cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _place.Dispose();
        return ValueTask.CompletedTask;
    }

    private static BlobImmutabilityPolicyMode ModeOf(StoreLock? demanded) =>
        demanded is { Compliance: false } ? BlobImmutabilityPolicyMode.Unlocked : BlobImmutabilityPolicyMode.Locked;

    private BlobImmutabilityPolicy? LockOf(string name) => _options.Lock is { } demanded && demanded.Of(name) > TimeSpan.Zero
        ? new BlobImmutabilityPolicy { ExpiresOn = AzureLock.WholeSecond(_place.Now + demanded.Of(name)), PolicyMode = ModeOf(demanded) }
        : null;

    private Task<bool> UploadAsync(string name, ReadOnlyMemory<byte> content, BlobImmutabilityPolicy? policy, CancellationToken cancellation) =>
        _place.CallAsync(
            AzureAccess.Write, name,
            async () =>
            {
                try
                {
                    await using var body = BinaryData.FromBytes(content).ToStream();
                    await _place.Blob(name).UploadAsync(
                        body,
                        new BlobUploadOptions
                        {
                            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
                            ImmutabilityPolicy = policy,
                            TransferOptions = new StorageTransferOptions { InitialTransferSize = LongestObject },
                            TransferValidation = new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 },
                        },
                        cancellation);
                    return true;
                }
                catch (RequestFailedException answer) when (AzureFault.SaysTaken(answer))
                {
                    return false;
                }
            },
            cancellation);

    /// <summary>What the store took must be what it gives. If it is not, it is taken away again: under that name, nothing is better than this.</summary>
    private async Task ReadBackAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var length = content.Length <= WholeReadBack ? content.Length : SampleReadBack;
        var offset = RandomNumberGenerator.GetInt32(content.Length - length + 1);
        var part = content.Slice(offset, length);
        if (await _place.CallAsync(AzureAccess.Read, name, () => IsAsync(name, content.Length, offset, part, cancellation), cancellation))
        {
            return;
        }

        try
        {
            await AzureRemoval.RemoveAsync(_place, name, cancellation);
        }
        catch (StoreException failure)
        {
            throw _place.Fault(StoreFault.Damaged, name, $"is not what was put there, and could not be removed: {failure.Message}");
        }

        throw _place.Fault(StoreFault.Damaged, name, "was not what was put there, and was removed.");
    }

    private async Task<bool> IsAsync(string name, long total, long offset, ReadOnlyMemory<byte> expected, CancellationToken cancellation)
    {
        try
        {
            var range = total == expected.Length ? default : new HttpRange(offset, expected.Length);
            using var answer = await AzureRead.OpenAsync(_place, name, range, cancellation);
            return answer.Total == total && await answer.IsAsync(expected, cancellation);
        }
        catch (RequestFailedException answer) when (AzureFault.SaysNoObject(answer) || answer.Status == 416)
        {
            return false;
        }
    }

    private async Task RequireLengthAsync(string name, long length, CancellationToken cancellation)
    {
        var found = await StatAsync(name, cancellation) ?? throw _place.Fault(StoreFault.NotFound, name, "is not there.");
        if (found.Length < length)
        {
            throw _place.Fault(StoreFault.Damaged, name, "ends before what was asked for.");
        }
    }

    /// <summary>What stands at the top of the place that has no <c>repository</c>.</summary>
    private async Task<StorePresence> LookAsync(CancellationToken cancellation)
    {
        var presence = StorePresence.Empty;
        await foreach (var (item, _) in AzureListing.ListAsync(_place, "", BlobStates.None, cancellation))
        {
            var name = item.Name[_place.Prefix.Length..];
            if (AzureListing.IsFolder(item.Metadata) || name.StartsWith(AzurePlace.Temporary, StringComparison.Ordinal))
            {
                continue;
            }

            // Things of others beside ours: it is safer to fill nothing there than to take the place for our own.
            if (!ObjectName.Folders.Any(folder => name.StartsWith(folder + "/", StringComparison.Ordinal)))
            {
                return StorePresence.Foreign;
            }

            presence = StorePresence.Unfinished;
        }

        return presence;
    }
}
