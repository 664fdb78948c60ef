using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Backup.Databases.Rows;

/// <summary>
/// Brings rows, which come table by table, into the order of their parts: in memory as far as that goes, else in sorted runs in scratch files. Within a part
/// rows stay in the order in which they came.
/// </summary>
/// <param name="folder">Where scratch files go.</param>
/// <param name="tables">The tables, by the number that rows name them with.</param>
/// <param name="format">How rows are written.</param>
/// <param name="memory">Bytes of rows held before they go to a file.</param>
internal sealed class RowSorter(string folder, IReadOnlyList<TableInfo> tables, RowFormat format, int memory = 32 << 20) : IDisposable
{
    /// <summary>Part, table, and the length with a bit for whether the statement ends.</summary>
    private const int HeaderSize = 8;

    /// <summary>So many runs are made into one.</summary>
    private const int MostRuns = 16;

    private static readonly Comparison<RowPart> ByPlace = static (a, b) => a.Place.AsSpan().SequenceCompareTo(b.Place);

    private readonly Dictionary<PartKey, RowPart> _parts = [];
    private readonly List<WaitingRow> _rows = [];
    private readonly List<RowPart> _waiting = [];
    private readonly List<RowRun> _runs = [];
    private readonly Lock _gate = new();
    private byte[] _buffer = new byte[1 << 20];
    private int _filled;

    /// <summary>By place. Only after <see cref="Complete"/>.</summary>
    public IReadOnlyList<RowPart> Parts { get; private set; } = [];

    /// <summary>Bytes in scratch files.</summary>
    public long Spilled => _runs.Sum(static run => run.Length);

    /// <summary>Takes a row.</summary>
    /// <param name="key">Where it belongs.</param>
    /// <param name="table">The number of its table; numbers of a part never go back.</param>
    /// <param name="row">Its text.</param>
    /// <param name="hash">Of its text.</param>
    public void Add(in PartKey key, int table, ReadOnlySpan<byte> row, UInt128 hash)
    {
        if (!_parts.TryGetValue(key, out var part))
        {
            _parts[key] = part = new RowPart(key);
        }

        var ends = part.Take(tables[table], format, row.Length, hash);
        var length = HeaderSize + row.Length;
        if (_filled + length > memory)
        {
            Spill();
        }

        if (_filled + length > _buffer.Length)
        {
            Array.Resize(ref _buffer, Math.Max(_filled + length, Math.Min(_buffer.Length * 2, memory)));
        }

        var record = _buffer.AsSpan(_filled, length);
        BinaryPrimitives.WriteInt32LittleEndian(record, table);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], ((uint)row.Length << 1) | (ends ? 1u : 0u));
        row.CopyTo(record[HeaderSize..]);
        Chain(part);
        _rows.Add(new WaitingRow(_filled, length));
        _filled += length;
    }

    /// <summary>The next row follows the part's last one that waits.</summary>
    private void Chain(RowPart part)
    {
        if (part.LastWaiting < 0)
        {
            part.FirstWaiting = _rows.Count;
            _waiting.Add(part);
        }
        else
        {
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows)[part.LastWaiting].Next = _rows.Count;
        }

        part.LastWaiting = _rows.Count;
    }

    /// <summary>No row comes any more: parts can be opened.</summary>
    public void Complete()
    {
        Spill();
        var parts = _parts.Values.ToList();
        parts.Sort(ByPlace);
        for (var i = 0; i < parts.Count; i++)
        {
            parts[i].Rank = i;
            parts[i].Complete(format);
        }

        Parts = parts;
        _parts.Clear();
        _buffer = [];
    }

    /// <summary>The rows of a part, with the number of the table of each and whether its statement ends with it. Each row is valid until the next.</summary>
    public IEnumerable<(int Table, ReadOnlyMemory<byte> Row, bool Ends)> RowsOf(RowPart part)
    {
        byte[] row = [];
        foreach (var run in _runs)
        {
            var (at, left) = run.Find(part);
            while (left > 0)
            {
                var (table, length, ends) = ReadHeader(run, at);
                if (row.Length < length)
                {
                    row = new byte[Math.Max(length, row.Length * 2)];
                }

                Read(run, at + HeaderSize, row.AsSpan(0, length));
                (at, left) = (at + HeaderSize + length, left - HeaderSize - length);
                yield return (table, row.AsMemory(0, length), ends);
            }
        }
    }

    public void Dispose()
    {
        foreach (var run in _runs)
        {
            run.Dispose();
        }

        CryptographicOperations.ZeroMemory(_buffer);
    }

    private (int Table, int Length, bool Ends) ReadHeader(RowRun run, long at)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        Read(run, at, header);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        return (BinaryPrimitives.ReadInt32LittleEndian(header), (int)(length >> 1), (length & 1) != 0);
    }

    /// <summary>Several threads may read parts at a time.</summary>
    private void Read(RowRun run, long at, Span<byte> bytes)
    {
        lock (_gate)
        {
            run.Read(at, bytes);
        }
    }

    private void Spill()
    {
        if (_rows.Count == 0)
        {
            return;
        }

        var run = new RowRun(folder);
        _runs.Add(run);
        _waiting.Sort(ByPlace);
        foreach (var part in _waiting)
        {
            run.Begin(part);
            for (var at = part.FirstWaiting; at >= 0; at = _rows[at].Next)
            {
                run.Append(_buffer.AsSpan(_rows[at].At, _rows[at].Length));
            }

            part.FirstWaiting = part.LastWaiting = -1;
        }

        _waiting.Clear();
        run.Complete();
        _rows.Clear();
        _filled = 0;
        if (_runs.Count == MostRuns)
        {
            Merge();
        }
    }

    private void Merge()
    {
        var parts = _runs.SelectMany(static run => run.Parts).Distinct().ToList();
        parts.Sort(ByPlace);
        for (var i = 0; i < parts.Count; i++)
        {
            parts[i].Rank = i;
        }

        var merged = new RowRun(folder);
        var next = new int[_runs.Count];
        var copied = new byte[64 << 10];
        foreach (var part in parts)
        {
            merged.Begin(part);
            for (var i = 0; i < _runs.Count; i++)
            {
                if (next[i] < _runs[i].Parts.Count && ReferenceEquals(_runs[i].Parts[next[i]], part))
                {
                    var (at, left) = _runs[i].At(next[i]++);
                    for (int taken; left > 0; at += taken, left -= taken)
                    {
                        taken = (int)Math.Min(left, copied.Length);
                        _runs[i].Read(at, copied.AsSpan(0, taken));
                        merged.Append(copied.AsSpan(0, taken));
                    }
                }
            }
        }

        merged.Complete();
        _runs.ForEach(static run => run.Dispose());
        _runs.Clear();
        _runs.Add(merged);
    }

    /// <summary>A row in the buffer, and the next of its part; -1: none.</summary>
    private struct WaitingRow(int at, int length)
    {
        public readonly int At => at;

        public readonly int Length => length;

        public int Next { get; set; } = -1;
    }
}
