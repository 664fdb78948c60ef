using Backup.Engine.Format;

namespace Backup.Databases.Rows;

/// <summary>Where the rows of a table go while it is read.</summary>
/// <returns>True if it is somebody.s: then it is taken. False: it is nobody.s, and belongs to the file.</returns>
internal delegate bool RowTaker(RowReader row, UInt128 hash);

/// <summary>
/// The rows of a table that are nobody's, read from the server as they are asked for. Rows that are somebody's come by on the way and are handed on.
/// </summary>
internal sealed class TableFile(Entry entry, TableInfo table, RowFormat format, Func<RowReader> open, RowTaker take, Action ended) : GrowingFile(entry)
{
    private RowReader? _rows;
    private long _statement;
    private bool _ended = true;

    protected override void Grow()
    {
        _rows ??= open();
        if (!_rows.Next())
        {
            Add(_ended ? [] : format.End);
            IsDone = true;

            // Who waits for the end goes on with the connection.
            _rows.Dispose();
            _rows = null;
            ended();
            return;
        }

        var hash = RowFormat.HashOf(_rows.Row);
        if (take(_rows, hash))
        {
            return;
        }

        _statement = _ended ? 0 : _statement;
        Add(_ended ? format.Begin(table) : format.Between);
        Add(_rows.Row);
        _statement += _rows.Row.Length;
        _ended = RowFormat.EndsAfter(hash, _statement);
        Add(_ended ? format.End : []);
    }

    protected override void Dispose(bool disposing) => _rows?.Dispose();
}
