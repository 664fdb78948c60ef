using Backup.Databases.Rows;
using Backup.Engine;
using Npgsql;

namespace Backup.Databases.Postgres;

/// <summary>Rows of a table as COPY gives them.</summary>
internal sealed class PostgresRows : RowReader
{
    private const int Owners = 3;

    private readonly NpgsqlCopyTextReader _copy;
    private readonly Stream _lines;
    private readonly string _table;
    private readonly string _server;
    private readonly bool _owned;
    private readonly byte[][] _owner = [[], [], []];
    private byte[] _buffer = new byte[256 << 10];
    private int _start;
    private int _end;
    private int _row;
    private int _next;
    private bool _ended;

    /// <param name="connection">In its transaction.</param>
    /// <param name="sql">A COPY to the client; its first columns are owner, class and date, if <paramref name="owned"/>.</param>
    /// <param name="table">For messages.</param>
    /// <param name="owned">Whether the rows have owners.</param>
    public PostgresRows(NpgsqlConnection connection, string sql, string table, bool owned)
    {
        (_table, _owned, _server) = (table, owned, connection.DataSource);
        try
        {
            _copy = connection.BeginTextExport(sql);
            _lines = _copy.BaseStream;
        }
        catch (Exception failure) when (PostgresFault.IsOne(failure))
        {
            throw PostgresFault.Of(failure, $"The table {table}", connection.DataSource);
        }
    }

    public override ReadOnlySpan<byte> Row => _buffer.AsSpan(_row, _next - 1 - _row);

    public override RowOwner Owner => new(_owner[0], _owner[1], _owner[2]);

    public override bool Next()
    {
        _start = _next;
        var length = _ended ? -1 : FindLine();
        if (length < 0)
        {
            _ended = true;
            return false;
        }

        (_row, _next) = (_start, _start + length + 1);
        for (var i = 0; _owned && i < Owners; i++)
        {
            var field = _buffer.AsSpan(_row, _next - 1 - _row);
            var tab = field.IndexOf((byte)'\t');
            _owner[i] = Unescape(field[..tab]);
            _row += tab + 1;
        }

        return true;
    }

    public override void Dispose()
    {
        try
        {
            if (!_ended)
            {
                _copy.Cancel();
            }

            _copy.Dispose();
        }
        catch (Exception failure) when (PostgresFault.IsOne(failure))
        {
            // The server is gone, or says that it was interrupted, as it should: whoever reads has been told.
        }
    }

    /// <summary>The length of the line that begins at the start; −1 at the end.</summary>
    private int FindLine()
    {
        for (var looked = 0; ;)
        {
            var end = _buffer.AsSpan(_start + looked, _end - _start - looked).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return looked + end;
            }

            looked = _end - _start;
            _buffer.AsSpan(_start, looked).CopyTo(_buffer);
            (_start, _end) = (0, looked);
            if (_end == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            if (Fill() == 0)
            {
                return looked == 0 ? -1 : throw new BackupException(FailureKind.Failed, $"The rows of the table {_table} end in the middle of one.", "Look into the server's log, then run it again.");
            }
        }
    }

    private int Fill()
    {
        try
        {
            var read = _lines.Read(_buffer.AsSpan(_end));
            _end += read;
            return read;
        }
        catch (Exception failure) when (PostgresFault.IsOne(failure))
        {
            // There is nothing left to cancel.
            _ended = true;
            throw PostgresFault.Of(failure, $"The table {_table}", _server);
        }
    }

    private static byte[] Unescape(ReadOnlySpan<byte> field)
    {
        if (field.SequenceEqual("\\N"u8))
        {
            return [];
        }

        if (!field.Contains((byte)'\\'))
        {
            return field.ToArray();
        }

        var text = new List<byte>(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            text.Add(field[i] != '\\' || i + 1 == field.Length ? field[i] : field[++i] switch { (byte)'n' => (byte)'\n', (byte)'t' => (byte)'\t', (byte)'r' => (byte)'\r', var other => other });
        }

        return [.. text];
    }
}
