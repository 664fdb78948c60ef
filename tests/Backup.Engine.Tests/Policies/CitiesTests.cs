using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

public sealed class CitiesTests
{
    [Theory]
    [InlineData("Unna", "unna")]
    [InlineData("Unna", " Unna ")]
    [InlineData("N\u00fcrnberg", "NU\u0308RNBERG")]
    public void Of_OneCityWrittenTwice_CountsOnceAsFirstWritten(string first, string second) =>
        Assert.Equal([first, "Bonn"], Cities.Of([Site(first), Site("Bonn"), Site(second)]));

    [Fact]
    public void Of_OneNameInTwoCountries_IsTwoCities() => Assert.Equal(["Freiburg", "Freiburg"], Cities.Of([Site("Freiburg"), Site("Freiburg", "CH")]));

    private static LocalSiteConfig Site(string city, string country = "DE") => new() { Id = "a", City = city, Country = country, Path = "/mnt/a" };
}
