using System.Globalization;
using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Indexing;

/// <summary>The file behind a <see cref="Catalog"/>: what its tables are, and whether a file that is found is one of ours.</summary>
internal static class CatalogFile
{
    /// <summary>Written into every file, and changed whenever a table changes: what has another number is built anew.</summary>
    private const int Version = 3;

    /// <summary>"BKUC", at byte 68 of the file.</summary>
    private const int ApplicationId = 0x424B5543;

    /// <summary>
    /// 16 MiB of pages. More brings nothing: what is looked up is scattered by design, and the kernel holds the file too.
    /// </summary>
    private const string Settings = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA secure_delete = ON;
        PRAGMA cache_size = -16384;
        PRAGMA journal_size_limit = 4194304;
        PRAGMA cell_size_check = ON;
        PRAGMA trusted_schema = OFF;
        """;

    /// <summary>
    /// A number stands for a pack or a member wherever another table names it: blobs then take 26 bytes each, of which 16 are the id. The
    /// numbers of objects ascend as the inventories do, so a larger one is a newer pack. <c>lost</c> is 1 when no site that was listed
    /// holds a good copy. Which domains a snapshot holds is kept as stretches of the snapshots of one source, in the order in which they were looked at: a
    /// person who is there every night takes one row. A stretch that has not ended has no last one.
    /// </summary>
    private const string Tables = """
        CREATE TABLE repository (id BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE inventories (id BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE indexes (id BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
        CREATE TABLE objects (
          number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, class INTEGER NOT NULL, length INTEGER NOT NULL, state INTEGER NOT NULL,
          lost INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX objects_lost ON objects (lost) WHERE lost = 1;
        CREATE TABLE members (
          number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, domain BLOB NOT NULL, content INTEGER NOT NULL, length INTEGER NOT NULL);
        CREATE INDEX members_domain ON members (domain);
        CREATE TABLE places (
          member INTEGER NOT NULL, pack INTEGER NOT NULL, offset INTEGER NOT NULL, PRIMARY KEY (member, pack, offset)) WITHOUT ROWID;
        CREATE TABLE blobs (id BLOB NOT NULL, member INTEGER NOT NULL, PRIMARY KEY (id, member)) WITHOUT ROWID;
        CREATE TABLE indexed (index_id BLOB NOT NULL, pack INTEGER NOT NULL, PRIMARY KEY (index_id, pack)) WITHOUT ROWID;
        CREATE TABLE sites (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
        CREATE TABLE faults (
          id BLOB NOT NULL, site INTEGER NOT NULL, fault INTEGER NOT NULL, class INTEGER NOT NULL,
          PRIMARY KEY (id, site, fault)) WITHOUT ROWID;
        CREATE TABLE looked (number INTEGER PRIMARY KEY, snapshot BLOB NOT NULL UNIQUE, chain INTEGER NOT NULL);
        CREATE INDEX looked_chain ON looked (chain, number);
        CREATE TABLE presence (
          domain BLOB NOT NULL, chain INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER, PRIMARY KEY (domain, chain, first)) WITHOUT ROWID;
        """;

    /// <summary>Opens a catalog of this repository.</summary>
    /// <exception cref="DatabaseException">
    /// It is damaged, another program's, another repository's or another version's: see <see cref="DatabaseException.IsDamage"/>.
    /// </exception>
    public static Database Open(string path, Hash repository)
    {
        var database = Database.Open(path);
        try
        {
            database.Execute(Settings);
            if (database.Number("PRAGMA schema_version") == 0)
            {
                Create(database, repository);
            }

            Check(database, repository);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Removes the file and what SQLite keeps beside it. Other processes that have it open go on with what they have.</summary>
    public static void Remove(string path)
    {
        LocalFile.Remove(path);
        LocalFile.Remove(path + "-wal");
        LocalFile.Remove(path + "-shm");
    }

    private static void Create(Database database, Hash repository)
    {
        // Two processes may start with no file at once: the second finds the tables when it has the lock.
        database.Execute("BEGIN IMMEDIATE");
        if (database.Number("PRAGMA schema_version") == 0)
        {
            database.Execute(Tables);
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA application_id = {ApplicationId}"));
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Version}"));
            using var statement = database.Prepare("INSERT INTO repository VALUES (?)");
            statement.Bind(1, repository).Run();
        }

        database.Execute("COMMIT");
    }

    private static void Check(Database database, Hash repository)
    {
        if (database.Number("PRAGMA application_id") != ApplicationId || database.Number("PRAGMA user_version") != Version)
        {
            throw DatabaseException.NotOurs("it is another program's or another version's");
        }

        using var statement = database.Prepare("SELECT id FROM repository");
        if (!statement.Step() || statement.Hash(0) != repository)
        {
            throw DatabaseException.NotOurs("it is another repository's");
        }
    }
}
