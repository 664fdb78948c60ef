namespace Backup.Engine.Records;

/// <summary>Names what cannot be searched as it stands, by the first bytes of a file.</summary>
internal static class OpaqueContent
{
    /// <summary>How many bytes decide.</summary>
    public const int HeadSize = 512;

    private static readonly (byte[] Magic, int At, string Name)[] Known =
    [
        ([0x1f, 0x8b], 0, "gzip"),
        ([0x28, 0xb5, 0x2f, 0xfd], 0, "zstd"),
        ([0xfd, .. "7zXZ\0"u8], 0, "xz"),
        ([.. "1AY&SY"u8], 4, "bzip2"),
        ([0x04, 0x22, 0x4d, 0x18], 0, "lz4"),
        ([.. "7z"u8, 0xbc, 0xaf, 0x27, 0x1c], 0, "7-Zip archive"),
        ([.. "Rar!\x1a\x07"u8], 0, "RAR archive"),
        ([.. "%PDF-"u8], 0, "PDF"),
        ([.. "-----BEGIN PGP MESSAGE-----"u8], 0, "encrypted (OpenPGP)"),
        ([.. "age-encryption.org/"u8], 0, "encrypted (age)"),
        ([.. "-----BEGIN AGE ENCRYPTED FILE-----"u8], 0, "encrypted (age)"),
        ([.. "Salted__"u8], 0, "encrypted (OpenSSL)"),
        ([.. "LUKS"u8, 0xba, 0xbe], 0, "encrypted (LUKS)"),
        ([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], 0, "office document (OLE)"),
        ([0xff, 0xd8, 0xff], 0, "JPEG"),
        ([0x89, .. "PNG\r\n\x1a\n"u8], 0, "PNG"),
        ([.. "GIF8"u8], 0, "GIF"),
        ([.. "WEBP"u8], 8, "WebP"),
        ([.. "II*\0"u8], 0, "TIFF"),
        ([.. "MM\0*"u8], 0, "TIFF"),
        ([.. "ftyp"u8], 4, "video or image (ISO media)"),
        ([0x1a, 0x45, 0xdf, 0xa3], 0, "video (Matroska)"),
        ([.. "OggS"u8], 0, "audio (Ogg)"),
        ([.. "ID3\x03"u8], 0, "audio (MP3)"),
        ([.. "ID3\x04"u8], 0, "audio (MP3)"),
        ([.. "fLaC"u8], 0, "audio (FLAC)"),
    ];

    /// <summary>What a file is whose text this program cannot see; null: it can be searched as it stands.</summary>
    /// <param name="head">Its first <see cref="HeadSize"/> bytes, or all of a shorter one.</param>
    public static string? WhyOpaque(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8))
        {
            return IsOffice(head) ? "office document (zip)" : "zip archive";
        }

        foreach (var (magic, at, name) in Known)
        {
            if (head.Length >= at + magic.Length && head[at..].StartsWith(magic))
            {
                return name;
            }
        }

        return IsOpenPgp(head) ? "encrypted (OpenPGP)" : null;
    }

    /// <summary>OOXML begins with its list of types or a part; OpenDocument with a member <c>mimetype</c>, which is stored.</summary>
    private static bool IsOffice(ReadOnlySpan<byte> head) =>
        head.IndexOf("[Content_Types].xml"u8) >= 0 || head.IndexOf("mimetypeapplication/vnd."u8) >= 0 ||
        head.IndexOf("_rels/.rels"u8) >= 0 || head.IndexOf("word/"u8) >= 0 || head.IndexOf("docProps/"u8) >= 0;

    /// <summary>
    /// RFC 9580, sections 4.2 and 5.1: a message encrypted to a key or a passphrase begins with packet 1 or 3, of a known version.
    /// </summary>
    private static bool IsOpenPgp(ReadOnlySpan<byte> head)
    {
        if (head.Length < 4)
        {
            return false;
        }

        var (tag, body) = head[0] switch
        {
            0x84 or 0xc1 => (1, 2),
            0x85 => (1, 3),
            0x8c or 0xc3 => (3, 2),
            _ => (0, 0),
        };
        body += head[0] == 0xc1 && head[1] is >= 192 and < 224 ? 1 : 0;
        return tag switch
        {
            1 => head[body] is 3 or 6,
            3 => head[body] is 4 or 5 or 6,
            _ => false,
        };
    }
}
