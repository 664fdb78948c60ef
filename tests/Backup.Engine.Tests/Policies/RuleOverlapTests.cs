namespace Backup.Engine.Tests.Policies;

public sealed class RuleOverlapTests
{
    [Theory]
    [InlineData("/home/{user}/**|customer:{user}", "/home/{u}/**|customer:{u}", "another person or folder")]
    [InlineData("/home/{user}/**|customer:{user}", "/home/{user}/x/{y}/**|customer:{y}", "another person or folder")]
    [InlineData("/home/{user}/**|customer:{user}", "/home/{user}/**|email:{user}@x.de", "another person or folder")]
    [InlineData("/home/{user}/**|customer:{user}", "/**/home/{user}/**|customer:{user}", "another person or folder")]
    [InlineData("/home/{user}/**|customer:{user}", "/home/*/mbox|", "another person or folder")]
    [InlineData("/home/a-{user}/**|customer:{user}", "/home/{user}-b/**|customer:{user}", "another person or folder")]
    [InlineData("/**/homes/a-{user}/**|customer:{user}", "/**/homes/b-{user}/**|customer:{user}", "another person or folder")]
    [InlineData("/home/{user}/*/**|customer:{user}", "/home/{user}/{x}/**|customer:{user}", "matches the same paths")]
    [InlineData("/home/{user}/**|customer:{user}", "/home/{user}/**|customer:{user}", "matches the same paths")]
    [InlineData("/home/{user}/a/**|customer:{user}", "/home/{user}/a|customer:{user}", "matches the same paths")]
    [InlineData("/home/{user}/a*/**|customer:{user}", "/home/{user}/*b/**|customer:{user}", "neither of them is the more specific")]
    [InlineData("/home/{user}/*/b/**|customer:{user}", "/home/{user}/a/**|customer:{user}", "neither of them is the more specific")]
    [InlineData("/var/log/**|", "/var/log/mail/**|", "another person or folder")]
    [InlineData("/srv/{d}/{u}/**|email:{u}@{d}|/srv", "/srv/{d}/{u}/**|email:{u}@{d}", "hangs them in another place")]
    [InlineData("/srv/{d}/users/{u}/**|email:{u}@{d}|/srv", "/srv/{d}/lists/{u}/**|email:{u}@{d}", "another person or folder")]
    public void Check_TwoRulesForOnePath_IsAFaultWithBothPlaces(string first, string second, string message)
    {
        var fault = PolicyTexts.OnlyFault(PolicyTexts.WithRules(Rule(first), Rule(second)));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Contains("line 15, column ", fault.Message, StringComparison.Ordinal);
        Assert.Equal(16, fault.Line);
    }

    [Theory]
    [InlineData("/home/{user}/**|customer:{user}", "/srv/{user}/**|customer:{user}")]
    [InlineData("/home/{user}/**|customer:{user}", "/home/{user}/a/**|customer:{user}")]
    [InlineData("/home/{user}/a/**|customer:{user}", "/home/{user}/b/**|customer:{user}")]
    [InlineData("/home/{user}/a*/**|customer:{user}", "/home/{user}/ab*/**|customer:{user}")]
    [InlineData("/home/{user}/{x}/**|customer:{user}", "/home/{user}/*a/**|customer:{user}")]
    [InlineData("/home/a-{user}/**|customer:{user}", "/home/b-{user}/**|customer:{user}")]
    [InlineData("/home/{user}.tar|customer:{user}", "/home/{user}.zip|customer:{user}")]
    [InlineData("/home/{user}/*/**|customer:{user}", "/home/{user}/{x}a/**|customer:{user}")]
    [InlineData("/srv/{d}/users/{u}/**|email:{u}@{d}|/srv", "/srv/{d}/lists/{u}/**|email:{u}@{d}|/srv")]
    [InlineData("/var/log/a*|", "/var/log/b*|")]
    public void Check_RulesThatMayStandTogether_Pass(string first, string second)
    {
        Assert.NotNull(PolicyTexts.Rules(Rule(first), Rule(second)));
        Assert.NotNull(PolicyTexts.Rules(Rule(second), Rule(first)));
    }

    /// <summary>"match|id|graft_at", the last two perhaps missing.</summary>
    private static string Rule(string text)
    {
        var parts = text.Split('|');
        return $"{{ match: \"{parts[0]}\"" + (parts[1].Length > 0 ? $", id: \"{parts[1]}\"" : ", mixed: true") + (parts.Length > 2 ? $", graft_at: \"{parts[2]}\" }}" : " }");
    }
}
