namespace Backup.Engine.Records;

/// <summary>A record is a message of an mbox; see <see cref="RecordFormat.Mbox"/>.</summary>
internal sealed class MboxCutter(bool headersOnly) : RecordCutter
{
    public override Piece Next(ReadOnlySpan<byte> bytes, bool last)
    {
        var blank = bytes.IndexOfAnyExcept((byte)'\r', (byte)'\n');
        if (blank != 0)
        {
            return new Piece(PieceKind.Frame, blank < 0 ? bytes.Length : blank);
        }

        if (bytes.Length < "From "u8.Length && !last && "From "u8.StartsWith(bytes))
        {
            return Piece.Incomplete;
        }

        if (!bytes.StartsWith("From "u8))
        {
            return Piece.Broken("it is no mbox: it does not begin with a line 'From …'");
        }

        for (var at = 0; bytes[at..].IndexOf("\nFrom "u8) is var found && found >= 0; at += found + 1)
        {
            var end = at + found;
            if (bytes[..end].EndsWith("\n"u8) || bytes[..end].EndsWith("\n\r"u8))
            {
                return new Piece(PieceKind.Record, end + 1);
            }
        }

        return last ? new Piece(PieceKind.Record, bytes.Length) : Piece.Incomplete;
    }

    public override IEnumerable<ReadOnlyMemory<byte>> Texts(ReadOnlyMemory<byte> record) => MailText.Of(record, headersOnly);
}
