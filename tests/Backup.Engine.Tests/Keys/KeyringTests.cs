using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Sealing;

namespace Backup.Engine.Tests.Keys;

public sealed class KeyringTests : IDisposable
{
    private readonly Keyring _keyring = Keyring.Draw();
    private readonly Sealer _sealer;
    private readonly Epoch _epoch;
    private readonly Dictionary<Hash, byte[]> _site = [];

    public KeyringTests()
    {
        _sealer = new Sealer(_keyring.RepositoryId);
        _epoch = Epoch.Draw(_keyring.RepositoryId, 1);
    }

    public void Dispose()
    {
        _keyring.Dispose();
        _epoch.Dispose();
    }

    [Fact]
    public async Task OpenAsync_WhatWasSealed_IsTheSame()
    {
        for (var i = 0; i < 100; i++)
        {
            _keyring.AddDomain(i % 3 == 0 ? null : $"email:{i}@example.net", i % 2 == 0 ? "mail" : null, i % 5 == 0 ? "2026-01" : null, i);
        }

        _keyring.SetState(_keyring.Newest("email:1@example.net", null, null)!.Id, DomainState.Restricted);
        _keyring.AddSlot(new KeyringSlot(Hash.Of("slot"u8), RandomNumberGenerator.GetBytes(1216), SlotKind.Recovery, "paper", 5));
        _keyring.Duties = Duties();
        using var opened = await SealAndOpen(_keyring, _epoch);
        Assert.Equal(Describe(_keyring), Describe(opened));
        Assert.Empty(opened.Added);
        Assert.Equal(100, _keyring.Added.Count);
    }

    [Fact]
    public void Newest_SeveralOfOneName_IsTheNewestWhateverItsState()
    {
        var old = _keyring.AddDomain("email:a@x", "mail", null, 10);
        var newer = _keyring.AddDomain("email:a@x", "mail", null, 20);
        _keyring.AddDomain("email:a@x", "mail", "2026", 30);
        Assert.Equal(newer.Id, _keyring.Newest("email:a@x", "mail", null)!.Id);
        Assert.Equal(3, _keyring.OfSubjects(new HashSet<string>(StringComparer.Ordinal) { "email:a@x" }).Count);
        _keyring.SetState(newer.Id, DomainState.Blocked);
        Assert.Equal(newer.Id, _keyring.Newest("email:a@x", "mail", null)!.Id);
        _keyring.Remove(new HashSet<DomainId> { old.Id });
        Assert.Null(_keyring.Find(old.Id));
        Assert.Equal(DomainState.Blocked, _keyring.Find(newer.Id)!.State);
        Assert.Equal(newer.Id, _keyring.GetOrAdd("email:a@x", "mail", null, 40).Id);
        _keyring.Remove(new HashSet<DomainId> { newer.Id });
        Assert.Null(_keyring.Newest("email:a@x", "mail", null));
        Assert.NotEqual(newer.Id, _keyring.GetOrAdd("email:a@x", "mail", null, 50).Id);
        Assert.Equal(2, _keyring.OfSubjects(new HashSet<string>(StringComparer.Ordinal) { "email:a@x" }).Count);
    }

    [Fact]
    public void AddDomain_Twice_SharesNoKey()
    {
        var keys = new HashSet<Hash>();
        for (var i = 0; i < 200; i++)
        {
            var domain = _keyring.AddDomain(null, null, null, 0);
            Assert.True(keys.Add(Hash.Read(domain.DataKey.Span)));
            Assert.True(keys.Add(Hash.Read(domain.IdKey.Span)));
            Assert.True(keys.Add(Hash.Read(domain.ChunkKey.Span)));
        }
    }

    [Fact]
    public async Task Seal_NothingChanged_WritesOnlyARoot()
    {
        _keyring.AddDomain(null, null, null, 0);
        using var opened = await SealAndOpen(_keyring, _epoch);
        var again = opened.Seal(_sealer, _epoch);
        Assert.Empty(again.Shards);
        Assert.Equal(2, again.Current.Count);
    }

