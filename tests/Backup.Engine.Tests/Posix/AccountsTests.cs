using Backup.Engine.Posix;

namespace Backup.Engine.Tests.Posix;

public sealed class AccountsTests
{
    [Fact]
    public void Names_KnownAndUnknown_AreFoundBothWays()
    {
        var accounts = new Accounts();
        Assert.Equal("root", accounts.UserName(0));
        Assert.Equal("root", accounts.GroupName(0));
        Assert.Null(accounts.UserName(3_999_999_999));
        Assert.Null(accounts.GroupName(3_999_999_999));
        Assert.Equal(1u, accounts.UserId("daemon"));
        Assert.Equal(1u, accounts.GroupId("daemon"));
        Assert.Null(accounts.UserId("nobody of this name"));
        Assert.Null(accounts.GroupId(""));
    }
}
