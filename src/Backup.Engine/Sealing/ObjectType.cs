namespace Backup.Engine.Sealing;

/// <summary>The types of sealed objects. The values are stored and are part of every key and every AAD. FORMAT.md, section 4.</summary>
public enum ObjectType : byte
{
    SlotSeed = 1,
    EpochShare = 2,
    KeyringRoot = 3,
    KeyringShard = 4,
    Member = 5,
    MemberTable = 6,
    Index = 7,
    Snapshot = 8,
    LedgerPayload = 9,
    JournalRecord = 10,
    StateFile = 11,
}
