using System.Runtime.InteropServices;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Indexing;
using Backup.Engine.Packing;

namespace Backup.Engine.Snapshots;

/// <summary>Which blobs of which packs the files of a batch need, in pieces of work of like size.</summary>
internal sealed class ContentPlan(Catalog catalog)
{
    /// <summary>What a part of a pack costs at most, in bytes to be written: small enough that no thread is left alone with the last one for long.</summary>
    private const long PartCost = 8 << 20;

    /// <summary>A blob is mostly a file of its own, and to make one costs as much as to write this.</summary>
    private const long BlobCost = 8 << 10;

    private readonly Dictionary<Hash, List<PackPart>> _packs = [];
    private readonly List<List<PackPart>> _order = [];

    /// <summary>Plans a file. What is in no pack is lost at once.</summary>
    public void Add(FileJob job, DomainRecord domain, IReadOnlyList<BlobReference> blobs, Action<FileJob> finished)
    {
        var offset = 0L;
        var found = catalog.Locate([.. blobs.Select(static blob => blob.Id)]);
        for (var i = 0; i < blobs.Count; i++)
        {
            if (found[i] is { } place)
            {
                PartOf(place).Want(place, domain, blobs[i].Id, new Destination(job, offset), blobs[i].Length + BlobCost);
            }
            else if (job.Lose($"blob {blobs[i].Id} is in no pack that the index names"))
            {
                finished(job);
            }

            offset += blobs[i].Length;
        }
    }

    /// <summary>The parts of a pack one after the other, the packs in the order of the files.</summary>
    public IReadOnlyList<PackPart> Parts()
    {
        var parts = _order.SelectMany(static pack => pack).ToList();
        parts.ForEach(static part => part.Copy.AddUser());
        return parts;
    }

    private PackPart PartOf(MemberPlace place)
    {
        ref var parts = ref CollectionsMarshal.GetValueRefOrAddDefault(_packs, place.Pack, out var known);
        if (!known)
        {
            _order.Add(parts = [new PackPart(place.Pack, new PackCopy(place.Pack))]);
        }

        if (parts![^1].Cost >= PartCost)
        {
            parts.Add(new PackPart(place.Pack, parts[^1].Copy));
        }

        return parts[^1];
    }
}

/// <summary>Where a blob goes.</summary>
/// <param name="Job">The file.</param>
/// <param name="Offset">Among the content bytes of the file.</param>
internal readonly record struct Destination(FileJob Job, long Offset);

/// <summary>What is wanted of a member.</summary>
internal sealed class MemberTask(MemberPlace place, DomainRecord domain)
{
    public MemberPlace Place { get; } = place;

    public DomainRecord Domain { get; } = domain;

    /// <summary>Blobs that are still to come, with everywhere they go.</summary>
    public Dictionary<BlobId, List<Destination>> Wanted { get; } = [];
}

/// <summary>Some of what is wanted of a pack: the work of one thread at a time.</summary>
internal sealed class PackPart(Hash pack, PackCopy copy)
{
    private readonly Dictionary<Hash, MemberTask> _members = [];

    public Hash Pack { get; } = pack;

    public PackCopy Copy { get; } = copy;

    public ContentBatch? Batch { get; set; }

    public long Cost { get; private set; }

    public IEnumerable<MemberTask> Members => _members.Values;

    public void Want(MemberPlace place, DomainRecord domain, BlobId blob, Destination destination, long cost)
    {
        ref var member = ref CollectionsMarshal.GetValueRefOrAddDefault(_members, place.Member, out var known);
        if (!known)
        {
            member = new MemberTask(place, domain);
            Copy.Want(place);
        }

        ref var wanted = ref CollectionsMarshal.GetValueRefOrAddDefault(member!.Wanted, blob, out _);
        (wanted ??= new List<Destination>(1)).Add(destination);
        Cost += cost;
    }
}

/// <summary>
/// The stretch of a pack that is wanted, read at once for all parts of the pack when most of it is wanted. It comes from one site: where that one fails, single
/// members are read from the next.
/// </summary>
internal sealed class PackCopy(Hash pack)
{
    private readonly HashSet<Hash> _members = [];
    private readonly TaskCompletionSource<(byte[] Bytes, string Site)?> _read = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _end;
    private long _wanted;
    private int _users;

    public Hash Pack { get; } = pack;

    public int Start { get; private set; } = int.MaxValue;

    public int Length => _end - Start;

    /// <summary>Whether it is read at once.</summary>
    public bool IsDense => Length <= PackBuffers.Size && _wanted >= Length / 2;

    /// <summary>What was read; null before that, and if no site gave it.</summary>
    public byte[]? Bytes => _read.Task is { IsCompletedSuccessfully: true, Result: var (bytes, _) } ? bytes : null;

    public void Want(MemberPlace place)
    {
        if (_members.Add(place.Member))
        {
            Start = Math.Min(Start, place.Offset);
            _end = Math.Max(_end, place.Offset + place.Length);
            _wanted += place.Length;
        }
    }

    public void AddUser() => _users++;

    public void Set((byte[] Bytes, string Site)? read) => _read.TrySetResult(read);

    public void Fail(Exception failure) => _read.TrySetException(failure);

    /// <summary>Reads at offsets of the pack: from the copy, and otherwise there.</summary>
    /// <param name="place">Answers for the bytes of the copy from now on, if there is one.</param>
    /// <param name="cancellation">Ends the wait for the copy.</param>
    public ReadMember ReaderAt(IPackPlace place, CancellationToken cancellation)
    {
        if (IsDense && _read.Task.WaitAsync(cancellation).GetAwaiter().GetResult() is var (bytes, site))
        {
            place.Follow(site);
            return (offset, destination) => bytes.AsSpan(offset - Start, destination.Length).CopyTo(destination);
        }

        return (offset, destination) => place.Read(offset, destination);
    }

    /// <summary>To be called once by each part, when it reads no more.</summary>
    /// <returns>True for the last one.</returns>
    public bool Leave() => Interlocked.Decrement(ref _users) == 0;
}
