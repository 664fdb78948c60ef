using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;

namespace Backup.Engine.Runs;

/// <summary>Everything a new repository begins with, drawn once. Kept in the state under the passphrase until <c>init</c> has finished, so that a second attempt goes on with the same keys.</summary>
internal sealed class InitDraft : IDisposable
{
    private const string Thing = "the draft of init in the state";

    private static readonly ulong Required = CborMap.Keys(0, 1, 2, 3, 4);

    private InitDraft(Hash repository, SecretBytes recoverySeed, byte[] owner, IReadOnlyList<(string Name, byte[] Content)> objects)
    {
        Repository = repository;
        RecoverySeed = recoverySeed;
        Owner = owner;
        Objects = objects;
    }

    public Hash Repository { get; }

    public SecretBytes RecoverySeed { get; }

    /// <summary>The sealed owner file.</summary>
    public byte[] Owner { get; }

    /// <summary>Slots, epoch, keyring root, first ledger entry and <c>repository</c>, in the order in which they are put.</summary>
    public IReadOnlyList<(string Name, byte[] Content)> Objects { get; }

    /// <summary>Draws the keys and builds every object.</summary>
    public static InitDraft Draw(ReadOnlySpan<byte> passphrase, IReadOnlyList<SiteRecord> sites, long now)
    {
        using var keyring = Keyring.Draw();
        var repository = keyring.RepositoryId;
        var seed = RecoveryKey.Draw();
        var recovery = UnlockSlot.ForRecoveryKey(repository, seed.Span, "recovery key", now);
        var daily = UnlockSlot.ForPassphrase(repository, passphrase, "passphrase", now);
        keyring.AddSlot(recovery.Slot);
        keyring.AddSlot(daily.Slot);

        var sealer = new Sealer(repository);
        using var epoch = Epoch.Draw(repository, 1);
        var (secret, share) = (epoch.EncodeSecret(), epoch.EncodeShare(keyring.Slots));
        var root = keyring.Seal(sealer, epoch);
        NamedObject[] current = [new(ObjectNames.EpochSecret(epoch.Id), Hash.Of(secret)), new(ObjectNames.EpochShare(epoch.Id), Hash.Of(share)), .. root.Current];
        using var owner = Ledger.Owner.Draw(keyring.RootSeed.Span, repository, number: 1);
        var payload = sealer.Seal(ObjectType.LedgerPayload, keyring.Keys.For(ObjectType.LedgerPayload), new LedgerPayload().Encode());
        var body = new LedgerBody
        {
            RepositoryId = repository,
            Sequence = 1,
            Time = now,
            Term = owner.Term,
            Epoch = new LedgerEpoch(epoch.Id, root.RootHash, [.. current.OrderBy(static item => item.Name, StringComparer.Ordinal)]),
            Slots = [.. keyring.Slots.Select(static slot => slot.Id).Order()],
            Sites = sites,
            PayloadHash = Hash.Of(payload),
            Kind = LedgerKind.Opened,
        };
        var entry = owner.Sign(body, payload).Encode();
        return new InitDraft(repository, seed, owner.Seal(sealer, keyring.Keys),
        [
            (ObjectNames.Slot(recovery.Slot.Id), recovery.Object),
            (ObjectNames.Slot(daily.Slot.Id), daily.Object),
            (ObjectNames.EpochSecret(epoch.Id), secret),
            (ObjectNames.EpochShare(epoch.Id), share),
            (ObjectNames.Keyring(root.RootHash), root.Root),
            (ObjectNames.Ledger(1, Hash.Of(entry)), entry),
            (ObjectNames.Repository, Signing.SignRepository(keyring.RootSeed.Span, now)),
        ]);
    }

    /// <summary>Opens the draft of an attempt that did not finish.</summary>
    /// <exception cref="WrongKeyException">The passphrase is another than then.</exception>
    public static InitDraft Open(ReadOnlyMemory<byte> content, ReadOnlySpan<byte> passphrase)
    {
        var reader = new CborSpanReader(content.Span, Thing);
        reader.BeginTuple(3);
        var repository = reader.Hash();
        var slot = reader.Bytes().ToArray();
        var sealedText = reader.Bytes().ToArray();
        reader.End();
        using var opened = UnlockSlot.OpenWithPassphrase(repository, passphrase, [slot]);
        var text = new Sealer(repository).Open(ObjectType.StateFile, opened.Seed.Span, sealedText);
        try
        {
            return Decode(repository, text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>The draft for the state, sealed to its own passphrase slot.</summary>
    public byte[] Seal(ReadOnlySpan<byte> passphrase)
    {
        var slot = Objects[1].Content;
        using var opened = UnlockSlot.OpenWithPassphrase(Repository, passphrase, [slot]);
        var text = Encode();
        var sealedText = new Sealer(Repository).Seal(ObjectType.StateFile, opened.Seed.Span, text);
        CryptographicOperations.ZeroMemory(text);
        var writer = new CborSpanWriter(sealedText.Length + slot.Length + 64);
        writer.BeginArray(3);
        writer.Hash(Repository);
        writer.Bytes(slot);
        writer.Bytes(sealedText);
        return writer.ToArray();
    }

    public void Dispose() => RecoverySeed.Dispose();

    private byte[] Encode()
    {
        var writer = new CborSpanWriter(16384, secret: true);
        var map = writer.BeginMap();
        writer.Key(0);
        writer.Unsigned(1);
        writer.Key(1);
        writer.Bytes(RecoverySeed.Span);
        writer.Key(2);
        writer.Bytes(Owner);
        writer.Key(3);
        writer.Array(Objects, static (ref w, item) => w.Text(item.Name));
        writer.Key(4);
        writer.Array(Objects, static (ref w, item) => w.Bytes(item.Content));
        writer.EndMap(map);
        return writer.ToArray();
    }

    private static InitDraft Decode(Hash repository, byte[] text)
    {
        var reader = new CborSpanReader(text, Thing);
        var (seed, owner, names, contents) = (new SecretBytes(RecoveryKeyText.SeedSize), Array.Empty<byte>(), Array.Empty<string>(), Array.Empty<byte[]>());
        var map = reader.BeginMap();
        while (reader.NextKey(ref map, out var key))
        {
            switch (key)
            {
                case 0: reader.Version(); break;
                case 1: reader.Bytes(RecoveryKeyText.SeedSize).CopyTo(seed.Span); break;
                case 2: owner = reader.Bytes().ToArray(); break;
                case 3: names = reader.Array(2, static (ref r) => r.Text()); break;
                case 4: contents = reader.Array(2, static (ref r) => r.Bytes().ToArray()); break;
                default: reader.SkipUnknown(key); break;
            }
        }

        reader.EndMap(map, Required);
        reader.End();
        return new InitDraft(repository, seed, owner, [.. names.Zip(contents)]);
    }
}
