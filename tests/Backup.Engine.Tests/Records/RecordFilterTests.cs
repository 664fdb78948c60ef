using System.Text;
using System.Text.RegularExpressions;
using Backup.Engine.Records;

namespace Backup.Engine.Tests.Records;

public sealed class RecordFilterTests
{
    private const string Mail = "max@example.de";

    [Theory]
    [InlineData("", "")]
    [InlineData("a\nmax@example.de\nb", "a\nb")]
    [InlineData("a\r\nb max@example.de c\r\n", "a\r\n")]
    [InlineData("a\nMAX@example.de", "a\n")]
    [InlineData("climax@example.de\nmax@example.dev\n\n\n", "climax@example.de\nmax@example.dev\n\n\n")]
    [InlineData("\ufeffmax@example.de\nb\0\n", "\ufeffb\0\n")]
    [InlineData("GET /?m=max%40example.de\nGET /\n", "GET /\n")]
    public void Filter_Lines_LeavesTheMatchingOut(string input, string output) => Assert.Equal(output, Filter(Of(RecordFormat.Lines), input));

    [Theory]
    [InlineData("name,mail\nA,max@example.de\nB,b@x\n", "name,mail\nB,b@x\n")]
    [InlineData("max@example.de,mail\nA,a@x\n", "max@example.de,mail\nA,a@x\n")]
    [InlineData("a;b\r\n\"x;\r\nmax@example.de\";1\r\n\"y\"\"\r\n\";2\r\n", "a;b\r\n\"y\"\"\r\n\";2\r\n")]
    [InlineData("a;b\n5\" pipe;1\nx;max@example.de\n6\" pipe;2", "a;b\n5\" pipe;1\n6\" pipe;2")]
    [InlineData("\ufeff\"a\",\"b\"\n\"max@example.de\",\"\"\n,\n", "\ufeff\"a\",\"b\"\n,\n")]
    public void Filter_Csv_KeepsTheHeader(string input, string output) => Assert.Equal(output, Filter(Of(RecordFormat.Csv), input));

    [Theory]
    [InlineData("mail", "x,Mail\nmax@example.de,b\nb,max@example.de\n", "x,Mail\nmax@example.de,b\n")]
    [InlineData("2", "x,Mail\nmax@example.de,b\nb,max@example.de\n", "x,Mail\nmax@example.de,b\n")]
    [InlineData("mail", "x,mail\n\"max@example.de,\",b\n\"a,\",\"\"\"max@example.de\"\"\"\n", "x,mail\n\"max@example.de,\",b\n")]
    public void Filter_CsvColumns_LooksOnlyThere(string column, string input, string output) =>
        Assert.Equal(output, Filter(Of(RecordFormat.Csv) with { Columns = [column] }, input));

    [Fact]
    public void Filter_CsvWithoutHeader_TakesTheFirstRowToo()
    {
        var rules = Of(RecordFormat.Csv) with { HasHeader = false, Columns = ["1"], Separator = '|' };
        Assert.Equal("b|max@example.de\n", Filter(rules, "max@example.de|x\nb|max@example.de\n"));
    }

