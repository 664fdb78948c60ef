using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;
using NSec.Cryptography;
using Argon2Parameters = Backup.Engine.Format.Argon2Parameters;

namespace Backup.Engine.Keys;

/// <summary>An unlock slot that was just made: its object for the sites, its line for the keyring, its seed for whoever opens it.</summary>
/// <param name="Object">Put as <c>slots/…</c>.</param>
/// <param name="Slot">Added to the keyring.</param>
public sealed record NewSlot(byte[] Object, KeyringSlot Slot);

/// <summary>An unlock slot that was opened.</summary>
/// <param name="Id">Hash of its object.</param>
/// <param name="Kind">How it was opened.</param>
/// <param name="Seed">Decapsulates the share of an epoch.</param>
public sealed record OpenedSlot(Hash Id, SlotKind Kind, SecretBytes Seed) : IDisposable
{
    public void Dispose() => Seed.Dispose();
}

/// <summary>Makes and opens unlock slots. FORMAT.md, sections 5.2 and 6.2.</summary>
public static class UnlockSlot
{
    private const int DefaultPasses = 3;

    /// <summary>
    /// The most work (KiB times passes) that a passphrase is tried with: 64 slots as they are written, 12 GiB, or about ten seconds. Slots
    /// come from a site; without a bound whoever writes there could keep a passphrase busy for hours.
    /// </summary>
    private const long WorkLimit = (long)Limits.Slots * Argon2Parameters.LeastMemoryKiB * DefaultPasses;

    /// <summary>Makes a slot that a passphrase opens.</summary>
    /// <param name="repositoryId">Whose slot it is.</param>
    /// <param name="passphrase">As it stands in its file, without one trailing newline.</param>
    /// <param name="label">What the operator calls it.</param>
    /// <param name="created">Seconds since 1970.</param>
    public static NewSlot ForPassphrase(Hash repositoryId, ReadOnlySpan<byte> passphrase, string label, long created)
    {
        var parameters = new Argon2Parameters(
            Argon2Parameters.LeastMemoryKiB, DefaultPasses, RandomNumberGenerator.GetBytes(Argon2Parameters.SaltSize));
        using var seed = SecretBytes.Draw(XWing.SeedSize);
        using var key = Stretch(passphrase, parameters);
        var sealedSeed = new Sealer(repositoryId).Seal(ObjectType.SlotSeed, key.Span, seed.Span);
        return Make(new SlotRecord(repositoryId, SlotKind.Passphrase, XWing.PublicKey(seed.Span), parameters, sealedSeed), label, created);
    }

    /// <summary>Makes a slot that a recovery key opens.</summary>
    /// <param name="repositoryId">Whose slot it is.</param>
    /// <param name="seed">The recovery key, 32 bytes.</param>
    /// <param name="label">What the operator calls it.</param>
    /// <param name="created">Seconds since 1970.</param>
    public static NewSlot ForRecoveryKey(Hash repositoryId, ReadOnlySpan<byte> seed, string label, long created) =>
        Make(new SlotRecord(repositoryId, SlotKind.Recovery, XWing.PublicKey(seed)), label, created);

    /// <summary>Finds the slot that a passphrase opens.</summary>
    /// <param name="repositoryId">Whose slots they are.</param>
    /// <param name="passphrase">As it stands in its file, without one trailing newline.</param>
    /// <param name="objects">The objects of the live slots; what is damaged among them is passed over.</param>
    /// <exception cref="WrongKeyException">It opens none; the message says what was tried.</exception>
    public static OpenedSlot OpenWithPassphrase(Hash repositoryId, ReadOnlySpan<byte> passphrase, IReadOnlyCollection<byte[]> objects)
    {
        var candidates = new Candidates(repositoryId, SlotKind.Passphrase, objects);
        var sealer = new Sealer(repositoryId);
        var work = 0L;
        foreach (var (id, slot) in candidates.Slots.OrderBy(static candidate => Work(candidate.Slot)))
        {
            work += Work(slot);
            if (work > WorkLimit)
            {
                throw new WrongKeyException(
                    "The passphrase opens none of the unlock slots that could be tried in reasonable time; the rest demand too much work.",
                    "Use another site, or the recovery key: somebody may have altered the slots of this one.");
            }

            if (TryOpen(sealer, passphrase, slot) is { } seed)
            {
                return new OpenedSlot(id, SlotKind.Passphrase, seed);
            }
        }

        throw candidates.Refusal(
            "passphrase", "Check the passphrase: every character counts, and one trailing newline of a file does not.");
    }

