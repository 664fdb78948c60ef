namespace Backup.EndToEnd.Tests.House;

/// <summary>What somebody new reads to understand a backup, in this order.</summary>
internal static class NewcomerPath
{
    public const int MostLines = 2500;

    public static readonly string[] Files =
    [
        "README.md",
        "src/Backup.Engine/Format/FORMAT.md",
        "src/Backup.Engine/Runs/BackupRun.cs",
        "src/Backup.Engine/Sources/ISource.cs",
        "src/Backup.Engine/Snapshots/SnapshotBuilder.cs",
        "src/Backup.Engine/Chunking/Chunker.cs",
        "src/Backup.Engine/Blobs/BlobWriter.cs",
        "src/Backup.Engine/Sealing/MemberSealer.cs",
        "src/Backup.Engine/Packing/PackBuilder.cs",
        "src/Backup.Engine/Sites/Fanout.cs",
        "src/Backup.Engine/Stores/IObjectStore.cs",
        "src/Backup.Engine/Ledger/LedgerWriter.cs",
    ];
}
