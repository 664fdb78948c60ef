using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Ledger;

/// <summary>
/// Members that hold pages of trees, sealed as at the sites: a backup compares with its parent from here instead of from a site. When they
/// are together longer than a bound, the oldest go. Safe for several threads; for several processes too, only that each keeps to the bound
/// by itself.
/// </summary>
/// <param name="path">An existing folder.</param>
/// <param name="mostBytes">The bound. Default 1 GiB: the pages of some ten million entries.</param>
internal sealed class TreeCache(string path, long mostBytes = 1L << 30)
{
    /// <summary>Its name in the state directory.</summary>
    public const string Folder = "trees";

    private readonly Lock _gate = new();
    private readonly DurableFolder _folder = new(path);
    private long? _bytes;

    /// <summary>Reads a member and compares it with its id.</summary>
    /// <returns>Null if it is not here, or was not sound: then it is not here any more.</returns>
    public byte[]? Read(Hash member)
    {
        var content = _folder.Read(member.ToString(), Limits.Pack);
        if (content is null || Hash.Of(content) == member)
        {
            return content;
        }

        Delete(member);
        return null;
    }

    /// <summary>Reads a part of what is here, without a look at the rest: whoever opens it sees whether it is sound.</summary>
    /// <returns>False if it is not here, or cannot be read.</returns>
    public bool TryRead(Hash member, long offset, Span<byte> destination)
    {
        try
        {
            return _folder.ReadRange(member.ToString(), offset, destination);
        }
        catch (PosixException)
        {
            return false;
        }
    }

    /// <summary>Takes up members. One that is longer than the bound, or that the disk does not take, is left out: it is read from a site then.</summary>
    public void Put(IReadOnlyCollection<(Hash Member, ReadOnlyMemory<byte> Content)> members)
    {
        lock (_gate)
        {
            var fitting = members.Where(item => item.Content.Length <= mostBytes).ToList();
            _bytes = (_bytes ?? Listed().Sum(file => file.Length)) + fitting.Sum(item => (long)item.Content.Length);
            try
            {
                _folder.PutMany([.. fitting.Select(item => (item.Member.ToString(), item.Content))]);
            }
            catch (PosixException)
            {
                _bytes = null;
                return;
            }

            if (_bytes > mostBytes)
            {
                Evict();
            }
        }
    }

    /// <summary>Removes a member, if it is here: its domain was erased.</summary>
    public void Delete(Hash member)
    {
        lock (_gate)
        {
            _folder.Delete(member.ToString());
            _bytes = null;
        }
    }

    /// <summary>Removes what interrupted writes left behind, if it is older than <paramref name="age"/>.</summary>
    public void Sweep(TimeSpan age) => _folder.Sweep(age);

    private IReadOnlyList<StoredFile> Listed() => _folder.List("").Files;

    /// <summary>Down to nine tenths of the bound, so that not every put has to list the folder.</summary>
    private void Evict()
    {
        var files = Listed();
        _bytes = files.Sum(file => file.Length);
        foreach (var file in files.OrderBy(file => file.Modified).ThenBy(file => file.Name, StringComparer.Ordinal))
        {
            if (_bytes <= mostBytes / 10 * 9)
            {
                break;
            }

            _folder.Delete(file.Name);
            _bytes -= file.Length;
        }
    }
}
