using System.Buffers;
using Azure;
using Azure.Storage.Blobs.Models;
using Backup.Engine.Stores;

namespace Backup.Stores.Azure;

/// <summary>The answer to a read: what the service says the object is, and its bytes, as many as it said and no others.</summary>
internal sealed class AzureRead : IDisposable
{
    private readonly AzurePlace _place;
    private readonly string _name;
    private readonly BlobDownloadStreamingResult _answer;

    private AzureRead(AzurePlace place, string name, BlobDownloadStreamingResult answer) => (_place, _name, _answer) = (place, name, answer);

    /// <summary>Bytes of the whole object.</summary>
    public long Total { get; private init; }

    /// <param name="place">Where.</param>
    /// <param name="name">The object.</param>
    /// <param name="range">Default: all of it.</param>
    /// <param name="cancellation">Ends the call.</param>
    public static async Task<AzureRead> OpenAsync(AzurePlace place, string name, HttpRange range, CancellationToken cancellation)
    {
        var answer = (await place.Blob(name).DownloadStreamingAsync(new BlobDownloadOptions { Range = range }, cancellation)).Value;
        try
        {
            if (AzureListing.IsFolder(answer.Details.Metadata))
            {
                throw place.Fault(StoreFault.NotFound, name, "is a folder.");
            }

            if (range.Length > 0 && answer.Details.ContentLength == 0)
            {
                throw place.Fault(StoreFault.Damaged, name, "ends before what was asked for.");
            }

            var (offset, total) = RangeOf(answer.Details) ?? (0, answer.Details.ContentLength);
            return offset == range.Offset && (range.Length is null || answer.Details.ContentLength <= range.Length)
                ? new AzureRead(place, name, answer) { Total = total }
                : throw place.Fault(StoreFault.Unreachable, $"answers with another part of {name} than was asked for.");
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <summary>Fills the memory; an object that has less than that is damaged.</summary>
    public async Task ReadAsync(Memory<byte> destination, CancellationToken cancellation)
    {
        if (_answer.Details.ContentLength != destination.Length)
        {
            throw _place.Fault(StoreFault.Damaged, _name, "ends before what was asked for.");
        }

        await _answer.Content.ReadExactlyAsync(destination, cancellation);
    }

    /// <summary>Whether it is just these bytes.</summary>
    public async Task<bool> IsAsync(ReadOnlyMemory<byte> expected, CancellationToken cancellation)
    {
        if (_answer.Details.ContentLength != expected.Length)
        {
            return false;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
        try
        {
            while (!expected.IsEmpty)
            {
                var piece = buffer.AsMemory(0, Math.Min(buffer.Length, expected.Length));
                await _answer.Content.ReadExactlyAsync(piece, cancellation);
                if (!piece.Span.SequenceEqual(expected.Span[..piece.Length]))
                {
                    return false;
                }

                expected = expected[piece.Length..];
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _answer.Dispose();

    /// <summary>Offset and whole length of <c>bytes 0-99/1000</c>; null if the answer is no part.</summary>
    private static (long Offset, long Total)? RangeOf(BlobDownloadDetails details) =>
        details.ContentRange is { Length: > 0 } text && System.Net.Http.Headers.ContentRangeHeaderValue.TryParse(text, out var range) &&
        range is { From: { } from, Length: { } total } ? (from, total) : null;
}
