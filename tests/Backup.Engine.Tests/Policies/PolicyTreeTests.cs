using System.Text;
using Backup.Engine.Policies;
using CsCheck;

namespace Backup.Engine.Tests.Policies;

public sealed class PolicyTreeTests
{
    [Theory]
    [InlineData("", 1, 1, "is empty")]
    [InlineData("# only a comment\n", 1, 1, "is empty")]
    [InlineData("---\n...\n", 1, 1, "is empty")]
    [InlineData("a: 1\n\tb: 2\n", 2, 1, "A tab stands")]
    [InlineData("a:\n  - b: 1\n  \t c: 2\n", 3, 3, "A tab stands")]
    [InlineData("a: 1\n  b: 2\n", 2, 4, "not YAML")]
    [InlineData("a: [1, 2\nb: 3\n", 2, 1, "not YAML")]
    [InlineData("a: [1, 2", 1, 4, "opens here is never closed")]
    [InlineData("a: {b: 1\n", 1, 4, "not YAML")]
    [InlineData("a: \"b\n", 1, 4, "not YAML")]
    [InlineData("a: b: c\n", 1, 5, "not YAML")]
    [InlineData("a: ]\n", 1, 4, "not YAML")]
    [InlineData("a: @x\n", 1, 4, "not YAML")]
    [InlineData("a: 1\n- b\n", 2, 1, "not YAML")]
    [InlineData("- a\nb: 1\n", 2, 1, "not YAML")]
    [InlineData("[a]", 1, 1, "mapping of keys, and not a list")]
    [InlineData("text", 1, 1, "mapping of keys, and not text")]
    [InlineData("? [a]\n: b\n", 1, 3, "key must be text")]
    [InlineData("a: 1\n---\nb: 2\n", 2, 1, "second one begins")]
    [InlineData("a: !!str 1\n", 1, 4, "Tags")]
    [InlineData("a: *b\n", 1, 4, "No '&b'")]
    [InlineData("a: &b [*b]\n", 1, 8, "inside its own")]
    [InlineData("%TAG ! x\n---\na: 1\n", 1, 1, "Tags")]
    public void Read_BrokenText_SaysWhere(string text, int line, int column, string message)
    {
        var fault = PolicyTexts.Faults(text)[0];
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (fault.Line, fault.Column));
    }

    [Theory]
    [InlineData("a: 1\nb: \u00FC\n", 2, 4, new byte[] { 0xFC })]
    public void Read_NotUtf8_SaysWhere(string text, int line, int column, byte[] latin1)
    {
        var start = Encoding.UTF8.GetBytes(text[..text.IndexOf('\u00FC', StringComparison.Ordinal)]);
        var fault = Assert.Single(Assert.Throws<PolicyException>(() => PolicyTexts.Read([.. start, .. latin1, (byte)'\n'])).Faults);
        Assert.Contains("not UTF-8", fault.Message, StringComparison.Ordinal);
        Assert.Equal((line, column), (fault.Line, fault.Column));
    }

    [Fact]
    public void Read_Utf16_IsRefused() =>
        Assert.Contains("not UTF-8", Assert.Throws<PolicyException>(() => PolicyTexts.Read([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a: 1")])).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_ControlCharacter_IsRefused() =>
        Assert.Contains("U+0007", PolicyTexts.OnlyFault("a: \u0007\n").Message, StringComparison.Ordinal);

    [Fact]
    public void Read_ByteOrderMarkAndWindowsLines_AreFine() =>
        Assert.NotNull(PolicyTexts.Read([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(PolicyTexts.Sound.Replace("\n", "\r\n", StringComparison.Ordinal))]));

    [Fact]
    public void Read_NestedTooDeep_IsRefused() =>
        Assert.Contains("levels deep", PolicyTexts.OnlyFault("a: " + new string('[', 1000) + new string(']', 1000)).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_AliasBomb_IsRefused()
    {
        var text = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (var i = 1; i < 10; i++)
        {
            text.Append('a').Append(i).Append(": &a").Append(i).Append(" [").AppendJoin(", ", Enumerable.Repeat($"*a{i - 1}", 10)).Append("]\n");
        }

        Assert.Contains("more than 100000 values", PolicyTexts.OnlyFault(text.ToString()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Alias_StandsForItsValue()
    {
        var text = PolicyTexts.With("country: DE, location: [51.535, 7.689]", "country: &c DE, location: [51.535, 7.689]").Replace("Nürnberg, country: DE", "Nürnberg, country: *c", StringComparison.Ordinal);
        Assert.Equal("DE", PolicyTexts.Read(text).Tenants[0].Sites[1].Country);
    }

    [Fact]
    public void Parse_EveryWayToWriteAValue_GivesTheSame()
    {
        const string block = "---\n# c\na:\n- 1\n- b: x\n  c:\n    d: 'y z'\n- \"u\\u00fc\"\ne: |\n  l1\n  l2\nf:\ng: {}\n...\n";
        const string flow = "{ a: [1, {b: x, c: {d: y z}}, \"uü\"], e: \"l1\\nl2\\n\", f: , \"g\": {}, }";
        Assert.Equal(Describe(block), Describe(flow));
        Assert.Equal("{a:[1,{b:x,c:{d:y z}},uü],e:l1\nl2\n,f:nothing,g:{}}", Describe(flow));
    }

    [Fact]
    public void Parse_AnyText_GivesANodeOrAFault()
    {
        string[] pieces =
        [
            "a", "b: ", "\n", "\n  ", "- ", "[", "]", "{", "}", ", ", ": ", "? ", "&x ", "*x", "!t ", "\"", "'", "|", ">", "#", "%", "---", "...", "\t", "@", "`", "~", "0", "ü", "<<", "\\",
        ];
        Gen.Int[0, pieces.Length - 1].List[0, 30].Select(list => string.Concat(list.Select(i => pieces[i]))).Sample(
            text =>
            {
                var faults = new PolicyFaults("f");
                var node = PolicyTree.Parse(text, faults);
                return node is not null != faults.Any && faults.ToList().All(fault => fault.Line > 0 && fault.Column > 0);
            },
            iter: 20_000);
    }

    private static string Describe(string text)
    {
        var faults = new PolicyFaults("f");
        var node = PolicyTree.Parse(text, faults);
        Assert.Empty(faults.ToList());
        return Describe(node!);
    }

    private static string Describe(PolicyNode node) => node switch
    {
        ScalarNode { IsNothing: true } => "nothing",
        ScalarNode scalar => scalar.Text,
        ListNode list => $"[{string.Join(',', list.Items.Select(Describe))}]",
        MapNode map => $"{{{string.Join(',', map.Entries.Select(entry => $"{entry.Key.Text}:{Describe(entry.Value)}"))}}}",
        _ => throw new InvalidOperationException(),
    };
}