    [Fact]
    public async Task Seal_ADomainRemoved_LeavesNoKeyThatOpensIt()
    {
        var kept = _keyring.AddDomain("email:kept@x", null, null, 0);
        var erased = _keyring.AddDomain("email:erased@x", null, null, 0);
        var before = _keyring.Seal(_sealer, _epoch);
        _keyring.Remove(new HashSet<DomainId> { erased.Id });
        using var next = Epoch.Draw(_keyring.RepositoryId, 2);
        var after = _keyring.Seal(_sealer, next);

        var oldKey = Assert.Single(Root(before.Root, _epoch).Shards)!.Key;
        var newKey = Assert.Single(Root(after.Root, next).Shards)!.Key;
        Assert.False(oldKey.Span.SequenceEqual(newKey.Span));
        Assert.Throws<WrongKeyException>(() => _sealer.Open(ObjectType.KeyringShard, newKey.Span, before.Shards[0].Object));
        Assert.Throws<WrongKeyException>(() => Root(before.Root, next));

        using var opened = await Open(after, next);
        Assert.Null(opened.Find(erased.Id));
        Assert.True(opened.Find(kept.Id)!.DataKey.Span.SequenceEqual(kept.DataKey.Span));
    }

    [Fact]
    public async Task Seal_ManyDomains_SplitsAndLaterWritesOnlyTouchedShards()
    {
        for (var i = 0; i < 40_000; i++)
        {
            _keyring.AddDomain($"email:person{i}@some.example.net", "correspondence", null, i);
        }

        var first = _keyring.Seal(_sealer, _epoch);
        var bits = Root(first.Root, _epoch).ShardBits;
        Assert.InRange(bits, 2, 4);
        Assert.Equal(1 << bits, first.Shards.Count);
        Assert.All(first.Shards, static shard => Assert.InRange(shard.Object.Length, 1, 2 << 20));

        using var opened = await Open(first, _epoch);
        opened.AddDomain("email:one.more@example.net", null, null, 0);
        var second = opened.Seal(_sealer, _epoch);
        Assert.Single(second.Shards);
        Assert.Equal(first.Current.Count, second.Current.Count);
        Assert.Equal(first.Current.Count - 2, first.Current.Intersect(second.Current).Count());
        using var reopened = await Open(second, _epoch);
        Assert.Equal(40_001, reopened.Domains.Count);
    }

    [Fact]
    public async Task Seal_DomainOfASubject_LiesInTheShardOfItsHash()
    {
        for (var i = 0; i < 10_000; i++)
        {
            _keyring.AddDomain($"email:person{i}@example.net", null, null, i);
        }

        var whole = _keyring.Seal(_sealer, _epoch);
        using var opened = await Open(whole, _epoch);
        var root = Root(whole.Root, _epoch);
        Assert.True(root.ShardBits > 0);
        for (var i = 0; i < root.Shards.Count; i++)
        {
            var shard = root.Shards[i]!;
            var text = _sealer.Open(ObjectType.KeyringShard, shard.Key.Span, whole.Shards.Single(s => s.Hash == shard.Object).Object);
            Assert.All(
                KeyringShard.Decode(text).Domains,
                domain => Assert.Equal(i, (int)(opened.Keys.HashSubject(domain.Subject!).High.High >> (64 - root.ShardBits))));
        }
    }

    [Fact]
    public async Task OpenAsync_ShardAltered_IsDamaged()
    {
        _keyring.AddDomain(null, null, null, 0);
        var whole = _keyring.Seal(_sealer, _epoch);
        Store(whole);
        _site[whole.Shards[0].Hash][100] ^= 1;
        await Assert.ThrowsAsync<DamagedException>(
            () => Keyring.OpenAsync(_sealer, _epoch, whole.Root, hash => Task.FromResult(_site[hash])));
    }

    [Fact]
    public async Task OpenAsync_UnderAnotherEpoch_IsWrongKey()
    {
        var whole = _keyring.Seal(_sealer, _epoch);
        using var other = Epoch.Draw(_keyring.RepositoryId, 1);
        await Assert.ThrowsAsync<WrongKeyException>(() => Open(whole, other));
    }

