using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Ledger;

/// <summary>
/// Objects that were stored while too few sites answered, sealed as at the sites: a site that comes back is filled from here even if the only one that
/// took them is gone by then. Safe for several threads.
/// </summary>
/// <param name="path">An existing folder.</param>
internal sealed class Spool(string path)
{
    private readonly Lock _gate = new();
    private readonly DurableFolder _folder = new(path);
    private long? _bytes;

    /// <summary>Keeps an object, if there is room for it.</summary>
    /// <param name="name">As at the sites.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mostBytes">The bound of all objects together.</param>
    /// <returns>False if the spool is full.</returns>
    public bool TryPut(string name, ReadOnlySpan<byte> content, long mostBytes)
    {
        lock (_gate)
        {
            _bytes ??= Objects().Sum(static file => file.Length);
            if (_bytes + content.Length > mostBytes)
            {
                return false;
            }

            _bytes += _folder.Put(name, content) ? content.Length : 0;
            return true;
        }
    }

    public bool Holds(string name) => _folder.Stat(name) is not null;

    /// <summary>Reads an object and compares it with its hash; null if it is not here as it was put.</summary>
    public byte[]? Read(string name, Hash expected) =>
        _folder.Read(name, Limits.Object) is { } content && Hash.Of(content) == expected ? content : null;

    /// <summary>Removes an object, if it is here.</summary>
    public void Delete(string name)
    {
        lock (_gate)
        {
            _folder.Delete(name);
            _bytes = null;
        }
    }

    /// <summary>Removes everything: enough sites have it now.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            foreach (var file in Objects())
            {
                _folder.Delete(file.Name);
            }

            _bytes = null;
        }
    }

    /// <summary>Removes what interrupted writes left behind, if it is older than <paramref name="age"/>.</summary>
    public void Sweep(TimeSpan age) => _folder.Sweep(age);

    private List<StoredFile> Objects()
    {
        var found = new List<StoredFile>();
        var waiting = new Stack<string>(_folder.List("").Folders);
        while (waiting.TryPop(out var folder))
        {
            var (files, folders) = _folder.List(folder);
            found.AddRange(files);
            foreach (var inner in folders)
            {
                waiting.Push(inner);
            }
        }

        return found;
    }
}
