using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

public sealed class SubjectRuleReaderTests
{
    [Theory]
    [InlineData("match: \"/home/{user}/**\"", "'id' is missing")]
    [InlineData("id: \"customer:{user}\"", "'match' is missing")]
    [InlineData("match: \"home/{user}\", id: \"customer:{user}\"", "does not begin with '/'")]
    [InlineData("match: \"/home//{user}\", id: \"customer:{user}\"", "empty component")]
    [InlineData("match: \"/home/../{user}\", id: \"customer:{user}\"", "'.' or '..'")]
    [InlineData("match: \"/home/{user\", id: \"customer:{user}\"", "begins no placeholder")]
    [InlineData("match: \"/home/user}\", id: \"customer:{user}\"", "'}' without '{'")]
    [InlineData("match: \"/home/{}\", id: \"customer:{user}\"", "begins no placeholder")]
    [InlineData("match: \"/home/{us er}\", id: \"customer:{user}\"", "begins no placeholder")]
    [InlineData("match: \"/home/us?r/{user}\", id: \"customer:{user}\"", "no wildcard here")]
    [InlineData("match: \"/home/{a}{user}\", id: \"customer:{user}\"", "two wildcards side by side")]
    [InlineData("match: \"/home/{user}*\", id: \"customer:{user}\"", "two wildcards side by side")]
    [InlineData("match: \"/home/a**/{user}\", id: \"customer:{user}\"", "'**' beside other text")]
    [InlineData("match: \"/home/{user}/{user}\", id: \"customer:{user}\"", "{user} twice")]
    [InlineData("match: \"/**/a/**/b{user}\", id: \"customer:{user}\"", "'**' more than once")]
    [InlineData("match: \"/home/**/**\", id: \"customer:{user}\"", "'**' after '**'")]
    [InlineData("match: \"/home/**/{user}/**\", id: \"customer:{user}\"", "any name at any depth")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{usr}\"", "{usr}, which the match does not have")]
    [InlineData("match: \"/home/{user}\", id: \"customer:max\"", "has no placeholder")]
    [InlineData("match: \"/home/{user}\", id: \"{user}\"", "does not begin with a type")]
    [InlineData("match: \"/home/{user}\", id: \"emial:{user}\"", "does not begin with a type")]
    [InlineData("match: \"/home/{user}\", id: \"raw:{user}\"", "does not begin with a type")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user\"", "brace without its partner")]
    [InlineData("match: \"/**\", mixed: true", "takes everything")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", mixed: 1", "is true or false")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", class: vouchr", "'vouchr' is not defined")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", class: voucher", "starts with {year}, which the match of this rule does not have")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", starts: birth", "neither 'mtime' nor a placeholder")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", starts: \"{year}\"", "{year}, which the match does not have")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", period: week", "neither 'year', 'month', 'day' nor a placeholder")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", graft_at: /hom", "no beginning of the match")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", graft_at: \"/home/{user}\"", "no beginning of the match")]
    [InlineData("match: \"/srv/**/home/{user}\", id: \"customer:{user}\", graft_at: /srv", "lies above '**'")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", grafts_at: /home", "'graft_at'")]
    public void Read_RuleWrong_SaysWhat(string rule, string message)
    {
        var fault = PolicyTexts.OnlyFault(PolicyTexts.WithRules($"{{ {rule} }}"));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal(15, fault.Line);
    }

    [Theory]
    [InlineData("match: \"/{user}/**\", id: \"customer:{user}\"")]
    [InlineData("match: \"/**/Maildir-{user}/**\", id: \"customer:{user}\"")]
    [InlineData("match: \"/home/{user}/\", id: \"customer:{user}\"")]
    [InlineData("match: \"/home/{user}\", id: \"customer:{user}\", graft_at: /")]
    [InlineData("match: \"/home/[x]/{user}\", id: \"customer:{user}\", graft_at: \"/home/[x]/\"")]
    [InlineData("match: \"/home/{user}.tar.*\", id: \"email:{user}@example.net\"")]
    [InlineData("match: \"/var/log/mail.log*\", mixed: true")]
    public void Read_RuleThatIsOdd_IsFine(string rule) => Assert.NotNull(PolicyTexts.Rules($"{{ {rule} }}"));

    [Fact]
    public void Read_MatchOutsideTheRoots_WouldNeverMatch()
    {
        var text = PolicyTexts.WithRules("{ match: \"/home/{user}/**\", id: \"customer:{user}\" }");
        var fault = PolicyTexts.OnlyFault(text.Replace("roots: [/]", "roots: [/srv, /home2]", StringComparison.Ordinal));
        Assert.Contains("outside of what the source reads (/srv, /home2)", fault.Message, StringComparison.Ordinal);
        Assert.NotNull(PolicyTexts.Read(text.Replace("roots: [/]", "roots: [/home/max/mail]", StringComparison.Ordinal)));
        Assert.NotNull(PolicyTexts.Read(text.Replace("roots: [/]", "roots: [/srv, /home]", StringComparison.Ordinal)));
    }

    [Fact]
    public void Read_RulesOfACommand_KnowItsOnePath()
    {
        const string source = "{ id: data, kind: command, command: [slapcat], path: ldap.ldif, class: everyday, subjects: [ { match: MATCH, mixed: true } ] }";
        var text = PolicyTexts.With("{ id: data, kind: files, roots: [/srv], class: everyday }", source);
        var command = (CommandSourceConfig)PolicyTexts.Read(text.Replace("MATCH", "/ldap.ldif", StringComparison.Ordinal)).Tenants[0].Sources[0];
        Assert.Equal("mixed:/ldap.ldif", command.Rules.Find("/ldap.ldif"u8, directory: false).Assignment.Subject);
        Assert.Contains("outside of what the source reads", PolicyTexts.OnlyFault(text.Replace("MATCH", "/ldap", StringComparison.Ordinal)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ClassThatCountsFromADate_MayTakeItFromTheRules()
    {
        var text = PolicyTexts.WithRules("{ match: \"/home/{user}/**\", id: \"customer:{user}\", class: bare, starts: mtime }")
            .Replace("classes:\n", "classes:\n  bare: { delete_after: 7d }\n", StringComparison.Ordinal);
        Assert.NotNull(PolicyTexts.Read(text));
        Assert.Contains("does not say from which date", PolicyTexts.OnlyFault(text.Replace("class: bare, starts: mtime", "class: bare", StringComparison.Ordinal)).Message, StringComparison.Ordinal);
    }
}
