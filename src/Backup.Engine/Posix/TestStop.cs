using System.Globalization;
using System.Reflection;

namespace Backup.Engine.Posix;

/// <summary>
/// The moments at which the tests kill the program, to show that nothing is lost whenever it dies. They act only if the environment names one in
/// <c>BACKUP_TEST_STOP</c> (<c>name</c>, or <c>name:5</c> for the fifth time the run comes by) and the state directory holds the file
/// <c>allow-test-stop</c>: nobody meets them by accident.
/// </summary>
public static class TestStop
{
    public const string InitDrawn = "init-drawn";
    public const string InitSheetWritten = "init-sheet-written";
    public const string InitKeysPut = "init-keys-put";
    public const string InitEntryWritten = "init-entry-written";
    public const string InitEntryPut = "init-entry-put";
    public const string InitRepositoryPut = "init-repository-put";
    public const string PackPut = "pack-put";
    public const string PacksStand = "packs-stand";
    public const string KeyringPut = "keyring-put";
    public const string IndexPut = "index-put";
    public const string InventoryPut = "inventory-put";
    public const string SnapshotPut = "snapshot-put";
    public const string EntryWritten = "entry-written";
    public const string EntryPut = "entry-put";
    public const string ObjectCopied = "object-copied";
    public const string BacklogCopied = "backlog-copied";
    public const string CaughtUpKeys = "caught-up-keys";
    public const string CaughtUpLedger = "caught-up-ledger";
    public const string EpochDrawn = "epoch-drawn";
    public const string EpochPut = "epoch-put";
    public const string EpochOpened = "epoch-opened";
    public const string EpochProven = "epoch-proven";
    public const string EpochDestroyed = "epoch-destroyed";
    public const string RecoveryDrawn = "recovery-drawn";
    public const string Forgotten = "forgotten";
    public const string GcPacksPut = "gc-packs-put";
    public const string GcCondemning = "gc-condemning";
    public const string GcCondemned = "gc-condemned";
    public const string GcObjectDeleted = "gc-object-deleted";
    public const string GcSiteDeleted = "gc-site-deleted";
    public const string GcNamedDeleted = "gc-named-deleted";
    public const string TermDrawn = "term-drawn";
    public const string ErasureRequested = "erasure-requested";
    public const string ErasureMoved = "erasure-moved";
    public const string ErasureCondemned = "erasure-condemned";
    public const string ErasureObjectDeleted = "erasure-object-deleted";
    public const string ErasureSiteVerified = "erasure-site-verified";
    public const string ErasureNamedDeleted = "erasure-named-deleted";
    public const string ErasureCertified = "erasure-certified";

    private const string Variable = "BACKUP_TEST_STOP";
    private const string Marker = "allow-test-stop";

    private static string? _armed;
    private static int _left = 1;

    /// <summary>Every stop there is.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. typeof(TestStop).GetFields(BindingFlags.Public | BindingFlags.Static).Where(static field => field.IsLiteral).Select(static field => (string)field.GetRawConstantValue()!)];

    /// <summary>Arms the stop that the environment names, if the state directory allows it.</summary>
    public static void Arm(string statePath)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } stop && File.Exists(Path.Join(statePath, Marker)))
        {
            var parts = stop.Split(':');
            (_armed, _left) = (parts[0], parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1);
        }
    }

    /// <summary>Kills the process, as a power cut would, if this stop is armed.</summary>
    public static void Reach(string stop)
    {
        if (_armed == stop && Interlocked.Decrement(ref _left) <= 0)
        {
            _ = Native.Kill(Environment.ProcessId, signal: 9);
        }
    }
}
