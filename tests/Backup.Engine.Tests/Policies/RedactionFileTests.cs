using System.Text;
using Backup.Engine.Policies;
using Backup.Engine.Tests.Posix;

namespace Backup.Engine.Tests.Policies;

public sealed class RedactionFileTests
{
    private const string Full = """
        redact:
          - source: web
            path: /var/log/app/*.log
            format: lines
            match: [ "max@example.de" ]
            regex: [ "kunde=4711\\b" ]
          - path: /srv/**/people.csv
            format: csv
            columns: [ email, 3 ]
            header: true
            separator: ";"
          - { path: /srv/a.csv, format: csv, header: false, columns: [2], separator: tab }
          - { path: /srv/events.jsonl, format: jsonl, fields: [ user.email ] }
          - { path: /var/mail, format: mbox, headers_only: true }
          - { path: /srv/dump.sql, format: sql }
        """;

    [Fact]
    public void Read_EveryKey_IsTaken()
    {
        var rules = Read(Full);
        Assert.Equal(
            [RedactionFormat.Lines, RedactionFormat.Csv, RedactionFormat.Csv, RedactionFormat.JsonLines, RedactionFormat.Mbox, RedactionFormat.Sql],
            rules.Select(static rule => rule.Format));
        Assert.Equal(["web", null, null, null, null, null], rules.Select(static rule => rule.Source), StringComparer.Ordinal);
        Assert.Equal("max@example.de", Assert.Single(rules[0].Texts));
        Assert.Matches(Assert.Single(rules[0].Patterns), "x kunde=4711 y");
        Assert.DoesNotMatch(rules[0].Patterns[0], "kunde=47110");
        Assert.Equal(["email", "3"], rules[1].Columns);
        Assert.Equal(((char?)';', (char?)'\t', (char?)null), (rules[1].Separator, rules[2].Separator, rules[3].Separator));
        Assert.Equal((true, false), (rules[1].HasHeader, rules[2].HasHeader));
        Assert.Equal("user.email", Assert.Single(rules[3].Fields));
        Assert.Equal((false, true), (rules[3].HeadersOnly, rules[4].HeadersOnly));
    }

    [Theory]
    [InlineData("/var/log/app/*.log", "/var/log/app/a.log", true)]
    [InlineData("/var/log/app/*.log", "/var/log/app/a.log.1", false)]
    [InlineData("/var/log/app/*.log", "/var/log/app/b/a.log", false)]
    [InlineData("/var/log/app", "/var/log/app/b/a.log", true)]
    [InlineData("/var/log/app/**", "/var/log/app", false)]
    [InlineData("/srv/**/people.csv", "/srv/people.csv", true)]
    [InlineData("/srv/**/people.csv", "/srv/a/b/people.csv", true)]
    [InlineData("/srv/**/people.csv", "/srv/a/b/people.csv.old", false)]
    public void Takes_Path_ByThePattern(string pattern, string path, bool takes) =>
        Assert.Equal(takes, Read($"redact: [ {{ path: \"{pattern}\", format: lines }} ]")[0].Takes(Encoding.UTF8.GetBytes(path)));

    [Theory]
    [InlineData("path: /a, format: csv, colums: [a]", "'colums' in a redaction; the nearest known one is 'columns'")]
    [InlineData("format: lines", "'path' is missing")]
    [InlineData("path: /a", "'format' is missing")]
    [InlineData("path: /a, format: line", "'line', which is none of lines, csv, mbox, jsonl, sql")]
    [InlineData("path: a, format: lines", "does not begin with '/'")]
    [InlineData("path: /, format: lines", "takes everything")]
    [InlineData("path: /**, format: lines", "takes everything")]
    [InlineData("path: \"/home/{user}\", format: lines", "placeholder")]
    [InlineData("path: \"/home/a?\", format: lines", "no wildcard here")]
    [InlineData("path: /a, format: lines, source: \"a b\"", "no id of a source")]
    [InlineData("path: /a, format: lines, columns: [a]", "'columns' means nothing for the format lines")]
    [InlineData("path: /a, format: sql, headers_only: true", "'headers_only' means nothing for the format sql")]
    [InlineData("path: /a, format: lines, match: max", "'match' is a list")]
    [InlineData("path: /a, format: lines, match: []", "'match' is empty")]
    [InlineData("path: /a, format: lines, match: [\"\"]", "is empty")]
    [InlineData("path: /a, format: lines, match: [ab]", "shorter than 3 characters")]
    [InlineData("path: /a, format: lines, match: [\"---\"]", "no letter or digit")]
    [InlineData("path: /a, format: lines, regex: [\".*\"]", "nearly every record")]
    [InlineData("path: /a, format: lines, regex: [\"^\"]", "nearly every record")]
    [InlineData("path: /a, format: lines, regex: [\"\\\\d+\"]", "nearly every record")]
    [InlineData("path: /a, format: lines, regex: [\"@\"]", "nearly every record")]
    [InlineData("path: /a, format: lines, regex: [\"max|\"]", "nearly every record")]
    [InlineData("path: /a, format: lines, regex: [\".{5}\"]", "nearly every record")]
    [InlineData("path: /a, format: lines, regex: [\"[^;]{9}$\"]", "nearly every record")]
    [InlineData("path: /a, format: lines, regex: [\"a(b\"]", "not valid at its character")]
    [InlineData("path: /a, format: lines, regex: [\"max(?=x)\"]", "looks ahead")]
    [InlineData("path: /a, format: csv, columns: [0]", "the first one is 1")]
    [InlineData("path: /a, format: csv, columns: [mail], header: false", "without a header")]
    [InlineData("path: /a, format: csv, separator: \"ab\"", "'separator' cannot be 'ab'")]
    [InlineData("path: /a, format: csv, header: 1", "is true or false")]
    [InlineData("path: /a, format: jsonl, fields: [\"user..email\"]", "an empty key")]
    public void Read_RuleWrong_SaysWhat(string rule, string message)
    {
        var fault = Assert.Single(Faults($"redact:\n  - {{ {rule} }}\n"));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, fault.Line);
    }

    [Theory]
    [InlineData("", "redaction file is empty")]
    [InlineData("redact: []", "'redact' is empty")]
    [InlineData("redact: x", "'redact' is a list")]
    [InlineData("[a]", "a redaction file is expected")]
    public void Read_NoRules_IsRefused(string text, string message) => Assert.Contains(message, Assert.Single(Faults(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_UnknownTopKey_NamesTheNearest() => Assert.Contains("'redact'", Faults("redcat: []")[0].Message, StringComparison.Ordinal);

    [Fact]
    public void Read_SeveralFaults_AreAllTold() =>
        Assert.Equal([2, 3, 4], Faults("redact:\n  - { path: a, format: lines }\n  - { path: /a, format: x }\n  - { path: /a, format: sql, match: [a] }\n").Select(static fault => fault.Line));

    [Fact]
    public void Load_File_FromTheWorkingFolder()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["r.yaml"], Full);
        var environment = new PolicyEnvironment { Variable = static _ => null, WorkingDirectory = folder.Path };
        Assert.Equal(6, RedactionFile.Load("r.yaml", environment).Count);
        Assert.StartsWith("x.yaml: The redaction file does not exist", Assert.Throws<PolicyException>(() => RedactionFile.Load("x.yaml", environment)).Message, StringComparison.Ordinal);
    }

    private static IReadOnlyList<RedactionRule> Read(string text) => RedactionFile.Read(Encoding.UTF8.GetBytes(text), "r.yaml");

    private static IReadOnlyList<PolicyFault> Faults(string text) => Assert.Throws<PolicyException>(() => Read(text)).Faults;
}
