using Backup.Engine.Format;

namespace Backup.Databases.Rows;

/// <summary>The rows of a part as the vendor's client loads them.</summary>
internal sealed class PartFile(Entry entry, RowSorter sorter, RowPart part, IReadOnlyList<TableInfo> tables, RowFormat format) : GrowingFile(entry)
{
    private readonly IEnumerator<(int Table, ReadOnlyMemory<byte> Row, bool Ends)> _rows = sorter.RowsOf(part).GetEnumerator();
    private int _table = -1;
    private bool _ended = true;

    protected override void Grow()
    {
        if (!_rows.MoveNext())
        {
            Add(_ended ? [] : format.End);
            IsDone = true;
            return;
        }

        var (table, row, ends) = _rows.Current;
        if (_ended || table != _table)
        {
            Add(_ended ? [] : format.End);
            Add(format.Begin(tables[table]));
        }
        else
        {
            Add(format.Between);
        }

        Add(row.Span);
        Add(ends ? format.End : []);
        (_table, _ended) = (table, ends);
    }

    protected override void Dispose(bool disposing) => _rows.Dispose();
}