    /// <summary>Finds the slot of a recovery key.</summary>
    /// <param name="repositoryId">Whose slots they are.</param>
    /// <param name="seed">The recovery key, 32 bytes.</param>
    /// <param name="objects">The objects of the live slots; what is damaged among them is passed over.</param>
    /// <exception cref="WrongKeyException">It is the key of none.</exception>
    public static OpenedSlot OpenWithRecoveryKey(Hash repositoryId, ReadOnlySpan<byte> seed, IReadOnlyCollection<byte[]> objects)
    {
        var candidates = new Candidates(repositoryId, SlotKind.Recovery, objects);
        var publicKey = XWing.PublicKey(seed);
        foreach (var (id, slot) in candidates.Slots)
        {
            if (slot.PublicKey.AsSpan().SequenceEqual(publicKey))
            {
                return new OpenedSlot(id, SlotKind.Recovery, SecretBytes.CopyOf(seed));
            }
        }

        throw candidates.Refusal(
            "recovery key",
            "It is well-formed, but of another repository, or it was replaced by 'key recovery': look for the newer sheet.");
    }

    private static NewSlot Make(SlotRecord record, string label, long created)
    {
        var slot = record.Encode();
        return new NewSlot(slot, new KeyringSlot(Hash.Of(slot), record.PublicKey, record.Kind, label, created));
    }

    private static long Work(SlotRecord slot) => (long)slot.Argon2!.MemoryKiB * slot.Argon2.Passes;

    private static SecretBytes? TryOpen(Sealer sealer, ReadOnlySpan<byte> passphrase, SlotRecord slot)
    {
        using var key = Stretch(passphrase, slot.Argon2!);
        byte[] text = [];
        try
        {
            text = sealer.Open(ObjectType.SlotSeed, key.Span, slot.SealedSeed);

            // A seed of another public key would be somebody's attempt to have an epoch encapsulated to himself.
            return text.Length == XWing.SeedSize && XWing.PublicKey(text).AsSpan().SequenceEqual(slot.PublicKey)
                ? SecretBytes.CopyOf(text)
                : null;
        }
        catch (BackupException exception) when (exception is WrongKeyException or DamagedException or UnsupportedFormatException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static SecretBytes Stretch(ReadOnlySpan<byte> passphrase, Argon2Parameters parameters)
    {
        var algorithm = PasswordBasedKeyDerivationAlgorithm.Argon2id(new NSec.Cryptography.Argon2Parameters
        {
            DegreeOfParallelism = 1,
            MemorySize = parameters.MemoryKiB,
            NumberOfPasses = parameters.Passes,
        });
        var key = new SecretBytes(Sealer.KeySize);
        algorithm.DeriveBytes(passphrase, parameters.Salt, key.Span);
        return key;
    }

    /// <summary>The readable slots of one kind.</summary>
    private sealed class Candidates
    {
        private readonly int _unreadable;

        public Candidates(Hash repositoryId, SlotKind kind, IReadOnlyCollection<byte[]> objects)
        {
            foreach (var slot in objects.Take(Limits.Slots))
            {
                try
                {
                    var record = SlotRecord.Decode(slot);
                    if (record.RepositoryId == repositoryId && record.Kind == kind)
                    {
                        Slots.Add((Hash.Of(slot), record));
                    }
                }
                catch (BackupException exception) when (exception is DamagedException or UnsupportedFormatException)
                {
                    _unreadable++;
                }
            }
        }

        public List<(Hash Id, SlotRecord Slot)> Slots { get; } = [];

        public WrongKeyException Refusal(string what, string remedy)
        {
            var unreadable = _unreadable == 0 ? "" : $" {_unreadable} more cannot be read.";
            return Slots.Count == 0
                ? new WrongKeyException($"This repository has no unlock slot for a {what}.{unreadable}", remedy)
                : new WrongKeyException($"The {what} opens none of the {Slots.Count} unlock slots of its kind.{unreadable}", remedy);
        }
    }
}
