using Backup.Engine.Format;
using CsCheck;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Format;

/// <summary>Arbitrary things of the format, each such that a writer may write it.</summary>
internal static class FormatGens
{
    public static readonly Gen<Id128> Bits128 = Gen.Select(Gen.ULong, Gen.ULong, static (high, low) => new Id128(high, low));
    public static readonly Gen<Hash> Hashes = Gen.Select(Bits128, Bits128, static (high, low) => new Hash(high, low));
    public static readonly Gen<DomainId> DomainIds = Bits128.Select(static value => new DomainId(value));
    public static readonly Gen<BlobId> BlobIds = Bits128.Select(static value => new BlobId(value));
    public static readonly Gen<string> Texts = Gen.OneOf(Gen.String[Gen.Char['a', 'z'], 0, 30], Gen.Const("Gr\u00fc\u00dfe \U0001F600"));
    public static readonly Gen<string?> TextsOrNull =
        Gen.Bool.SelectMany(static isNull => isNull ? Gen.Const((string?)null) : Texts.Select(static text => (string?)text));
    public static readonly Gen<EpochId> Epochs =
        Gen.Select(Gen.Int[0, EpochId.Limit], Bits128, static (number, random) => new EpochId(number, random));
    public static readonly Gen<Timestamp> Times =
        Gen.Select(Gen.Long, Gen.UInt[0, 999_999_999], static (seconds, nanoseconds) => new Timestamp(seconds, nanoseconds));
    public static readonly Gen<ErasedDomain> Erased =
        Gen.Select(DomainIds, Gen.Long, static (domain, time) => new ErasedDomain(domain, time));

    public static readonly Gen<byte[]> Names = Gen.Byte.Array[1, 20].Where(static name => EntryRules.IsName(name));

    public static readonly Gen<SlotRecord> Slots =
        Gen.Select(Hashes, Gen.Bool, Bytes(1216), Gen.Int[65_536, 1_048_576], Gen.Int[1, 16]).Select(
        static (id, passphrase, key, memory, passes) => passphrase
            ? new SlotRecord(id, SlotKind.Passphrase, key, new Argon2Parameters(memory, passes, key[..16]), key[..124])
            : new SlotRecord(id, SlotKind.Recovery, key));

    public static readonly Gen<EpochSecretRecord> EpochSecrets =
        Gen.Select(Hashes, Epochs, Bytes(32), static (id, epoch, secret) => new EpochSecretRecord(id, epoch, secret));

    public static readonly Gen<EpochShareRecord> EpochShares =
        Gen.Select(Hashes, Epochs, Gen.Select(Hashes, Bytes(1120), Gen.Byte.Array[0, 200]).Array[0, 3]).Select(
        static (id, epoch, shares) => new EpochShareRecord(
            id, epoch, [.. shares.OrderBy(static s => s.Item1).Select(static s => new EncapsulatedShare(s.Item1, s.Item2, s.Item3))]));

    public static readonly Gen<RepositoryBody> Repositories =
        Gen.Select(Hashes, Bytes(32), Gen.Long, static (id, key, created) => new RepositoryBody(id, key, created));

    public static readonly Gen<KeyringShard> Shards =
        Gen.Select(DomainIds, Bytes(96), TextsOrNull, TextsOrNull, TextsOrNull, Gen.Long, Gen.Int[0, 2]).Select(
        static (id, keys, subject, kind, period, created, state) => new DomainRecord
        {
            Id = id,
            DataKey = keys.AsMemory(0, 32),
            IdKey = keys.AsMemory(32, 32),
            ChunkKey = keys.AsMemory(64, 32),
            Subject = subject,
            Class = kind,
            Period = period,
            Created = created,
            State = (DomainState)state,
        }).Array[0, 6].Select(static domains => new KeyringShard([.. domains.OrderBy(static domain => domain.Id)]));

    public static readonly Gen<KeyringRoot> Roots =
        Gen.Select(Epochs, Bytes(256), Gen.Int[0, 3], Duties(), KeyringSlots().Array[0, 2]).Select(
        static (epoch, keys, bits, duties, slots) => duties with
        {
            Epoch = epoch,
            RootSeed = keys.AsMemory(224, 32),
            RepositoryKeys = [.. Enumerable.Range(0, 7).Select(i => (ReadOnlyMemory<byte>)keys.AsMemory(32 * i, 32))],
            Slots = slots,
            ShardBits = bits,
            Shards = [.. Enumerable.Range(0, 1 << bits).Select(i => i % 3 == 1 ? null : new ShardReference(default, keys.AsMemory(i, 32)))],
        });

