using System.Globalization;
using System.Text;
using System.Text.Json;
using Backup.Cli.Output;
using Backup.Cli.Reports;
using Backup.Engine.Runs;
using CsCheck;

namespace Backup.Cli.Tests.Output;

public sealed class EscapeTests
{
    private static readonly string[] Pieces =
        ["\e", "\n", "\r", "\t", "\\", "\\x1b", "\u0085", "\u009b", "\u202e", "\u2066", "\u2028", "ü", "漢", "😀", "e\u0301", "\u007f"];

    /// <summary>Bytes with many control characters, backslashes, broken and whole UTF-8, and characters that turn the direction.</summary>
    private static readonly Gen<byte[]> Names = Gen.OneOf(
        Gen.Byte.Select(single => new[] { single }),
        Gen.Int[0, Pieces.Length - 1].Select(piece => Encoding.UTF8.GetBytes(Pieces[piece]))).Array[0, 20].Select(parts => parts.SelectMany(part => part).ToArray());

    [Fact]
    public void Name_AnyBytes_LeavesNoControlCharacter() => Names.Sample(name => AssertHarmless(Escape.Name(name)));

    [Fact]
    public void Name_AnyBytes_CanBeReadBack() => Names.Sample(name => Assert.Equal(name, Unescape(Escape.Name(name))));

    [Fact]
    public void Text_AnyString_LeavesNoControlCharacter()
    {
        Gen.Char.Array[0, 30].Sample(letters => AssertHarmless(Escape.Text(new string(letters))));
        Names.Sample(name => AssertHarmless(Escape.Text(NameText.FromBytes(name))));
    }

    [Theory]
    [InlineData("plain name.txt", "plain name.txt")]
    [InlineData("\u001b[31mred", @"\x1b[31mred")]
    [InlineData("a\nb\tc\u007f", @"a\x0ab\x09c\x7f")]
    [InlineData(@"..\x", @"..\\x")]
    [InlineData("Nürnberg 漢", "Nürnberg 漢")]
    [InlineData("gnp.\u202etxt", @"gnp.\u202etxt")]
    [InlineData("\u009b", @"\u009b")]
    public void Name_Text_IsEscapedSo(string name, string expected) => Assert.Equal(expected, Escape.Name(Encoding.UTF8.GetBytes(name)));

    [Fact]
    public void Name_BrokenUtf8_ShowsTheBytes() => Assert.Equal(@"a\xff\xc3b\xed\xa0\x80", Escape.Name([(byte)'a', 0xff, 0xc3, (byte)'b', 0xed, 0xa0, 0x80]));

    [Fact]
    public void Text_Backslash_Stays() => Assert.Equal(@"a\b\x0a\xff", Escape.Text("a\\b\n\udcff"));

    [Fact]
    public void Lines_AnyName_LeaveNoControlByte() => Names.Sample(name =>
    {
        using var desk = new Desk();
        PrintAll(desk.Printer, name);
        AssertNoControlBytes(desk.OutputBytes, 7);
        AssertHarmless(desk.Output.Replace("\n", "", StringComparison.Ordinal));
    });

    [Fact]
    public void JsonLines_AnyName_LeaveNoControlByteAndGiveTheBytesBack() => Names.Sample(name =>
    {
        using var desk = new Desk(new Settings { Json = true });
        PrintAll(desk.Printer, name);
        AssertNoControlBytes(desk.OutputBytes, 4);
        foreach (var line in desk.Output.TrimEnd('\n').Split('\n'))
        {
            using var json = JsonDocument.Parse(line);
            Assert.Equal("message_type", json.RootElement.EnumerateObject().First().Name);
        }

        using var item = JsonDocument.Parse(desk.Output.Split('\n')[0]);
        var bytes = item.RootElement.TryGetProperty("path_bytes", out var exact)
            ? exact.GetBytesFromBase64()
            : Encoding.UTF8.GetBytes(item.RootElement.GetProperty("path").GetString()!);
        Assert.Equal(name, bytes);
    });

    private static void PrintAll(Printer printer, byte[] name)
    {
        EntryReport.PrintListed(printer, new ListedEntry(name, null, null, Samples.Id("x")), detailed: true);
        var place = NameText.FromBytes(name);
        RestoreReport.Print(
            printer,
            Samples.Restore() with { Errors = [new RunFinding(place, place, place)], SitesUsed = [] },
            Samples.RestoreRequest());
    }

    private static void AssertNoControlBytes(byte[] output, int lines)
    {
        Assert.DoesNotContain(output, single => single is < 0x20 and not (byte)'\n' or 0x7f);
        Assert.True(output.Count(single => single == '\n') <= lines + 4);
    }

    private static void AssertHarmless(string text)
    {
        Assert.DoesNotContain(text, letter => char.IsControl(letter) || letter is (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\u200e' or '\u200f');
        Assert.DoesNotContain('\ufffd', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace("\ufffd", text.Contains('\ufffd') ? "" : "\ufffd", StringComparison.Ordinal));
    }

    /// <summary>The exact inverse, written apart from the program.</summary>
    private static byte[] Unescape(string text)
    {
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                var length = char.IsHighSurrogate(text[i]) ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, length)));
                i += length - 1;
            }
            else if (text[i + 1] == '\\')
            {
                bytes.Add((byte)'\\');
                i++;
            }
            else if (text[i + 1] == 'x')
            {
                bytes.Add(byte.Parse(text.AsSpan(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(((char)ushort.Parse(text.AsSpan(i + 2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()));
                i += 5;
            }
        }

        return [.. bytes];
    }
}
