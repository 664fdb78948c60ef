using System.Buffers;
using Backup.Databases.Rows;
using Backup.Engine;
using MySqlConnector;

namespace Backup.Databases.MariaDb;

/// <summary>Rows of a table as the text of an INSERT statement.</summary>
internal sealed class MariaDbRows : RowReader
{
    /// <summary>What a quoted text cannot hold as it is: the quote, the escape, and what would break the line or a client.</summary>
    private static readonly SearchValues<byte> Special = SearchValues.Create("'\\\0\n\r\u001a"u8);

    private readonly MySqlCommand _command;
    private readonly MySqlDataReader _reader;
    private readonly IReadOnlyList<ColumnInfo> _columns;
    private readonly string _table;
    private readonly bool _owned;
    private readonly ArrayBufferWriter<byte> _row = new(4096);
    private readonly byte[][] _owner = [[], [], []];
    private byte[] _value = new byte[4096];
    private bool _ended;

    /// <param name="command">Its columns are owner, class and date, if <paramref name="owned"/>, then those of the table.</param>
    /// <param name="table">The table.</param>
    /// <param name="owned">Whether the rows have owners.</param>
    public MariaDbRows(MySqlCommand command, TableInfo table, bool owned)
    {
        (_command, _table, _columns, _owned) = (command, table.Name, table.Columns, owned);
        try
        {
            _reader = command.ExecuteReader();
        }
        catch (Exception failure) when (MariaDbFault.IsOne(failure))
        {
            command.Dispose();
            throw MariaDbFault.Of(failure, $"The table {_table}", command.Connection!.DataSource);
        }
    }

    public override ReadOnlySpan<byte> Row => _row.WrittenSpan;

    public override RowOwner Owner => new(_owner[0], _owner[1], _owner[2]);

    public override bool Next()
    {
        try
        {
            if (!_reader.Read())
            {
                _ended = true;
                return false;
            }

            var first = 0;
            if (_owned)
            {
                for (; first < _owner.Length; first++)
                {
                    _owner[first] = _reader.IsDBNull(first) ? [] : (byte[])_reader.GetValue(first);
                }
            }

            _row.ResetWrittenCount();
            for (var i = 0; i < _columns.Count; i++)
            {
                _row.Write(i == 0 ? "("u8 : ","u8);
                Write(_columns[i], first + i);
            }

            _row.Write(")"u8);
            return true;
        }
        catch (Exception failure) when (MariaDbFault.IsOne(failure))
        {
            throw MariaDbFault.Of(failure, $"The table {_table}", _command.Connection!.DataSource);
        }
        catch (InvalidCastException unexpected)
        {
            throw new BackupException(FailureKind.Failed, $"The table {_table} gave a value of another type than the server had announced.", "Run it again; if it stays, report it.", unexpected);
        }
    }

    public override void Dispose()
    {
        try
        {
            if (!_ended)
            {
                // Else the rest of the rows would be read.
                _command.Cancel();
            }

            _reader.Dispose();
        }
        catch (Exception failure) when (MariaDbFault.IsOne(failure))
        {
            // The server is gone: whoever reads has been told.
        }

        _command.Dispose();
    }

    private void Write(ColumnInfo column, int ordinal)
    {
        if (_reader.IsDBNull(ordinal))
        {
            _row.Write("NULL"u8);
            return;
        }

        var length = (int)_reader.GetBytes(ordinal, 0, null, 0, 0);
        if (_value.Length < length)
        {
            _value = new byte[Math.Max(length, _value.Length * 2)];
        }

        _ = _reader.GetBytes(ordinal, 0, _value, 0, length);
        var value = _value.AsSpan(0, length);
        if (column.Kind is ValueKind.Number or ValueKind.Single or ValueKind.Bits)
        {
            _row.Write(value);
        }
        else
        {
            _row.Write(column.Kind == ValueKind.Spelled ? "_latin1"u8 : []);
            WriteQuoted(value);
        }
    }

    private void WriteQuoted(ReadOnlySpan<byte> value)
    {
        _row.Write("'"u8);
        for (var at = value.IndexOfAny(Special); at >= 0; at = value.IndexOfAny(Special))
        {
            _row.Write(value[..at]);
            _row.Write(value[at] switch
            {
                (byte)'\'' => "\\'"u8,
                (byte)'\\' => "\\\\"u8,
                0 => "\\0"u8,
                (byte)'\n' => "\\n"u8,
                (byte)'\r' => "\\r"u8,
                _ => "\\Z"u8,
            });
            value = value[(at + 1)..];
        }

        _row.Write(value);
        _row.Write("'"u8);
    }
}
