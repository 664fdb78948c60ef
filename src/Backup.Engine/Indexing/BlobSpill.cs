using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Indexing;

/// <summary>Blobs of the running run that memory does not hold: id to a number of its caller's. Used by one thread at a time.</summary>
internal sealed class BlobSpill : IDisposable
{
    /// <summary>Nothing is to survive anything: no journal, no sync. 8 MiB of pages.</summary>
    private const string Settings = """
        PRAGMA journal_mode = OFF;
        PRAGMA synchronous = OFF;
        PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA cache_size = -8192;
        CREATE TABLE blobs (id BLOB NOT NULL PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
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
            _add = _database.Prepare("INSERT INTO blobs VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET number = excluded.number");
            _find = _database.Prepare("SELECT number FROM blobs WHERE id = ?");
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

    /// <summary>Adds blobs. One that is there already gets the new number.</summary>
    /// <param name="ids">Each once; sorted by this call.</param>
    /// <param name="numbers">Of the blob at the same place.</param>
    public void Add(Id128[] ids, int[] numbers)
    {
        Array.Sort(ids, numbers);
        try
        {
            _database.Execute("BEGIN");
            for (var i = 0; i < ids.Length; i++)
            {
                _add.Bind(1, ids[i]).Bind(2, numbers[i]).Run();
            }

            _database.Execute("COMMIT");
        }
        catch (DatabaseException failure)
        {
            throw Unusable(failure);
        }
    }

    public int? Find(BlobId blob)
    {
        try
        {
            int? number = _find.Bind(1, blob.Value).Step() ? (int)_find.Number(0) : null;
            _find.Reset();
            return number;
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