    public static readonly Gen<MemberFooter> Footers = Gen.Select(
        Gen.Select(Gen.Int[0, 2], BlobIds, Gen.Int[0, 1000]).Array[1, 5], Gen.Bool, Gen.Int[17, 100])
            .Select(static (blobs, stored, frame) =>
        {
            var length = blobs.Sum(static blob => blob.Item3);
            return new SegmentEntry(
                stored ? length + 16 : frame,
                stored ? CompressionMethod.Stored : CompressionMethod.Zstd,
                length,
                [.. blobs.Select(static blob => new BlobEntry((BlobKind)blob.Item1, blob.Item2, blob.Item3))]);
        }).Array[0, 5].Select(static segments => new MemberFooter(segments));

    public static readonly Gen<MemberTable> Tables =
        Gen.Select(Members(), Hashes.Array[0, 3], static (members, replaces) => new MemberTable(members, replaces));

    public static readonly Gen<IndexRecord> Indexes = Gen.Select(Hashes, Members(), BlobIds.Array[0, 5]).Select(
        static (id, members, blobs) =>
        {
            var indexed = members.Select((member, i) => new IndexedMember(member, blobs[..(i % (blobs.Length + 1))]));
            return new IndexedPack(id, Limits.Pack, [.. indexed]);
        })
        .Array[0, 3].Select(static packs => new IndexRecord(packs));

    public static readonly Gen<InventoryRecord> Inventories = Gen.Select(
        Hashes, Gen.Select(Gen.Int[1, 3], Hashes, Gen.Long[0, long.MaxValue]).Array[0, 4], Erased.Array[0, 4], Gen.Bool).Select(
        static (id, objects, erased, checkpoint) => new InventoryRecord(
            id,
            [.. objects.Select(static item => new InventoryObject((ObjectClass)item.Item1, item.Item2, item.Item3))],
            [.. objects.Select(static item => new CondemnedObject((ObjectClass)item.Item1, item.Item2))],
            checkpoint ? erased : null));

    public static readonly Gen<SnapshotRecord> Snapshots = Gen.Select(
        Gen.Select(Texts, Texts, Texts.Array[0, 3], TextsOrNull),
        Gen.Select(Times, Times),
        Gen.Select(DomainIds, BlobIds, BlobIds.Nullable()),
        Hashes.Nullable(),
        Hashes,
        Gen.Long[0, long.MaxValue].Array[6]).Select(
        static (texts, times, ids, parent, rules, counts) => new SnapshotRecord
        {
            Source = texts.Item1,
            Host = texts.Item2,
            Started = times.Item1,
            Finished = times.Item2,
            RootDomain = ids.Item1,
            RootTree = ids.Item2,
            RootGrafts = ids.Item3,
            Counts = new SnapshotCounts(counts[0], counts[1], counts[2], counts[3], counts[4]),
            Tags = texts.Item3,
            Parent = parent,
            Rules = rules,
            ProgramVersion = texts.Item2,
            Unread = counts[5],
            SourceKind = texts.Item1,
            Class = texts.Item4,
        });

    public static readonly Gen<LedgerPayload> Payloads = Gen.Select(Hashes.Array[0, 3], Hashes.Array[0, 3], Texts, TextsOrNull).Select(
        static (added, removed, text, site) => new LedgerPayload
        {
            SnapshotsAdded = added,
            SnapshotsRemoved = removed,
            Complete = [.. added.Select(hash => new CompleteSnapshot(hash, text))],
            Accesses = removed,
            Facts = [new LedgerFact(site, text, text)],
            SnapshotsRestored = removed,
            Pinned = added,
            Unpinned = removed,
        });

