namespace Backup.EndToEnd.Tests.Remote;

/// <summary>SIGKILL in the middle of a backup. Not of Azurite: it loses what it had acknowledged, which no service may.</summary>
public sealed class SiteKilledTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("c")]
    public void Site_KilledInTheMiddle_CostsThatSiteOnly(string failing) => SiteFailure.MustCostThatSiteOnly(failing, killed: true);
}
