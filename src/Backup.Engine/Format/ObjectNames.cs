using System.Buffers;
using System.Globalization;

namespace Backup.Engine.Format;

/// <summary>The kinds of objects at a site, one for each line of FORMAT.md, section 3.</summary>
public enum ObjectKind
{
    Repository,
    Slot,
    EpochSecret,
    EpochShare,
    Keyring,
    Pack,
    Index,
    Inventory,
    Snapshot,
    Ledger,
    Journal,
}

/// <summary>What the name of an object says.</summary>
/// <param name="Kind">Which kind it is.</param>
/// <param name="Hash">Of its bytes, where the name holds it.</param>
/// <param name="Epoch">Where it belongs to one.</param>
/// <param name="Sequence">Of a ledger entry.</param>
public readonly record struct ObjectName(ObjectKind Kind, Hash Hash = default, EpochId Epoch = default, long Sequence = 0)
{
    /// <summary>Whether the name of the object holds the hash of its bytes.</summary>
    public bool IsHashed => Kind is not (ObjectKind.Repository or ObjectKind.EpochSecret or ObjectKind.EpochShare);

    /// <summary>Whether the object is destroyed wherever the newest ledger head does not name it as current.</summary>
    public bool IsErasable => Kind is ObjectKind.Slot or ObjectKind.EpochSecret or ObjectKind.EpochShare or ObjectKind.Keyring;
}

/// <summary>The names of objects at a site. FORMAT.md, section 3.</summary>
public static class ObjectNames
{
    public const string Repository = "repository";

    public const string SlotPrefix = "slots/";
    public const string EpochPrefix = "epochs/";
    public const string KeyringPrefix = "keyring/";
    public const string PackPrefix = "packs/";
    public const string IndexPrefix = "index/";
    public const string InventoryPrefix = "inventory/";
    public const string SnapshotPrefix = "snapshots/";
    public const string LedgerPrefix = "ledger/";
    public const string JournalPrefix = "journal/";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static string Slot(Hash hash) => SlotPrefix + hash;

    public static string EpochSecret(EpochId epoch) => $"{EpochPrefix}{epoch}/s";

    public static string EpochShare(EpochId epoch) => $"{EpochPrefix}{epoch}/a";

    public static string Keyring(Hash hash) => KeyringPrefix + hash;

    public static string Pack(Hash hash)
    {
        var hex = hash.ToString();
        return $"{PackPrefix}{hex.AsSpan(0, 2)}/{hex}";
    }

    public static string Index(Hash hash) => IndexPrefix + hash;

    public static string Inventory(Hash hash) => InventoryPrefix + hash;

    public static string Snapshot(Hash hash) => SnapshotPrefix + hash;

    public static string Ledger(long sequence, Hash hash) => $"{LedgerPrefix}{sequence:D10}-{hash}";

    public static string Journal(Hash hash) => JournalPrefix + hash;

    /// <summary>The name of an object of an inventory.</summary>
    public static string Of(ObjectClass kind, Hash hash) => kind switch
    {
        ObjectClass.Pack => Pack(hash),
        ObjectClass.Index => Index(hash),
        ObjectClass.Snapshot => Snapshot(hash),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Reads a name.</summary>
    /// <returns>False for a name that no writer of this format gives.</returns>
    public static bool TryParse(string name, out ObjectName parsed)
    {
        parsed = new ObjectName(ObjectKind.Repository);
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            return name == Repository;
        }

        var rest = name.AsSpan(slash + 1);
        return name.AsSpan(0, slash + 1) switch
        {
            SlotPrefix => TryHash(ObjectKind.Slot, rest, out parsed),
            EpochPrefix => TryEpoch(rest, out parsed),
            KeyringPrefix => TryHash(ObjectKind.Keyring, rest, out parsed),
            PackPrefix => TryPack(rest, out parsed),
            IndexPrefix => TryHash(ObjectKind.Index, rest, out parsed),
            InventoryPrefix => TryHash(ObjectKind.Inventory, rest, out parsed),
            SnapshotPrefix => TryHash(ObjectKind.Snapshot, rest, out parsed),
            LedgerPrefix => TryLedger(rest, out parsed),
            JournalPrefix => TryHash(ObjectKind.Journal, rest, out parsed),
            _ => false,
        };
    }

    private static bool TryHash(ObjectKind kind, ReadOnlySpan<char> hex, out ObjectName parsed)
    {
        var success = Hash.TryParse(hex, out var hash);
        parsed = new ObjectName(kind, hash);
        return success;
    }

    private static bool TryPack(ReadOnlySpan<char> rest, out ObjectName parsed)
    {
        parsed = default;
        return rest.Length == 3 + (2 * Hash.Size) && rest[2] == '/' && rest[..2].SequenceEqual(rest[3..5])
            && TryHash(ObjectKind.Pack, rest[3..], out parsed);
    }

    private static bool TryEpoch(ReadOnlySpan<char> rest, out ObjectName parsed)
    {
        parsed = default;
        if (rest.Length != 43 || rest[8] != '-' || rest[41] != '/' || rest[42] is not ('s' or 'a') ||
            !TryDigits(rest[..8], out var number) || rest[9..41].ContainsAnyExcept(HexDigits))
        {
            return false;
        }

        var random = Id128.Read(Convert.FromHexString(rest[9..41]));
        parsed = new ObjectName(rest[42] is 's' ? ObjectKind.EpochSecret : ObjectKind.EpochShare, Epoch: new EpochId((int)number, random));
        return true;
    }

    private static bool TryLedger(ReadOnlySpan<char> rest, out ObjectName parsed)
    {
        parsed = default;
        if (rest.Length != 11 + (2 * Hash.Size) || rest[10] != '-' ||
            !TryDigits(rest[..10], out var sequence) || !Hash.TryParse(rest[11..], out var hash))
        {
            return false;
        }

        parsed = new ObjectName(ObjectKind.Ledger, hash, Sequence: sequence);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> digits, out long value) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
