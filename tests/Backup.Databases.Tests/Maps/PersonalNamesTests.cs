using Backup.Databases.Maps;

namespace Backup.Databases.Tests.Maps;

/// <summary>Names of columns that look personal, told by their words.</summary>
public sealed class PersonalNamesTests
{
    [Theory]
    [InlineData("email")]
    [InlineData("E_Mail")]
    [InlineData("contactEmail")]
    [InlineData("comment_author_IP")]
    [InlineData("phone2")]
    [InlineData("first_name")]
    [InlineData("Vorname")]
    [InlineData("straße")]
    [InlineData("zip")]
    [InlineData("iban_prefix")]
    public void Contains_WordOfAPerson_Does(string name) => Assert.True(PersonalNames.Contains(name, "varchar"));

    [Theory]
    [InlineData("zipped")]
    [InlineData("description")]
    [InlineData("shipping")]
    [InlineData("mailing")]
    [InlineData("name")]
    [InlineData("telling")]
    [InlineData("email_id")]
    [InlineData("_")]
    public void Contains_OtherWord_DoesNot(string name) => Assert.False(PersonalNames.Contains(name, "varchar"));

    [Fact]
    public void Contains_FlagOrMoment_DoesOnlyIfItIsABirth()
    {
        Assert.False(PersonalNames.Contains("mail_sent", "tinyint"));
        Assert.False(PersonalNames.Contains("mail_sent", "datetime"));
        Assert.True(PersonalNames.Contains("birth", "date"));
        Assert.True(PersonalNames.Contains("ip", "int"));
    }
}
