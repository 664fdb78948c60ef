using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;
using Backup.Engine.Sites;

namespace Backup.Engine.Runs;

/// <content>The keyring: how it is opened, and how domains that a run has made come into it.</content>
internal sealed partial class Session
{
    /// <summary>Longer than any batch of small objects takes to travel to a slow site.</summary>
    private static readonly TimeSpan KeyLockWait = TimeSpan.FromMinutes(10);

    /// <summary>Keyrings that were replaced: records of their domains are still in use.</summary>
    private readonly List<IDisposable> _formerKeys = [];
    private readonly List<OpenedSlot> _slots = [];
    private LedgerEpoch? _opened;
    private LedgerEpoch? _toName;
    private int _domainsPut;

    public Keyring Keyring { get; private set; } = null!;

    /// <summary>The unlock slot that opened the repository.</summary>
    public OpenedSlot Opener => _slots.Find(slot => Ledger.Head.Body.Slots.Contains(slot.Id)) ?? _slots[^1];

    /// <summary>The epoch that seals the keyring.</summary>
    public Epoch? Epoch { get; private set; }

    /// <summary>
    /// Opens an unlock slot with what the machine was given, unless the one that was opened is among them: a secret may come through a pipe, once.
    /// </summary>
    /// <param name="slots">Those that are live at an entry of the ledger.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <returns>Disposed with the session.</returns>
    /// <exception cref="WrongKeyException">It opens none.</exception>
    private async Task<OpenedSlot> UnlockAsync(IReadOnlyCollection<Hash> slots, CancellationToken cancellation)
    {
        if (await _early.TakeAsync() is { } early)
        {
            _slots.Add(early);
        }

        if (_slots.Find(slot => slots.Contains(slot.Id)) is { } opened)
        {
            return opened;
        }

        var source = Context.Secret();
        var objects = new List<byte[]>();
        foreach (var id in slots)
        {
            objects.Add(await KeyObjectAsync(ObjectNames.Slot(id), id, cancellation));
        }

        if (UseState)
        {
            State.SaveObjects([.. objects]);
        }

        // Argon2 takes a tenth of a second of one core.
        var draft = _options.TakesDraft ? ReadDraft() : null;
        var slot = await Task.Run(() => Unlocker.Open(source, Repository, objects, draft), cancellation);
        _slots.Add(slot);
        return slot;
    }

    /// <summary>Opens the share of the current epoch with a recovery key.</summary>
    /// <returns>The slot that it opened.</returns>
    /// <exception cref="WrongKeyException">It opens none.</exception>
    public async Task<Hash> TryRecoveryKeyAsync(SecretBytes seed, CancellationToken cancellation)
    {
        var objects = new List<byte[]>();
        foreach (var id in Ledger.Head.Body.Slots)
        {
            objects.Add(await KeyObjectAsync(ObjectNames.Slot(id), id, cancellation));
        }

        using var slot = UnlockSlot.OpenWithRecoveryKey(Repository, seed.Span, objects);
        var (epoch, keyring) = await OpenKeyringAsync(Ledger.Epoch, slot, cancellation);
        epoch.Dispose();
        keyring.Dispose();
        return slot.Id;
    }

    /// <summary>The recovery key that a run which did not finish has drawn; null if there is none, or none that this run's secret opens.</summary>
    public SecretBytes? FindDraft()
    {
        if (ReadDraft() is not { } draft)
        {
            return null;
        }

        // The draft's own slot opened the repository: the key at hand is the one that it replaced.
        var own = _slots.Find(slot => slot.Id == draft.Slot);
        return own is not null ? SecretBytes.CopyOf(own.Seed.Span) : _slots.Select(slot => draft.TryOpen(Sealer, slot.Seed)).FirstOrDefault(static seed => seed is not null);
    }

    /// <summary>Keeps a new recovery key in the state, sealed to what opened the repository, until it was given out.</summary>
    public void KeepDraft(Hash slot, SecretBytes seed)
    {
        State.WriteRecoveryDraft(RecoveryDraft.Seal(Sealer, Opener, slot, seed).Encode());
    }

    /// <summary>A slot that was removed is not to be given out any more.</summary>
    public void ForgetDraft(Hash slot)
    {
        if (ReadDraft()?.Slot == slot)
        {
            State.DeleteRecoveryDraft();
        }
    }