    [Fact]
    public void Filter_CsvThatCannotBeCut_IsRefused()
    {
        Assert.Contains("never closed", Refusal(Of(RecordFormat.Csv), "a,b\n1,2\n3,\"4\n5,6\n"), StringComparison.Ordinal);
        Assert.Contains("no column 'mial'", Refusal(Of(RecordFormat.Csv) with { Columns = ["mial"] }, "a,mail\n1,2\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Filter_Mbox_LeavesMessagesOut()
    {
        const string a = "From a Mon\nSubject: 1\n\nbody\nFrom here it goes on\n>From max\n\n";
        const string b = "From b Mon\nSubject: 2\n\nDear max@example.de\n\n";
        const string c = "From c Mon\r\nSubject: 3\r\n\r\nlast\r\n\r\n";
        const string d = "From d Mon\nTo: max@example.de\n\n";
        Assert.Equal(a + c, Filter(Of(RecordFormat.Mbox), a + b + c + d));
        Assert.Equal(a + b + c, Filter(Of(RecordFormat.Mbox) with { HeadersOnly = true }, a + b + c + d));
        Assert.Equal("\n" + c, Filter(Of(RecordFormat.Mbox), "\n" + b + c));
        Assert.Contains("no mbox", Refusal(Of(RecordFormat.Mbox), "Subject: x\n\nFrom a\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Transfer-Encoding: base64\n\nTUFYQGV4\r\nYW1wbGUuZGU=\n", true)]
    [InlineData("Content-Transfer-Encoding: quoted-printable\n\n=20max=40exam=\nple.de=20x\n", true)]
    [InlineData("Content-Transfer-Encoding: quoted-printable\n\ncli=\nmax@example.de\n", false)]
    [InlineData("Subject: =?utf-8?Q?an_max=40exam?= =?utf-8?B?cGxlLmRl?= x\n\nb\n", true)]
    [InlineData("Subject: =?utf-8?Q?an_climax=40exam?=\n =?utf-8?B?cGxlLmRl?= x\n\nb\n", false)]
    [InlineData("To: x <max@\n example.de>\n\nb\n", false)]
    [InlineData("Content-Type: multipart/mixed; boundary=\"x\"\n\n--x\nContent-Type: multipart/alternative;\n boundary=x1\n\n--x1\nContent-Transfer-Encoding: Base64\n\nIG1heEBleGFtcGxlLmRl\n--x1--\n--x--\n", true)]
    [InlineData("Content-Type: message/rfc822\n\nSubject: =?utf-8?Q?max=40example=2Ede?=\n\nb\n", true)]
    [InlineData("X: 1\n\nmax\n\n@example.de\n", false)]
    public void Filter_MboxEncodings_AreUndone(string message, bool matches) =>
        Assert.Equal(matches ? "" : $"From a\n{message}", Filter(Of(RecordFormat.Mbox), $"From a\n{message}"));

    [Theory]
    [InlineData("", "{\"m\":\"max@example.de\"}\n{\"m\":1}\n", "{\"m\":1}\n")]
    [InlineData("", "{\"m\":\"m\\u0061x\\u0040example.de\"}\n{\"m\":\"\\nmax@example.de\"}", "")]
    [InlineData("user.email", "{\"user\":{\"email\":\"Max\\u0040example.de\"}}\n{\"by\":\"max@example.de\",\"user\":{\"email\":\"a@x\"}}\n", "{\"by\":\"max@example.de\",\"user\":{\"email\":\"a@x\"}}\n")]
    [InlineData("users.email", "{\"users\":[{\"email\":\"a\"},{\"email\":\"max@example.de\"}]}\n{\"users\":[]}\n", "{\"users\":[]}\n")]
    [InlineData("u.1", "{\"u\":[\"max@example.de\",\"b\"]}\n{\"u\":[\"b\",\"max@example.de\"]}\n", "{\"u\":[\"max@example.de\",\"b\"]}\n")]
    [InlineData("email", "{\"email\": \"max@example.de\n{\"email\":4}\n", "{\"email\":4}\n")]
    [InlineData("user", "{\"user\":{\"a\":\"max@example.de\"}}\r\n\r\n", "\r\n")]
    public void Filter_JsonLines_KnowsFields(string field, string input, string output) =>
        Assert.Equal(output, Filter(Of(RecordFormat.JsonLines) with { Fields = field.Length > 0 ? [field] : [] }, input));

    [Theory]
    [InlineData("INSERT INTO `t` VALUES (1,'a'),(2,'max@example.de'),(3,'c');\n", "INSERT INTO `t` VALUES (1,'a'),(3,'c');\n")]
    [InlineData("INSERT INTO `t` VALUES (1,'max@example.de'),(2,'b');\nX;\n", "INSERT INTO `t` VALUES (2,'b');\nX;\n")]
    [InlineData("INSERT INTO `t` VALUES (1,'a'),\n(2,'max@example.de');\n", "INSERT INTO `t` VALUES (1,'a');\n")]
    [InlineData("a;\r\nINSERT INTO `t` VALUES (1,'max@example.de'),(2,'MAX@example.de');\r\nb;", "a;\r\nb;")]
    [InlineData("INSERT INTO `t` VALUES (1,'),(\\'),('),(2,'max@example.de\\\\'),(3,'it''s');", "INSERT INTO `t` VALUES (1,'),(\\'),('),(3,'it''s');")]
    [InlineData("INSERT INTO `t` VALUES (1,'\\nmax@example.de'),(2,'x');", "INSERT INTO `t` VALUES (2,'x');")]
    [InlineData("SET standard_conforming_strings = on;\nINSERT INTO t VALUES\n\t(1, 'C:\\'),\n\t(2, E'\\'max@example.de');\n", "SET standard_conforming_strings = on;\nINSERT INTO t VALUES\n\t(1, 'C:\\');\n")]
    [InlineData("INSERT INTO t (a, \"b)\") OVERRIDING SYSTEM VALUE VALUES (1, f('max@example.de', (2))) ON CONFLICT DO NOTHING;\n", "")]
    [InlineData("INSERT INTO t SELECT 'max@example.de';\n", "INSERT INTO t SELECT 'max@example.de';\n")]
    [InlineData("-- INSERT INTO t VALUES ('max@example.de');\n", "-- INSERT INTO t VALUES ('max@example.de');\n")]
    [InlineData("CREATE FUNCTION f() AS $x$ BEGIN; INSERT INTO t VALUES ('max@example.de'); $$; END $x$;\n", "CREATE FUNCTION f() AS $x$ BEGIN; INSERT INTO t VALUES ('max@example.de'); $$; END $x$;\n")]
    [InlineData("DELIMITER ;;\nCREATE P BEGIN a; INSERT INTO t VALUES ('max@example.de'); END ;;\nDELIMITER ;\nINSERT INTO t VALUES ('max@example.de');\n", "DELIMITER ;;\nCREATE P BEGIN a; INSERT INTO t VALUES ('max@example.de'); END ;;\nDELIMITER ;\n")]
    [InlineData("COPY public.t (a, b) FROM stdin;\n1\ta\n2\tmax@example.de\n3\tx\\nmax\\100example.de\n4\tclimax@example.de\n\\.\n\nS;\n", "COPY public.t (a, b) FROM stdin;\n1\ta\n4\tclimax@example.de\n\\.\n\nS;\n")]
    [InlineData("\\restrict max@example.de\nREPLACE INTO t VALUES (1),(2);", "\\restrict max@example.de\nREPLACE INTO t VALUES (1),(2);")]
    public void Filter_Sql_StaysValid(string input, string output) => Assert.Equal(output, Filter(Of(RecordFormat.Sql), input));

    [Theory]
    [InlineData("INSERT INTO t VALUES (1,'a\\'),(2,'b');", "nothing tells whether")]
    [InlineData("INSERT INTO t VALUES (1,'a'),(2,'b", "ends within a row")]
    [InlineData("INSERT INTO t VALUES (1,'a'),", "ends within a row")]
    [InlineData("INSERT INTO t VALUES (1,'a'),;", "comma behind its last row")]
    [InlineData("SET standard_conforming_strings = off;\n", "standard_conforming_strings off")]
    public void Filter_SqlThatCannotBeCut_IsRefused(string input, string problem) =>
        Assert.Contains(problem, Refusal(Of(RecordFormat.Sql), input), StringComparison.Ordinal);

    [Fact]
    public void Filter_Patterns_MatchToo()
    {
        var rules = Of(RecordFormat.Lines) with { Texts = [], Patterns = [new Regex("kunde=4711\\b", RegexOptions.NonBacktracking)] };
        Assert.Equal("kunde=47110\n", Filter(rules, "a kunde=4711 b\nkunde=47110\nkunde=4711"));
        Assert.Equal("", Filter(rules with { Patterns = [new Regex("^m.ller$", RegexOptions.NonBacktracking)] }, "müller\r\n"));
    }

    [Fact]
    public void Filter_HugeRecord_IsRefusedAndSaysSo()
    {
        using var output = new MemoryStream();
        var filter = new RecordFilter(Of(RecordFormat.Lines), "app.log", new RecordSizes(1 << 20));
        var input = Encoding.ASCII.GetBytes("a\n" + new string('x', (1 << 20) + 1) + "\n");
        var refusal = Assert.Throws<BackupException>(() => filter.Filter(new MemoryStream(input), output, TestContext.Current.CancellationToken));
        Assert.Equal("app.log holds a record of more than 1 MiB (at byte 2).", refusal.Message);
        Assert.StartsWith("Nothing was changed.", refusal.Remedy, StringComparison.Ordinal);

        var largest = Encoding.ASCII.GetBytes("a\n" + new string('x', (1 << 20) - 1) + "\n");
        Assert.Equal(2, filter.Filter(new MemoryStream(largest), output, TestContext.Current.CancellationToken).Records);
    }

    [Fact]
    public void Filter_Utf16_IsRefused() =>
        Assert.Contains("UTF-16", Assert.Throws<BackupException>(() => new RecordFilter(Of(RecordFormat.Lines), "f").Filter(
            new MemoryStream([0xff, 0xfe, .. Encoding.Unicode.GetBytes(Mail)]), Stream.Null, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);

    [Fact]
    public void Verify_OutputThatWasTouched_ProvesNothing()
    {
        var filter = new RecordFilter(Of(RecordFormat.Lines), "app.log");
        using var output = new MemoryStream();
        var result = filter.Filter(new MemoryStream("a\nmax@example.de\nb\n"u8.ToArray()), output, TestContext.Current.CancellationToken);
        Assert.Equal((3, 1), (result.Records, result.Removed));
        Assert.True(Check("a\nb\n"));
        Assert.False(Check("a\nc\n"));
        Assert.False(Check("b\na\n"));
        Assert.False(Check("a\n"));
        Assert.False(Check("a\nb\n\n"));
        Assert.False(Check("a\nmax@example.de\nb\n"));

        bool Check(string text) => filter.Verify(new MemoryStream(Encoding.UTF8.GetBytes(text)), TestContext.Current.CancellationToken).Proves(result);
    }

    private static RecordRules Of(RecordFormat format) => new() { Format = format, Texts = [Mail] };

    private static string Refusal(RecordRules rules, string input)
    {
        var refusal = Assert.Throws<BackupException>(() => Filter(rules, input));
        Assert.StartsWith("data.txt ", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(refusal.Remedy);
        return refusal.Message;
    }

    private static string Filter(RecordRules rules, string input)
    {
        var filter = new RecordFilter(rules, "data.txt");
        using var output = new MemoryStream();
        var result = filter.Filter(new MemoryStream(Encoding.UTF8.GetBytes(input)), output, TestContext.Current.CancellationToken);
        output.Position = 0;
        Assert.True(filter.Verify(output, TestContext.Current.CancellationToken).Proves(result));
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
