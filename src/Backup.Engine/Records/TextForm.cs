namespace Backup.Engine.Records;

/// <summary>How a text was written where it was found. Where it is mixed, what is furthest from plain text counts.</summary>
internal enum TextForm
{
    Utf8,
    Latin1,
    Utf16LittleEndian,
    Utf16BigEndian,

    /// <summary>RFC 3986: <c>max%40example.de</c>.</summary>
    Percent,

    /// <summary>RFC 2045, section 6.7: <c>max=40example.de</c>, or broken by a <c>=</c> at the end of a line.</summary>
    QuotedPrintable,

    /// <summary>RFC 4648, sections 4 and 5, in lines or in one piece.</summary>
    Base64,

    /// <summary>RFC 8259, section 7: <c>max\u0040example.de</c>.</summary>
    Json,
}
