using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Sealing;
using Backup.Engine.Stores;

namespace Backup.Engine.Snapshots;

/// <summary>Restores what is wanted of one pack after the other. Used by one thread.</summary>
internal sealed class PackRestore(Hash repository, PackPlaces places, ContentRestorerEvents events) : IDisposable
{
    private readonly SegmentCodec _codec = new();
    private readonly byte[] _scratch = GC.AllocateUninitializedArray<byte>(Limits.Segment + MemberSealer.FrameOverhead);
    private readonly byte[] _plain = GC.AllocateUninitializedArray<byte>(Limits.Segment);
    private byte[] _pack = [];

    public void Restore(PackTask task, CancellationToken cancellation)
    {
        var open = task.Members.OrderBy(static member => member.Place.Offset).ToList();
        BackupException? last = null;
        foreach (var place in places(task.Pack))
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                var read = ReaderOf(open, place);
                open.RemoveAll(member => RestoreMember(member, place, read, ref last, cancellation));
            }
            catch (BackupException failure) when (failure is StoreException or DamagedException)
            {
                events.PlaceFailed(place, task.Pack, failure);
                last = failure;
            }

            if (open.Count == 0)
            {
                return;
            }
        }

        Lose(task, open, last);
    }

    public void Dispose() => _codec.Dispose();

    /// <summary>Reads all of what is wanted at once when it is most of a stretch of the pack, else piece by piece.</summary>
    private ReadPack ReaderOf(List<MemberTask> members, IPackPlace place)
    {
        var start = members[0].Place.Offset;
        var end = members.Max(static member => member.Place.Offset + member.Place.Length);
        var wanted = members.Sum(static member => (long)member.Place.Length);
        if (end - start > Limits.Pack || wanted < (end - start) / 2)
        {
            return (offset, destination) => place.Read(offset, destination);
        }

        if (_pack.Length < end - start)
        {
            _pack = GC.AllocateUninitializedArray<byte>(Math.Max(end - start, Packing.PackBuffers.Size));
        }

        place.Read(start, _pack.AsMemory(0, end - start));
        return (offset, destination) => _pack.AsSpan((int)(offset - start), destination.Length).CopyTo(destination);
    }

    /// <returns>True when nothing of the member is wanted any more.</returns>
    private bool RestoreMember(MemberTask task, IPackPlace place, ReadPack read, ref BackupException? last, CancellationToken cancellation)
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

    private delegate void ReadPack(long offset, Span<byte> destination);

    private void Lose(PackTask task, List<MemberTask> open, BackupException? last)
    {
        var why = $"pack {task.Pack} cannot be read at any site that was asked" + (last is null ? "" : $" ({last.Message})");
        foreach (var (_, destinations) in open.SelectMany(static member => member.Wanted))
        {
            foreach (var destination in destinations.Where(destination => destination.Job.Lose(why)))
            {
                events.Finished(destination.Job);
            }
        }
    }
}
