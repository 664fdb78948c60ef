using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Sealing;
using Backup.Engine.Stores;

namespace Backup.Engine.Snapshots;

/// <summary>Restores what is wanted of one pack after the other. Used by one thread.</summary>
internal sealed class PackRestore(Hash repository, Catalog catalog, PackPlaces places, ContentRestorerEvents events) : IDisposable
{
    private readonly SegmentCodec _codec = new();
    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(Limits.Segment + MemberSealer.FrameOverhead);
    private readonly byte[] _plain = GC.AllocateUninitializedArray<byte>(Limits.Segment);

    public void Restore(PackPart part, CancellationToken cancellation)
    {
        var open = part.Members.OrderBy(static member => member.Place.Offset).ToList();
        BackupException? last = null;
        var isFirst = true;
        foreach (var place in places(part.Pack))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                // What was read at once and is wrong is not taken twice.
                var read = isFirst ? part.Copy.ReaderAt(place, cancellation) : (offset, destination) => place.Read(offset, destination);
                isFirst = false;
                open.RemoveAll(member => RestoreMember(member, place, read, ref last, cancellation));
            }
            catch (BackupException failure) when (failure is StoreException or DamagedException)
            {
                events.PlaceFailed(place, part.Pack, failure);
                last = failure;
            }

            if (open.Count == 0)
            {
                break;
            }
        }

        if (open.Count > 0)
        {
            RestoreElsewhere(part.Pack, open, cancellation);
            Lose(part, open, last);
        }
    }

    public void Dispose() => _codec.Dispose();

    /// <summary>What was stored more than once is taken from another of its packs.</summary>
    private void RestoreElsewhere(Hash pack, List<MemberTask> open, CancellationToken cancellation)
    {
        foreach (var task in open)
        {
            foreach (var blob in task.Wanted.Keys.ToList())
            {
                _ = catalog.Places(blob).Where(place => place.Pack != pack).Any(other => RestoreBlob(task, blob, other, cancellation));
            }
        }
    }

    /// <returns>True when it was restored from there.</returns>
    private bool RestoreBlob(MemberTask task, BlobId blob, MemberPlace other, CancellationToken cancellation)
    {
        var single = new MemberTask(other, task.Domain);
        single.Wanted.Add(blob, task.Wanted[blob]);
        BackupException? last = null;
        var done = places(other.Pack).Any(place => RestoreMember(single, place, (offset, destination) => place.Read(offset, destination), ref last, cancellation));
        return done && task.Wanted.Remove(blob);
    }

    /// <returns>True when nothing of the member is wanted any more.</returns>
    private bool RestoreMember(MemberTask task, IPackPlace place, ReadMember read, ref BackupException? last, CancellationToken cancellation)
    {
        void ReadMember(int offset, Span<byte> destination) => read(task.Place.Offset + offset, destination);

        try
        {
            using var member = OpenMember.Open(repository, task.Domain, task.Place.Length, ReadMember);
            for (var segment = 0; segment < member.Footer.Segments.Count && task.Wanted.Count > 0; segment++)
            {
                cancellation.ThrowIfCancellationRequested();
                RestoreSegment(task, member, segment, place, ReadMember);
            }
        }
        catch (BackupException failure) when (failure is StoreException or DamagedException)
        {
            events.PlaceFailed(place, task.Place.Pack, failure);
            last = failure;
        }

        return task.Wanted.Count == 0;
    }

    private void RestoreSegment(MemberTask task, OpenMember member, int segment, IPackPlace place, ReadMember read)
    {
        var entry = member.Footer.Segments[segment];
        if (!entry.Blobs.Any(blob => task.Wanted.ContainsKey(blob.Id)))
        {
            return;
        }

        var plain = _plain.AsSpan(0, entry.PlainLength);
        member.ReadSegment(segment, read, _codec, _scratch, plain);
        var offset = 0;
        foreach (var blob in entry.Blobs)
        {
            if (task.Wanted.Remove(blob.Id, out var destinations))
            {
                var bytes = plain.Slice(offset, blob.Length);
                foreach (var destination in destinations)
                {
                    var finished = destination.Job.Write(destination.Offset, bytes);
                    events.Written(place.Site, bytes.Length);
                    if (finished)
                    {
                        events.Finished(destination.Job);
                    }
                }
            }

            offset += blob.Length;
        }
    }

    private void Lose(PackPart part, List<MemberTask> open, BackupException? last)
    {
        var why = $"pack {part.Pack} cannot be read at any site that was asked" + (last is null ? "" : $" ({last.Message})");
        foreach (var (_, destinations) in open.SelectMany(static member => member.Wanted))
        {
            foreach (var destination in destinations.Where(destination => destination.Job.Lose(why)))
            {
                events.Finished(destination.Job);
            }
        }
    }
}