    public static readonly Gen<LedgerBody> Bodies = Gen.Select(
        Gen.Select(Hashes, Hashes.Array[0, 3], Gen.Long[0, LedgerBody.SequenceLimit], Gen.Long),
        Gen.Select(Epochs, Texts.Array[0, 3], Bytes(96)),
        Gen.Select(Texts, Gen.Int[0, 2], Gen.Int[1, 17]),
        Gen.Bool.Array[6],
        Erased.Array[1, 3]).Select(static (ids, epoch, site, present, erased) => new LedgerBody
        {
            RepositoryId = ids.Item1,
            Sequence = ids.Item3,
            Predecessors = [.. ids.Item2.Order()],
            Time = ids.Item4,
            Term = new TermRecord(ids.Item3, epoch.Item1.Random, epoch.Item3[..32], epoch.Item3[32..]),
            Epoch = new LedgerEpoch(epoch.Item1, ids.Item1, [.. Sorted(epoch.Item2).Select(name => new NamedObject(name, ids.Item1))]),
            Slots = ids.Item2,
            Sites = [new SiteRecord(site.Item1, "local", "Unna", "DE", (SiteState)site.Item2, ids.Item4)],
            Inventory = present[0] ? new ObjectReference(ids.Item1, ids.Item3) : null,
            Condemned = present[1] ? [ids.Item1] : [],
            Deleted = present[2] ? [ids.Item1] : [],
            Erased = present[3] ? erased : [],
            PayloadHash = ids.Item1,
            Kind = (LedgerKind)site.Item3,
            Checkpoint = present[4] ? new ObjectReference(ids.Item1, 7) : null,
            Locks = present[5] ? [new LockRecord("repository", "compliance", ids.Item4)] : [],
        });

    public static readonly Gen<JournalRecord> Journals = Gen.Select(Gen.Long, Texts, Texts, DomainIds.Array[0, 3], Hashes).Select(
        static (time, host, verb, domains, commitment) => new JournalRecord(time, host, verb, domains, commitment));

    public static readonly Gen<BlobReference> References =
        Gen.Select(BlobIds, Gen.Long[1, 1L << 40], static (id, length) => new BlobReference(id, length));

    public static readonly Gen<IReadOnlyList<Graft>> Grafts = Gen.Select(DomainIds, BlobIds).Array[0, 5].Select(
        static grafts => (IReadOnlyList<Graft>)
            [.. grafts.Select(static graft => new Graft(graft.Item1, graft.Item2)).DistinctBy(static graft => graft.Domain).Order()]);

    public static Gen<byte[]> Bytes(int length) => Gen.Byte.Array[length];

    private static Gen<MemberEntry[]> Members() =>
        Gen.Select(Hashes, DomainIds, Gen.Int[0, 1000], Gen.Int[0, 5000], Gen.Int[1, 3]).Array[0, 4].Select(static members =>
    {
        var end = MemberTable.FirstOffset;
        return members.Select(member =>
        {
            var entry = new MemberEntry(member.Item1, member.Item2, end + member.Item3, member.Item4, (MemberContent)member.Item5);
            end = entry.Offset + entry.Length;
            return entry;
        }).ToArray();
    });

    private static Gen<KeyringSlot> KeyringSlots() => Gen.Select(Hashes, Bytes(1216), Gen.Bool, Texts, Gen.Long).Select(
        static (id, key, recovery, label, created) =>
            new KeyringSlot(id, key, recovery ? SlotKind.Recovery : SlotKind.Passphrase, label, created));

    private static IEnumerable<string> Sorted(string[] texts) => texts.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static Gen<KeyringRoot> Duties() => Gen.Select(Gen.Bool.Array[6], Bits128, Texts, TextsOrNull, Gen.Long, Hashes).Select(
        static (present, id, text, other, time, hash) => new KeyringRoot
        {
            Epoch = default,
            RootSeed = default,
            RepositoryKeys = [],
            Slots = [],
            ShardBits = 0,
            Shards = [],
            Ties = present[0] ? [[text, "b"]] : [],
            Holds = present[1] ? [new HoldRecord(id, other, other, time, text)] : [],
            Restrictions = present[2] ? [new RestrictionRecord(id, text, other, time)] : [],
            Requests = present[3] ? [new RequestRecord { Id = id, Subjects = [hash], Reason = text, State = RequestState.Erasing, Received = time, Approved = time, Domains = [new DomainId(id)], Held = [new DomainId(id)], Approvals = [new ApprovalRecord(hash, time)], Partial = true }] : [],
            Approvers = present[4] ? [hash] : [],
            Watch = present[5] ? [new WatchRecord(hash, time)] : [],
        });
}
