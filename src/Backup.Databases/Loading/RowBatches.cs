using Backup.Databases.Rows;

namespace Backup.Databases.Loading;

/// <summary>
/// Takes files of rows and gives out statements of many rows: what lies in the files of many persons goes to the server table by table. Counts what it takes.
/// </summary>
/// <param name="send">Takes a statement.</param>
/// <param name="only">Rows of this table only; null: all.</param>
internal abstract class RowBatches(Action<ReadOnlyMemory<byte>> send, string? only) : Stream
{
    /// <summary>A statement is sent when it is so long.</summary>
    private const int Target = 1 << 20;

    /// <summary>What waits for all tables together, at most.</summary>
    private const int MostWaiting = 48 << 20;

    private readonly Dictionary<string, Batch> _batches = new(StringComparer.Ordinal);
    private byte[] _line = new byte[64 << 10];
    private int _filled;
    private long _waiting;
    private Batch? _current;

    /// <summary>Rows taken of each table, and the sum of their hashes.</summary>
    public IReadOnlyDictionary<string, LoadedRows> Loaded => _batches.Values.Where(static batch => batch.Table.Length > 0).GroupBy(static batch => batch.Table, StringComparer.Ordinal)
        .ToDictionary(static same => same.Key, static same => same.Aggregate(default(LoadedRows), static (all, batch) => new LoadedRows(all.Rows + batch.Loaded.Rows, all.Sum + batch.Loaded.Sum)), StringComparer.Ordinal);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var end = buffer.IndexOf((byte)'\n');
            var part = end < 0 ? buffer : buffer[..end];
            if (end >= 0 && _filled == 0)
            {
                Take(part);
            }
            else
            {
                Keep(part);
                if (end >= 0)
                {
                    Take(_line.AsSpan(0, _filled));
                    _filled = 0;
                }
            }

            buffer = end < 0 ? [] : buffer[(end + 1)..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Sends what waits.</summary>
    public override void Flush()
    {
        foreach (var batch in _batches.Values)
        {
            Send(batch);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>What a line is.</summary>
    /// <param name="line">Without its line break.</param>
    /// <param name="row">The row, without what stands between rows.</param>
    /// <param name="table">The full name of the table that the first line of a statement names.</param>
    protected abstract LineKind Read(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> row, out string table);

    protected abstract ReadOnlySpan<byte> Between { get; }

    protected abstract ReadOnlySpan<byte> End { get; }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (_line.Length - _filled < part.Length)
        {
            Array.Resize(ref _line, Math.Max(_filled + part.Length, _line.Length * 2));
        }

        part.CopyTo(_line.AsSpan(_filled));
        _filled += part.Length;
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        var kind = Read(line, out var row, out var table);
        if (kind == LineKind.Row)
        {
            Add(_current ?? throw new InvalidDataException("A row stands before any statement."), row);
        }
        else if (kind == LineKind.Begin)
        {
            var header = System.Text.Encoding.UTF8.GetString(line);
            if (!_batches.TryGetValue(header, out var batch))
            {
                _batches[header] = batch = new Batch(table, [.. line, (byte)'\n']);
            }

            _current = batch;
        }
    }

    private void Add(Batch batch, ReadOnlySpan<byte> row)
    {
        if (only is not null && batch.Table != only)
        {
            return;
        }

        batch.Loaded = new LoadedRows(batch.Loaded.Rows + 1, batch.Loaded.Sum + RowFormat.HashOf(row));
        var before = batch.Length;
        batch.Append(before == 0 ? batch.Header : Between);
        batch.Append(row);
        _waiting += batch.Length - before;
        if (batch.Length >= Target)
        {
            Send(batch);
        }
        else if (_waiting >= MostWaiting)
        {
            Flush();
        }
    }

    private void Send(Batch batch)
    {
        if (batch.Length > 0)
        {
            _waiting -= batch.Length;
            batch.Append(End);
            send(batch.Bytes);
            batch.Clear();
        }
    }

    private sealed class Batch(string table, byte[] header)
    {
        private byte[] _bytes = [];

        public string Table => table;

        public byte[] Header => header;

        public int Length { get; private set; }

        public LoadedRows Loaded { get; set; }

        public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

        public void Append(ReadOnlySpan<byte> bytes)
        {
            if (_bytes.Length - Length < bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(Length + bytes.Length, _bytes.Length * 2));
            }

            bytes.CopyTo(_bytes.AsSpan(Length));
            Length += bytes.Length;
        }

        public void Clear() => Length = 0;
    }
}

/// <summary>What a line of a file of rows is.</summary>
internal enum LineKind
{
    /// <summary>The end of a statement, or a comment.</summary>
    Other,

    /// <summary>The first line of a statement.</summary>
    Begin,

    Row,
}

/// <summary>Rows that were taken, and the sum of their hashes.</summary>
internal readonly record struct LoadedRows(long Rows, UInt128 Sum);