    [Fact]
    public async Task UnionWith_TwoBranches_HasEverythingButWhatWasErased()
    {
        var common = _keyring.AddDomain(null, null, null, 0);
        var erased = _keyring.AddDomain("email:e@x", null, null, 0);
        using var branch = await SealAndOpen(_keyring, _epoch);
        var here = _keyring.AddDomain("email:here@x", null, null, 1);
        var there = branch.AddDomain("email:there@x", null, null, 2);
        branch.SetState(common.Id, DomainState.Restricted);
        branch.AddSlot(new KeyringSlot(Hash.Of("slot"u8), new byte[1216], SlotKind.Passphrase, "", 0));
        _keyring.Duties = Duties();
        branch.Duties = Duties() with { Holds = [Duties().Holds[0] with { Until = 99 }], Watch = [new WatchRecord(Hash.Of("other"u8), 1)] };

        _keyring.UnionWith(branch, new HashSet<DomainId> { erased.Id });
        Assert.Equal(new[] { common.Id, here.Id, there.Id }.Order(), _keyring.Domains.Select(static domain => domain.Id).Order());
        Assert.Equal(DomainState.Restricted, _keyring.Find(common.Id)!.State);
        Assert.Single(_keyring.Slots);
        Assert.Equal(99, Assert.Single(_keyring.Duties.Holds).Until);
        Assert.Equal(2, _keyring.Duties.Watch.Count);
        Assert.Single(_keyring.Duties.Ties);

        var key = there.DataKey.ToArray();
        branch.Dispose();
        Assert.Equal(key, _keyring.Find(there.Id)!.DataKey.ToArray());
    }

    [Fact]
    public void UnionWith_KeyringOfAnotherRepository_IsRefused()
    {
        using var other = Keyring.Draw();
        Assert.Throws<DamagedException>(() => _keyring.UnionWith(other, new HashSet<DomainId>()));
    }

    [Fact]
    public void Dispose_Always_WipesEveryKeyAndNothingSealsAfterIt()
    {
        var keyring = Keyring.Draw();
        var domain = keyring.AddDomain(null, null, null, 0);
        Assert.True(domain.DataKey.Span.ContainsAnyExcept((byte)0));
        keyring.Dispose();
        Assert.False(domain.DataKey.Span.ContainsAnyExcept((byte)0));
        Assert.False(keyring.RootSeed.Span.ContainsAnyExcept((byte)0));
        Assert.Throws<InvalidOperationException>(() => new MemberSealer(default, domain, new byte[MemberSealer.HeaderSize]));
    }

    [Fact]
    public void RemoveSlot_OneOfTwo_LeavesTheOther()
    {
        var (one, two) = (Hash.Of("1"u8), Hash.Of("2"u8));
        _keyring.AddSlot(new KeyringSlot(one, new byte[1216], SlotKind.Recovery, "", 0));
        _keyring.AddSlot(new KeyringSlot(two, new byte[1216], SlotKind.Recovery, "", 0));
        Assert.True(_keyring.RemoveSlot(one));
        Assert.False(_keyring.RemoveSlot(one));
        Assert.Equal(two, Assert.Single(_keyring.Slots).Id);
    }

    private static KeyringDuties Duties() => new()
    {
        Ties = [["email:a@x", "customer:1"]],
        Holds = [new HoldRecord(1, "voucher", null, 7, "tax")],
        Restrictions = [new RestrictionRecord(2, "email:a@x", null, 8)],
        Requests = [new RequestRecord { Id = 3, Subjects = [Hash.Of("subject"u8)], Reason = "request", State = RequestState.Blocked, Received = 9, Domains = [new DomainId(4)] }],
        Approvers = [Hash.Of("approver"u8)],
        Watch = [new WatchRecord(Hash.Of("watched"u8), 10)],
    };

    private static string Describe(Keyring keyring) =>
        Backup.Engine.Tests.Format.StoredThing.Describe(new
        {
            keyring.RepositoryId,
            keyring.RootSeed,
            keyring.Keys.All,
            keyring.Slots,
            keyring.Duties,
            Domains = keyring.Domains.OrderBy(static domain => domain.Id),
        });

    private KeyringRoot Root(byte[] root, Epoch epoch)
    {
        using var key = epoch.DeriveKey();
        return KeyringRoot.Decode(_sealer.Open(ObjectType.KeyringRoot, key.Span, root));
    }

    private Task<Keyring> SealAndOpen(Keyring keyring, Epoch epoch) => Open(keyring.Seal(_sealer, epoch), epoch);

    private Task<Keyring> Open(SealedKeyring whole, Epoch epoch)
    {
        Store(whole);
        return Keyring.OpenAsync(_sealer, epoch, whole.Root, hash => Task.FromResult(_site[hash]));
    }

    private void Store(SealedKeyring whole)
    {
        foreach (var (hash, shard) in whole.Shards)
        {
            _site[hash] = shard;
        }
    }
}
