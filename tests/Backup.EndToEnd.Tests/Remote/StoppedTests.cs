namespace Backup.EndToEnd.Tests.Remote;

/// <summary>SIGSTOP in the middle of a backup: the server of the city accepts connections and never answers. A class for each, so that they wait side by side.</summary>
public sealed class S3StoppedTests
{
    [Fact]
    public void Site_StoppedInTheMiddle_CostsThatSiteOnly() => SiteFailure.MustCostThatSiteOnly("a", killed: false);
}

/// <inheritdoc cref="S3StoppedTests"/>
public sealed class AzureStoppedTests
{
    [Fact]
    public void Site_StoppedInTheMiddle_CostsThatSiteOnly() => SiteFailure.MustCostThatSiteOnly("b", killed: false);
}

/// <inheritdoc cref="S3StoppedTests"/>
public sealed class SftpStoppedTests
{
    [Fact]
    public void Site_StoppedInTheMiddle_CostsThatSiteOnly() => SiteFailure.MustCostThatSiteOnly("c", killed: false);
}
