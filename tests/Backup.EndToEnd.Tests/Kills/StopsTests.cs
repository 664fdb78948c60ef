using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.Kills;

public sealed class StopsTests
{
    [Fact]
    public void Stops_EveryOne_IsTested() =>
        Assert.Equal(Stops.Listed().Order(StringComparer.Ordinal), Stops.Tested.Order(StringComparer.Ordinal), StringComparer.Ordinal);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Stops_WithoutTheMarkerOrTheName_DoNotAct(bool named, bool marked)
    {
        using var world = World.WithData();
        var marker = Path.Combine(world.Machine.State, World.Tenant, "allow-test-stop");
        if (marked)
        {
            File.WriteAllText(marker, "");
        }

        using var running = world.Machine.Start(named ? [new("BACKUP_TEST_STOP", "snapshot-put")] : [], "backup");

        running.Finish().MustExit(0);
    }
}
