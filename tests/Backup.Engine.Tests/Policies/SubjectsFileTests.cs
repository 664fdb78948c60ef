using System.Globalization;
using System.Text;
using Backup.Engine.Policies;
using Backup.Engine.Tests.Posix;

namespace Backup.Engine.Tests.Policies;

public sealed class SubjectsFileTests
{
    [Theory]
    [InlineData("email:Max@Example.DE;customer: K-7 \n")]
    [InlineData("\ufeff# persons\r\n\r\n\"email:max@example.de\",\"customer:K-7\",\r\n")]
    [InlineData("email;customer\nmax@example.de;K-7")]
    [InlineData("Customer,Email_2,email\nK-7,,max@example.de\n")]
    [InlineData("customer;email2\ncustomer:K-7;email:max@example.de\n")]
    [InlineData("  # x\nemail:max@example.de;;customer:K-7;email:MAX@example.de\n\n;;\n")]
    public void Read_Csv_TiesThePersonsOfItsRows(string text)
    {
        var person = Assert.Single(Read(text, "s.csv"));
        Assert.Equal(["customer:K-7", "email:max@example.de"], person.Order(StringComparer.Ordinal), StringComparer.Ordinal);
    }

    [Fact]
    public void Read_CsvQuotes_AreUndone() =>
        Assert.Equal(["customer:Müller; \"Max\"", "raw:00ff"], Assert.Single(Read("\"customer:Müller; \"\"Max\"\"\" ; raw:00FF\n", "s.csv")));

    [Fact]
    public void Read_PersonsWithOneIdentifier_AreNotTied()
    {
        var persons = Read("email:a@x;customer:1\nemail:b@x\ncustomer:2;email:c@x;customer:3\n", "S.CSV");
        Assert.Equal([["email:a@x", "customer:1"], ["customer:2", "email:c@x", "customer:3"]], persons);
        Assert.Empty(Read("", "s.csv"));
    }

    [Theory]
    [InlineData("email:a@x;K-7\n", 1, 11, "it has no type")]
    [InlineData("email;customer\na;K-7\n", 2, 1, "no mail address")]
    [InlineData("email;nmae\na@x;b\n", 1, 7, "'nmae' is no type of identifier")]
    [InlineData("email:a@x;mixed:/var/log\n", 1, 11, "no person's identifier")]
    [InlineData("email:a@x;\"customer:1\n", 1, 11, "does not close")]
    [InlineData("\"email:a@x\" b;customer:1\n", 1, 12, "follows the quote")]
    [InlineData("email:a@x;customer:1\nemail:b@x;customer:1\n", 2, 11, "in line 2 stands also with another person, in line 1")]
    public void Read_CsvThatIsWrong_SaysWhere(string text, int line, int column, string message)
    {
        var fault = Faults(text, "s.csv")[0];
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (fault.Line, fault.Column));
        Assert.DoesNotContain("K-7", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ManyFaults_AreAllTold()
    {
        Assert.Equal([1, 3, 4, 5], Faults("email:a\nemail:b@x;customer:1\n\"x\nmail:a@x\nemail:b@x\n", "s.csv").Select(static fault => fault.Line));
        var broken = (byte[])[.. "email:a@x;customer:1\nä"u8, 0xff, .. ";\nemail:c\n"u8];
        var faults = Assert.Throws<PolicyException>(() => SubjectsFile.Read(broken, "s.csv")).Faults;
        Assert.Equal([(2, 2), (3, 1)], faults.Select(static fault => (fault.Line, fault.Column)));
    }

    [Theory]
    [InlineData("- [email:Max@example.de, \"customer:K-7\"]\n- [email:b@x]\n")]
    [InlineData("- email: max@example.de\n  customer: K-7\n")]
    [InlineData("- email: [max@example.de]\n  customer: [K-7, K-7]\n")]
    [InlineData("-\n  - email:max@example.de\n  - customer:K-7\n")]
    public void Read_Yaml_TiesItsPersons(string text) => Assert.Equal(["email:max@example.de", "customer:K-7"], Assert.Single(Read(text, "s.yml")));

    [Theory]
    [InlineData("", 1, 1, "subjects file is empty")]
    [InlineData("a: b\n", 1, 1, "is a list of persons, and not a mapping")]
    [InlineData("- email:a@x\n", 1, 3, "A person is a list of identifiers")]
    [InlineData("- { emial: a@x }\n", 1, 5, "nearest known one is 'email'")]
    [InlineData("- [email:a@x, [b]]\n", 1, 15, "An identifier is text, and not a list")]
    [InlineData("- [email:a@x, ~]\n", 1, 15, "An identifier is text, and not nothing")]
    [InlineData("- [email:a@x, customer:1]\n- { email: A@x }\n", 2, 12, "in line 2 stands also with another person, in line 1")]
    [InlineData("- [a", 1, 3, "never closed")]
    public void Read_YamlThatIsWrong_SaysWhere(string text, int line, int column, string message)
    {
        var fault = Faults(text, "s.yaml")[0];
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (fault.Line, fault.Column));
    }

    [Fact]
    public void Load_File_ByItsEnding()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["s.csv"], "email:a@x;customer:1\n");
        File.WriteAllText(folder["s.yaml"], "- [email:a@x, customer:1]\n");
        Assert.Equal(SubjectsFile.Load(folder["s.csv"]), SubjectsFile.Load(folder["s.yaml"]));
        Assert.Contains("tells no format", Refusal("s.txt"), StringComparison.Ordinal);
        Assert.Contains("does not exist", Refusal("t.csv"), StringComparison.Ordinal);
        Directory.CreateDirectory(folder["d.csv"]);
        Assert.Contains("is a folder", Refusal("d.csv"), StringComparison.Ordinal);

        string Refusal(string name) => Assert.Throws<PolicyException>(() => SubjectsFile.Load(folder[name])).Message;
    }

    [Fact]
    public void Read_AMillionRows_TakesSeconds()
    {
        var text = new StringBuilder("email;customer\n");
        for (var i = 0; i < 1_000_000; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"p{i}@example.de;{i}\n");
        }

        var begun = TimeProvider.System.GetTimestamp();
        Assert.Equal(1_000_000, Read(text.ToString(), "s.csv").Count);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    private static IReadOnlyList<IReadOnlyList<string>> Read(string text, string file) => SubjectsFile.Read(Encoding.UTF8.GetBytes(text), file);

    private static IReadOnlyList<PolicyFault> Faults(string text, string file) => Assert.Throws<PolicyException>(() => Read(text, file)).Faults;
}
