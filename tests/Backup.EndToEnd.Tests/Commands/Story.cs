using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Commands;

/// <summary>
/// The thin path once, from <c>init</c> to <c>status</c>: two snapshots of a small tree at three sites. The tests look at what each command said.
/// </summary>
public sealed class Story : IDisposable
{
    internal const string Needle = "note 5.txt";

    public Story()
    {
        World = World.Blank();
        SampleData.Write(World.Data);
        Init = World.Machine.Json("init", "--recovery-out", World.RecoveryKey);
        First = Manifest.Of(World.Data);
        Backup = World.Machine.Json("backup", "--tag", "monday");
        SampleData.Change(World.Data);
        Second = Manifest.Of(World.Data);
        SecondBackup = World.Machine.Json("backup");
    }

    internal World World { get; }

    internal CliResult Init { get; }

    internal CliResult Backup { get; }

    internal CliResult SecondBackup { get; }

    /// <summary>Manifest of the first snapshot.</summary>
    internal string First { get; }

    /// <summary>Manifest of the second snapshot.</summary>
    internal string Second { get; }

    public void Dispose() => World.Dispose();
}