    private RecoveryDraft? ReadDraft() => State.ReadRecoveryDraft() is { } content ? RecoveryDraft.TryDecode(content) : null;

    /// <summary>
    /// Takes the lock under which objects of <c>keyring/</c>, <c>epochs/</c> and <c>slots/</c> are put or destroyed: held from the first put until an
    /// entry names them, for what no entry names may be destroyed by whoever holds it.
    /// </summary>
    public Task<FileLock> LockKeysAsync(CancellationToken cancellation) => State.LockKeysAsync("keys", KeyLockWait, Context.Clock, cancellation);

    /// <summary>
    /// Puts the domains that this run has made: into the keyring as it is now, never into an older copy. The next entry names it.
    /// </summary>
    /// <returns>The lock, to be held until that entry stands; null if there is nothing to put.</returns>
    public async Task<IDisposable?> PutKeyringAsync(CancellationToken cancellation)
    {
        if (Keyring.Added.Count == _domainsPut)
        {
            return null;
        }

        var keys = await LockKeysAsync(cancellation);
        try
        {
            await RefreshKeyringAsync(cancellation);
            await PutSealedAsync(cancellation);
            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Changes what the keyring knows besides keys, or the state of domains, and names it in the ledger. The epoch stays: nothing of it is secret from who
    /// opened the keyring before.
    /// </summary>
    /// <param name="change">Changes the keyring, which is the newest; called once. What it throws ends the call, and nothing has happened.</param>
    /// <param name="payload">For the entry.</param>
    /// <param name="cancellation">Ends the run; before the entry stands nothing has happened.</param>
    public async Task ChangeKeyringAsync(Action<Keyring> change, LedgerPayload payload, CancellationToken cancellation)
    {
        using var keys = await LockKeysAsync(cancellation);
        await RefreshKeyringAsync(cancellation);
        change(Keyring);
        await PutSealedAsync(cancellation);
        RequireSomeSite();
        await WriteEntryAsync(state => LedgerDraft.After(state, LedgerKind.Duties) with { Payload = payload }, cancellation);
    }

    /// <summary>The same for an entry that the caller writes, who holds <see cref="LockKeysAsync"/> until it stands.</summary>
    public async Task PutRequestAsync(Action<Keyring> change, CancellationToken cancellation)
    {
        await RefreshKeyringAsync(cancellation);
        change(Keyring);
        await PutSealedAsync(cancellation);
    }

    /// <summary>Puts the keyring as it is; the next entry names it.</summary>
    private async Task PutSealedAsync(CancellationToken cancellation)
    {
        var keyring = Keyring.Seal(Sealer, Epoch!);
        await PutSealedAsync(keyring, cancellation);
        TestStop.Reach(TestStop.KeyringPut);
        _domainsPut = Keyring.Added.Count;
        var epoch = Ledger.Epoch.Objects.Where(static item => item.Name.StartsWith(ObjectNames.EpochPrefix, StringComparison.Ordinal));
        _toName = new LedgerEpoch(Epoch!.Id, keyring.RootHash, [.. epoch.Concat(keyring.Current).OrderBy(static item => item.Name, StringComparer.Ordinal)]);
    }

    /// <summary>Puts a sealed keyring, shards before the root.</summary>
    private async Task PutSealedAsync(SealedKeyring keyring, CancellationToken cancellation)
    {
        State.SaveObjects([keyring.Root, .. keyring.Shards.Select(static shard => (ReadOnlyMemory<byte>)shard.Object)]);
        await PutEverywhereAsync([.. keyring.Shards.Select(static shard => (ObjectNames.Keyring(shard.Hash), (ReadOnlyMemory<byte>)shard.Object))], cancellation);
        await PutEverywhereAsync([(ObjectNames.Keyring(keyring.RootHash), keyring.Root)], cancellation);
    }

    /// <summary>Takes up what other runs of this machine have made of the keyring: what was erased is not in it any more.</summary>
    public async Task RefreshKeysAsync(CancellationToken cancellation)
    {
        using var keys = await LockKeysAsync(cancellation);
        await RefreshKeyringAsync(cancellation);
    }

    /// <summary>
    /// Takes up what other runs of this machine have made of the keyring since it was opened here, less what was erased, with the domains that this
    /// run has added. The caller holds the lock of the keys.
    /// </summary>
    private async Task RefreshKeyringAsync(CancellationToken cancellation)
    {
        await RefreshLedgerAsync(cancellation);
        if (_opened is { } opened && (opened.Id, opened.Root) == (Ledger.Epoch.Id, Ledger.Epoch.Root))
        {
            return;
        }

        var (former, added) = (Keyring, Keyring.Added);
        var slot = await UnlockAsync(Ledger.Head.Body.Slots, cancellation);
        await UseKeyringAsync(Ledger.Epoch, slot, cancellation);
        foreach (var domain in added.Where(domain => !Ledger.Erased.ContainsKey(domain.Id)))
        {
            Keyring.Add(domain);
        }

        _formerKeys.Add(former);
        _domainsPut = 0;
    }

    /// <summary>Opens the newest keyring that the serving sites can give; a run that writes takes no older one than that of a head.</summary>
    private async Task OpenKeysAsync(CancellationToken cancellation)
    {
        BackupException? last = null;
        var closed = new List<Hash>();
        var heads = _options.Writes ? _heads : _heads.Concat(Serving.Select(static site => site.Head).OfType<LedgerNode>());
        foreach (var head in heads.DistinctBy(static head => (head.Body.Epoch.Id, head.Body.Epoch.Root)))
        {
            try
            {
                await UseKeyringAsync(head.Body.Epoch, await UnlockAsync(head.Body.Slots, cancellation), cancellation);
                SetApart(closed);
                return;
            }
            catch (BackupException failure) when (failure is ObjectLostException or DamagedException)
            {
                last = failure;
                closed.AddRange(_heads.Where(other => other.Body.Epoch.Root == head.Body.Epoch.Root).Select(static other => other.Hash));
            }
        }

        throw new BackupException(FailureKind.Damage, $"The keys cannot be read from the sites that were asked: {last?.Message}", "Ask more sites: one whole copy of epochs/ and keyring/ suffices.", last);
    }

    /// <summary>A run that writes goes on without the branches whose keys cannot be had now.</summary>
    private void SetApart(List<Hash> heads)
    {
        if (_options.Writes && heads.Count > 0)
        {
            _apart.UnionWith(heads);
            _heads = [.. _heads.Where(head => !_apart.Contains(head.Hash))];
        }
    }

    private async Task UseKeyringAsync(LedgerEpoch named, OpenedSlot slot, CancellationToken cancellation)
    {
        var (epoch, keyring) = await OpenKeyringAsync(named, slot, cancellation);
        Epoch?.Dispose();
        (Epoch, Keyring, _opened) = (epoch, keyring, named);
    }

    /// <summary>Opens the keyring that an entry names.</summary>
    private async Task<(Epoch Epoch, Keyring Keyring)> OpenKeyringAsync(LedgerEpoch named, OpenedSlot slot, CancellationToken cancellation)
    {
        var secret = await CurrentAsync(named, ObjectNames.EpochSecret(named.Id), cancellation);
        var share = await CurrentAsync(named, ObjectNames.EpochShare(named.Id), cancellation);
        var epoch = Epoch.Open(Repository, secret, share, slot);
        CryptographicOperations.ZeroMemory(secret);
        try
        {
            var root = await KeyringObjectAsync(named.Root, cancellation);
            return (epoch, await Keyring.OpenAsync(Sealer, epoch, root, hash => KeyringObjectAsync(hash, cancellation)));
        }
        catch
        {
            epoch.Dispose();
            throw;
        }
    }

    private async Task<byte[]> CurrentAsync(LedgerEpoch epoch, string name, CancellationToken cancellation)
    {
        var named = epoch.Objects.FirstOrDefault(item => item.Name == name);
        return named.Name is null
            ? throw new DamagedException($"The ledger does not name {name}.")
            : (await Reader.GetAsync(name, named.Hash, Limits.Object, cancellation)).Content;
    }

    /// <summary>An object of the keyring: sealed, so a copy in the state serves as well as one at a site.</summary>
    private async Task<byte[]> KeyringObjectAsync(Hash hash, CancellationToken cancellation)
    {
        var content = await KeyObjectAsync(ObjectNames.Keyring(hash), hash, cancellation);
        if (UseState)
        {
            State.SaveObjects([content]);
        }

        return content;
    }

    private async Task<byte[]> KeyObjectAsync(string name, Hash hash, CancellationToken cancellation) =>
        (UseState ? State.ReadObject(hash) : null) ?? (await Reader.GetAsync(name, hash, Limits.Object, cancellation)).Content;
}
