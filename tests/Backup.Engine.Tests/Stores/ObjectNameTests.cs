using Backup.Engine.Stores;

namespace Backup.Engine.Tests.Stores;

public sealed class ObjectNameTests
{
    [Theory]
    [InlineData("repository", true)]
    [InlineData("packs/3f/3f0a", true)]
    [InlineData("ledger/17-ab", true)]
    [InlineData("tmpfiles/a", true)]
    [InlineData("packs/tmp", true)]
    [InlineData("", false)]
    [InlineData("/", false)]
    [InlineData("packs/", false)]
    [InlineData("/packs", false)]
    [InlineData("packs//a", false)]
    [InlineData("packs/../a", false)]
    [InlineData("packs/A", false)]
    [InlineData("packs/a\0", false)]
    [InlineData("packs/a\n", false)]
    [InlineData("tmp", false)]
    [InlineData("tmp/a", false)]
    public void IsValid_Names_FollowsTheRules(string name, bool expected) => Assert.Equal(expected, ObjectName.IsValid(name));

    [Fact]
    public void IsValid_Lengths_HaveBounds()
    {
        var part = new string('a', 255);

        Assert.True(ObjectName.IsValid($"{part}/{part}"));
        Assert.False(ObjectName.IsValid(part + "a"));
        Assert.False(ObjectName.IsValid($"{part}/{part}/a"));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("packs/", true)]
    [InlineData("packs/3f/", true)]
    [InlineData("packs", false)]
    [InlineData("/", false)]
    [InlineData("tmp/", false)]
    public void RequirePrefix_Prefixes_AreWholeFolders(string prefix, bool accepted)
    {
        var thrown = Record.Exception(() => ObjectName.RequirePrefix(prefix));

        Assert.Equal(accepted, thrown is null);
    }

    [Fact]
    public void Folders_AreNames() => Assert.All(ObjectName.Folders, folder => Assert.True(ObjectName.IsValid(folder)));
}
