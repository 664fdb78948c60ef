using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Indexing;

/// <summary>Blobs of the running run that memory does not hold. Used by one thread at a time.</summary>
internal sealed class BlobSpill : IDisposable
{
    /// <summary>Nothing is to survive anything: no journal, no sync. 8 MiB of pages.</summary>
    private const string Settings = """
        PRAGMA journal_mode = OFF;
        PRAGMA synchronous = OFF;
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA cache_size = -8192;
        CREATE TABLE blobs (id BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
        """;

    private readonly string _path;
    private readonly Database _database;
    private readonly Statement _add;
    private readonly Statement _find;

    /// <exception cref="BackupException">The folder cannot be written to.</exception>
    public BlobSpill(string folder)
    {
        _path = Path.Join(folder, $"blobs-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.db");
        try
        {
            _database = Database.Open(_path);
            _database.Execute(Settings);
            _add = _database.Prepare("INSERT OR IGNORE INTO blobs VALUES (?)");
            _find = _database.Prepare("SELECT 1 FROM blobs WHERE id = ?");
        }
        catch (DatabaseException failure)
        {
            _database?.Dispose();
            throw Unusable(failure);
        }
        finally
        {
            // From here on only this process has it, and with the process it goes.
            LocalFile.Remove(_path);
        }
    }

    /// <summary>Adds blobs that may be there already.</summary>
    /// <param name="ids">Sorted by this call.</param>
    public void Add(Id128[] ids)
    {
        Array.Sort(ids);
        try
        {
            _database.Execute("BEGIN");
            foreach (var id in ids)
            {
                _add.Bind(1, id).Run();
            }

            _database.Execute("COMMIT");
        }
        catch (DatabaseException failure)
        {
            throw Unusable(failure);
        }
    }

    public bool Contains(BlobId blob)
    {
        try
        {
            var found = _find.Bind(1, blob.Value).Step();
            _find.Reset();
            return found;
        }
        catch (DatabaseException failure)
        {
            throw Unusable(failure);
        }
    }

    public void Dispose() => _database.Dispose();

    private BackupException Unusable(DatabaseException failure) => new(
        FailureKind.Failed,
        $"The scratch file {_path} cannot be used: {failure.Message}.",
        failure.IsFull ? "Free space on that file system, then run again." : "Check that the folder is writable and its disk sound.",
        failure);
}
