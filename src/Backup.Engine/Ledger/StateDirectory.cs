using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Ledger;

/// <summary>
/// What a machine keeps of a repository. Everything but <c>owner</c>, <c>init</c> and <c>recovery</c> can be had again from one site; without it reading
/// works and only costs time. Nothing in it opens a key by itself. Every write is durable when its method returns. Several processes may
/// use it at once.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>pin</c>: repository and newest head seen</item>
/// <item><c>repository</c>: copy of that object</item>
/// <item><c>ledger/</c>: copies of the entries, each durable before its first put to a site</item>
/// <item><c>owner</c>: this host's term and owner key, sealed</item>
/// <item><c>init/draft</c>: what an <c>init</c> that did not finish has drawn, sealed under the passphrase</item>
/// <item><c>recovery/draft</c>: the key that a <c>key recovery</c> which did not finish has drawn, sealed to what opened the repository</item>
/// <item><c>objects/</c>: slots, keyring and snapshots as at the sites</item>
/// <item><c>trees/</c>: members with pages as at the sites</item>
/// <item><c>catalog.db</c>, <c>spool/</c> objects that too few sites have, <c>*.lock</c>, <c>tmp/</c> leftovers of interrupted writes</item>
/// </list>
/// Folders 0700, files 0600; those of SQLite as the umask has it, for they hold ids only.
/// </remarks>
internal sealed class StateDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string PinFile = "pin";
    private const string OwnerFile = "owner";
    private const string DraftFile = "init/draft";
    private const string RecoveryFile = "recovery/draft";
    private const string LedgerFolder = "ledger";
    private const string ObjectFolder = "objects";

    /// <summary>A gc looks for a moment whether a lock is free: that ends no other run.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    /// <summary>Larger is no file of ours.</summary>
    private const int SmallFile = 1 << 20;

    private readonly DurableFolder _folder;

    private StateDirectory(string path)
    {
        Path = path;
        _folder = new DurableFolder(path);
        DurableFolder.Create(SpoolPath);
        DurableFolder.Create(System.IO.Path.Join(path, TreeCache.Folder));
        Spool = new Spool(SpoolPath);
        Trees = new TreeCache(System.IO.Path.Join(path, TreeCache.Folder));
    }

    public string Path { get; }

    public string CatalogPath => System.IO.Path.Join(Path, "catalog.db");

    public string SpoolPath => System.IO.Path.Join(Path, "spool");

    /// <summary>What too few sites have yet.</summary>
    public Spool Spool { get; }

    /// <summary>The sealed members with pages that this machine has read or written last.</summary>
    public TreeCache Trees { get; }

    /// <summary>Opens the state of one repository, and makes what is missing of its folders.</summary>
    /// <param name="path">Absolute path.</param>
    /// <exception cref="BackupException">It cannot be made, read or written.</exception>
    public static StateDirectory Open(string path)
    {
        DurableFolder.Create(path);
        try
        {
            LocalFile.Close(path);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new BackupException(
                FailureKind.Failed,
                $"The state directory {path} belongs to another user.",
                "Run as that user, or name another directory with --state.",
                failure);
        }

        return new StateDirectory(path);
    }

    /// <summary>The pin; null if this machine has seen no head yet.</summary>
    /// <exception cref="BackupException">
    /// There is one, and it cannot be read: without it an old copy of the repository could pass for the newest.
    /// </exception>
    public LedgerPin? ReadPin()
    {
        var text = _folder.Read(PinFile, SmallFile);
        return text is null ? null : LedgerPin.Decode(text) ?? throw new BackupException(
            FailureKind.Damage,
            $"The file {System.IO.Path.Join(Path, PinFile)} is damaged: it names no repository and head.",
            "Remove it if the sites are not suspected of showing an old state: the newest head they show is pinned then.");
    }

    public void WritePin(LedgerPin pin) => _folder.Replace(PinFile, pin.Encode());

    /// <summary>This machine's copy of the object <c>repository</c>; null if there is none.</summary>
    public byte[]? ReadRepository() => _folder.Read(ObjectNames.Repository, SmallFile);

    public void WriteRepository(ReadOnlySpan<byte> content) => _folder.Replace(ObjectNames.Repository, content);

    /// <summary>The sealed <see cref="Owner"/>; null if this machine never was one.</summary>
    public byte[]? ReadOwner() => _folder.Read(OwnerFile, SmallFile);

    public void WriteOwner(ReadOnlySpan<byte> content) => _folder.Replace(OwnerFile, content);

    /// <summary>What an <c>init</c> that did not finish left; null if there is nothing to go on with.</summary>
    public byte[]? ReadDraft() => _folder.Read(DraftFile, SmallFile);

    public void WriteDraft(ReadOnlySpan<byte> content) => _folder.Replace(DraftFile, content);

    public void DeleteDraft() => _folder.Delete(DraftFile);

    /// <summary>What a <c>key recovery</c> that did not finish left; null if there is nothing to go on with.</summary>
    public byte[]? ReadRecoveryDraft() => _folder.Read(RecoveryFile, SmallFile);

    public void WriteRecoveryDraft(ReadOnlySpan<byte> content) => _folder.Replace(RecoveryFile, content);

    public void DeleteRecoveryDraft() => _folder.Delete(RecoveryFile);

    /// <summary>The names of the ledger entries of which there is a copy, whether sound or not.</summary>
    public IReadOnlyCollection<string> EntryNames() => [.. _folder.List(LedgerFolder).Files.Select(file => file.Name)];

    /// <summary>A copy of a ledger entry, not verified; null if there is none.</summary>
    public byte[]? ReadEntry(string name) => _folder.Read(name, Limits.Object);

    public bool HasEntry(string name) => _folder.Stat(name) is not null;

    /// <summary>Keeps a new entry. Only after that is it put to any site.</summary>
    public void PutEntry(string name, ReadOnlySpan<byte> content) => _folder.Put(name, content);

    /// <summary>Keeps entries that were read from sites and verified, in the place of copies that were not sound.</summary>
    public void SaveEntries(IReadOnlyCollection<(string Name, ReadOnlyMemory<byte> Content)> entries)
    {
        var known = entries.ToLookup(entry => HasEntry(entry.Name));
        foreach (var (name, content) in known[true])
        {
            _folder.Replace(name, content.Span);
        }

        _folder.PutMany([.. known[false]]);
    }

    /// <summary>
    /// A copy of an object of the keyring or of a snapshot, compared with its hash; null if there is none, or none that is sound.
    /// </summary>
    public byte[]? ReadObject(Hash id)
    {
        var content = _folder.Read(ObjectFile(id), Limits.Object);
        return content is not null && Hash.Of(content) == id ? content : null;
    }

    /// <summary>Keeps copies of objects.</summary>
    public void SaveObjects(IEnumerable<ReadOnlyMemory<byte>> objects)
    {
        foreach (var content in objects)
        {
            var id = Hash.Of(content.Span);
            if (ReadObject(id) is null)
            {
                _folder.Replace(ObjectFile(id), content.Span);
            }
        }
    }

    /// <summary>
    /// Removes every copied object but these. After an erasure that is a part of it: an older keyring must not stay here.
    /// </summary>
    public void PruneObjects(IReadOnlySet<Hash> keep)
    {
        foreach (var file in _folder.List(ObjectFolder).Files)
        {
            if (!Hash.TryParse(System.IO.Path.GetFileName(file.Name), out var id) || !keep.Contains(id))
            {
                _folder.Delete(file.Name);
            }
        }
    }

    /// <summary>Removes what interrupted writes left behind, if it was last written longer ago than <paramref name="age"/>.</summary>
    public void Sweep(TimeSpan age)
    {
        _folder.Sweep(age);
        Trees.Sweep(age);
        Spool.Sweep(age);
    }

    /// <summary>Takes the lock of one kind of run, held for the whole run: two of a kind never run at once.</summary>
    /// <param name="kind">The verb: "backup", "sync".</param>
    /// <exception cref="BackupException"><see cref="FailureKind.NotOwner"/>: another process has it.</exception>
    public FileLock LockRun(string kind) => FileLock.TakeAsync(LockFile(kind), kind, Moment, TimeProvider.System, CancellationToken.None).GetAwaiter().GetResult();

    /// <inheritdoc cref="LockRun"/>
    /// <returns>The lock; null if another process has it.</returns>
    public FileLock? TryLockRun(string kind, out LockHolder holder) => FileLock.TryTake(LockFile(kind), kind, out holder);

    /// <summary>
    /// Takes the lock that every run takes for one step of the ledger: read the head, write, let go. Never held while something is
    /// transferred.
    /// </summary>
    /// <exception cref="BackupException"><see cref="FailureKind.NotOwner"/>: another process still has it after a minute.</exception>
    public Task<FileLock> LockStepAsync(string purpose, TimeProvider time, CancellationToken cancellation) =>
        FileLock.TakeAsync(LockFile("state"), purpose, TimeSpan.FromMinutes(1), time, cancellation);

    /// <summary>
    /// Takes the lock of whoever puts or destroys keyrings, epochs and slots at the sites.
    /// </summary>
    /// <exception cref="BackupException"><see cref="FailureKind.NotOwner"/>: another process still has it after <paramref name="wait"/>.</exception>
    public Task<FileLock> LockKeysAsync(string purpose, TimeSpan wait, TimeProvider time, CancellationToken cancellation) =>
        FileLock.TakeAsync(LockFile("keys"), purpose, wait, time, cancellation);

    /// <inheritdoc cref="LockKeysAsync"/>
    /// <returns>The lock; null if another process has it.</returns>
    public FileLock? TryLockKeys(string purpose) => FileLock.TryTake(LockFile("keys"), purpose, out _);

    private static string ObjectFile(Hash id) => $"{ObjectFolder}/{id}";

    private string LockFile(string name) => System.IO.Path.Join(Path, $"{name}.lock");
}
