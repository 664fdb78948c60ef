using System.Globalization;
using System.Text;
using Backup.Engine.Records;
using CsCheck;

namespace Backup.Engine.Tests.Records;

public sealed class TextSearchTests
{
    private const string Mail = "max@example.de";

    private static readonly Gen<string> Texts = AnyOf.These(
        Mail, "4711", "K-4711-b", "müller@xn--mller-kva.de", "anna-lena.o'neil+news@mail.example.org", "Łukasz Żółć", "иванов", "x_1");

    private static readonly Gen<TextForm> Forms = AnyOf.These(Enum.GetValues<TextForm>());

    [Theory]
    [InlineData("max@example.de", true)]
    [InlineData("MAX@Example.De", true)]
    [InlineData("<max@example.de>", true)]
    [InlineData("mailto:max@example.de?subject=x", true)]
    [InlineData("Write to max@example.de.", true)]
    [InlineData("a. max@example.de, b", true)]
    [InlineData("--max@example.de--", true)]
    [InlineData("email=max@example.de&x=1", true)]
    [InlineData("„max@example.de“", true)]
    [InlineData("/max@example.de/", true)]
    [InlineData("?q=a%20max@example.de", true)]
    [InlineData("email=3Dmax@example.de", true)]
    [InlineData("\"text\\nmax@example.de\"", true)]
    [InlineData("\\u003cmax\\u0040example.de\\u003e", true)]
    [InlineData("email%3Dmax%40example.de%26x", true)]
    [InlineData("email%3dMax%40Example%2ede%26x", true)]
    [InlineData("max=40example.de", true)]
    [InlineData("max@exam=\r\nple.de", true)]
    [InlineData("max@example.=\nde", true)]
    [InlineData("climax@example.de", false)]
    [InlineData("x.max@example.de", false)]
    [InlineData("x-max@example.de", false)]
    [InlineData("x+max@example.de", false)]
    [InlineData("x_max@example.de", false)]
    [InlineData("ümax@example.de", false)]
    [InlineData("max@example.dev", false)]
    [InlineData("max@example.de.org", false)]
    [InlineData("max@example.de-x.org", false)]
    [InlineData("max@example.deß", false)]
    [InlineData("max@example_de", false)]
    [InlineData("max@example", false)]
    [InlineData("cli%6Dmax@example.de", false)]
    [InlineData("cli\\u006dmax@example.de", false)]
    [InlineData("cli=\r\nmax@example.de", false)]
    [InlineData("max@example.de=\r\nv", false)]
    [InlineData("max@example.de%2Eorg", false)]
    [InlineData("max%2540example.de", false)]
    public void Find_Text_AsAWholeToken(string text, bool found)
    {
        Assert.Equal(found, Search(Encoding.UTF8.GetBytes(text), [Mail]).Count(0) == 1);
        Assert.Equal(found, new TextSet([Mail]).IsIn(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData("4711", "Kunde 4711: ja", true)]
    [InlineData("4711", "Kunde:4711;", true)]
    [InlineData("4711", "47110", false)]
    [InlineData("4711", "4711-2", false)]
    [InlineData("4711", "4711.50", false)]
    [InlineData("4711", "Kunde 4711.", true)]
    [InlineData("max", "max@example.de", false)]
    [InlineData("max", "(max)", true)]
    [InlineData("müller", "M\u00dcLLER", true)]
    [InlineData("müller", "müllers", false)]
    [InlineData("иванов", "Господин ИВАНОВ, да", true)]
    public void Find_OtherTexts_AsWholeTokens(string text, string content, bool found) =>
        Assert.Equal(found, Search(Encoding.UTF8.GetBytes(content), [text]).Count(0) == 1);

    [Fact]
    public void Find_Base64_InAnyAlignmentAndCaseAndLines()
    {
        for (var before = 0; before < 90; before++)
        {
            var content = Encoding.UTF8.GetBytes(new string('-', before) + " Max@EXAMPLE.de, bis bald " + new string('.', 40));
            foreach (var lines in new[] { Convert.ToBase64String(content), Wrap(content, "\r\n"), Wrap(content, "\n") })
            {
                var search = Search(Encoding.ASCII.GetBytes($"Content-Transfer-Encoding: base64\r\n\r\n{lines}\r\n--boundary"), [Mail, "max@example.com"]);
                Assert.Equal((1, 0), (search.Count(0), search.Count(1)));
                Assert.Equal(TextForm.Base64, search.Hits.Single().Form);
            }
        }
    }

    [Theory]
    [InlineData("climax@example.de")]
    [InlineData("max@example.dev")]
    [InlineData("x.max@example.de")]
    public void Find_PartOfATokenInBase64_IsNone(string token)
    {
        for (var before = 0; before < 90; before++)
        {
            var content = Encoding.UTF8.GetBytes(new string('-', before) + $" {token}, bis bald " + new string('.', 40));
            Assert.Equal(0, Search(Encoding.ASCII.GetBytes(Convert.ToBase64String(content)), [Mail]).Count(0));
            Assert.Equal(0, Search(Encoding.ASCII.GetBytes(Wrap(content, "\r\n")), [Mail]).Count(0));
        }
    }

    [Fact]
    public void Find_Base64ThatEndsWithTheText_IsFound()
    {
        for (var length = 1; length < 80; length++)
        {
            var content = Encoding.UTF8.GetBytes(new string('#', length) + Mail);
            Assert.Equal(1, Search(Encoding.ASCII.GetBytes($"a\r\n\r\n{Wrap(content, "\r\n")}\r\n--boundary--"), [Mail]).Count(0));
        }
    }

    [Fact]
    public void Find_TextPlantedInNoise_ExactlyThere() =>
        Gen.Select(Texts, Forms, Gen.Byte.Array[0, 3000], Gen.Byte.Array[0, 3000], Gen.Int[1, 4000], Gen.Bool).Sample(
            (text, form, before, after, chunk, upper) =>
            {
                if (Planted(upper ? text.ToUpperInvariant() : text, form) is not { } planted)
                {
                    return;
                }

                // UTF-16 begins at even places; base64 in a run of its own.
                before = before[..(before.Length / 2 * 2)];
                var content = (byte[])[.. before, .. planted.Bytes, .. after];
                var search = Search(content, ["no@where.example", text], chunk);

                Assert.Equal(0, search.Count(0));
                Assert.Equal(new TextHit(1, before.Length + planted.Offset, planted.Form), Assert.Single(search.Hits));
            },
            iter: 3000);

    [Fact]
    public void Find_PartOfATokenInNoise_IsNone() =>
        Gen.Select(Texts, Forms, Gen.Byte.Array[0, 500], AnyOf.These("x", "7", "_", "ü", "a.", "b-", "Z@", "9+"), Gen.Bool, Gen.Int[1, 600]).Sample(
            (text, form, around, part, left, chunk) =>
            {
                var token = left ? part + text : text + new string([.. part.Reverse()]);
                if (Planted(token, form) is { } planted)
                {
                    around = around[..(around.Length / 2 * 2)];
                    Assert.Equal(0, Search([.. around, .. planted.Bytes, .. around], [text], chunk).Count(0));
                }
            },
            iter: 3000);

    [Fact]
    public void Find_AcrossTheBordersOfItsBlocks_EachOnce()
    {
        const int distance = 1009;
        var content = new byte[1_500_000];
        Array.Fill(content, (byte)' ');
        var places = new List<long>();
        for (var at = 5; at + 100 < content.Length; at += distance)
        {
            Encoding.ASCII.GetBytes(Mail).CopyTo(content, at);
            places.Add(at);
        }

        foreach (var chunk in new[] { 1 << 20, 4096, 997 })
        {
            var search = Search(content, ["4711", Mail], chunk, most: int.MaxValue);
            Assert.Equal(places, search.Hits.Select(static hit => hit.Offset));
            Assert.Equal((0, places.Count), (search.Count(0), search.Count(1)));
        }
    }

    [Fact]
    public void Hits_Many_AreTheFirst()
    {
        var search = Search(Encoding.ASCII.GetBytes(string.Join(' ', Enumerable.Repeat(Mail, 100))), [Mail], most: 3);
        Assert.Equal(100, search.Count(0));
        Assert.Equal([0L, 15, 30], search.Hits.Select(static hit => hit.Offset));
    }

    [Theory]
    [InlineData("504B0304", "zip archive")]
    [InlineData("1F8B08", "gzip")]
    [InlineData("28B52FFD", "zstd")]
    [InlineData("FD377A585A00", "xz")]
    [InlineData("255044462D312E37", "PDF")]
    [InlineData("85041203", "encrypted (OpenPGP)")]
    [InlineData("8C0D040903", "encrypted (OpenPGP)")]
    [InlineData("FFD8FFE0", "JPEG")]
    [InlineData("89504E470D0A1A0A", "PNG")]
    [InlineData("D0CF11E0A1B11AE1", "office document (OLE)")]
    [InlineData("", null)]
    [InlineData("1F", null)]
    [InlineData("C3BC62657220", null)]
    [InlineData("46726F6D206D6178", null)]
    public void WhyOpaque_Head_NamesTheFormat(string head, string? name) => Assert.Equal(name, OpaqueContent.WhyOpaque(Convert.FromHexString(head)));

    [Fact]
    public void WhyOpaque_OfficeDocument_IsMoreThanAZip()
    {
        Assert.Equal("office document (zip)", OpaqueContent.WhyOpaque([.. "PK\x03\x04"u8, .. new byte[26], .. "[Content_Types].xml"u8]));
        Assert.Equal("office document (zip)", OpaqueContent.WhyOpaque([.. "PK\x03\x04"u8, .. new byte[26], .. "mimetypeapplication/vnd.oasis.opendocument.text"u8]));
        Assert.Equal("encrypted (OpenPGP)", OpaqueContent.WhyOpaque("-----BEGIN PGP MESSAGE-----\n"u8));
    }

    private static string Wrap(byte[] content, string lineEnd)
    {
        var text = Convert.ToBase64String(content);
        return string.Join(lineEnd, text.Chunk(76).Select(static line => new string(line)));
    }

    private static TextSearch Search(byte[] content, string[] texts, int chunk = int.MaxValue, int most = 10)
    {
        var search = new TextSearch(texts, most);
        for (var at = 0; at < content.Length;)
        {
            var length = Math.Min(chunk, content.Length - at);
            search.Feed(content.AsSpan(at, length));
            at += length;
        }

        search.Complete();
        return search;
    }

    /// <summary>A token between spaces in a form, and where in these bytes it begins; null if it has no such form.</summary>
    private static (byte[] Bytes, int Offset, TextForm Form)? Planted(string token, TextForm form)
    {
        var mark = token.Any(static c => !char.IsAsciiLetterOrDigit(c));
        var latin = token.All(static c => c <= 0xff) && token.Any(static c => c > 0x7f);
        switch (form)
        {
            case TextForm.Utf8:
                return ([.. " "u8, .. Encoding.UTF8.GetBytes(token), .. " "u8], 1, form);
            case TextForm.Latin1 when latin:
                return ([.. " "u8, .. Encoding.Latin1.GetBytes(token), .. " "u8], 1, form);
            case TextForm.Utf16LittleEndian:
                return (Encoding.Unicode.GetBytes($" {token} "), 2, form);
            case TextForm.Utf16BigEndian:
                return (Encoding.BigEndianUnicode.GetBytes($" {token} "), 2, form);
            case TextForm.Percent when mark:
                return (Encoding.ASCII.GetBytes($" {Escape(token, "%")} "), 1, form);
            case TextForm.QuotedPrintable when mark:
                return (Encoding.ASCII.GetBytes($" {Escape(token, "=").Insert(1, token[0] < 128 ? "=\r\n" : "")} "), 1, form);
            case TextForm.Json when mark:
                return (Encoding.ASCII.GetBytes($" {string.Concat(token.Select(c => char.IsAsciiLetterOrDigit(c) ? $"{c}" : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")))} "), 1, form);
            case TextForm.Base64 when token.All(char.IsAscii) && token.Length > 4:
                return (Encoding.ASCII.GetBytes($" {Convert.ToBase64String(Encoding.UTF8.GetBytes($" {token} "))} "), 2, form);
            default:
                return null;
        }
    }

    private static string Escape(string token, string mark) => string.Concat(Encoding.UTF8.GetBytes(token).Select(
        value => char.IsAsciiLetterOrDigit((char)value) ? $"{(char)value}" : string.Create(CultureInfo.InvariantCulture, $"{mark}{value:X2}")));
}
