using System.Text;

namespace Backup.Databases.Rows;

/// <summary>What one file of rows is: a person's rows of one class and period, of all tables.</summary>
/// <param name="Subject">The person's identifier; null: a table's rows that are nobody's.</param>
/// <param name="Class">The class, or null.</param>
/// <param name="Period">The period, or null.</param>
/// <param name="Table">The table of rows that are nobody's; else null.</param>
internal readonly record struct PartKey(string? Subject, string? Class, string? Period, string? Table = null);

/// <summary>A row's owner, class and date as the server gave them, before it is known who the person is.</summary>
/// <param name="owner">Kind and key (<c>user:17</c>), or <c>=email:…</c>; empty: nobody.</param>
/// <param name="class">Empty: none.</param>
/// <param name="starts">A date as text; empty: none.</param>
internal readonly ref struct RowOwner(ReadOnlySpan<byte> owner, ReadOnlySpan<byte> @class, ReadOnlySpan<byte> starts)
{
    public ReadOnlySpan<byte> Owner { get; } = owner;

    public ReadOnlySpan<byte> Class { get; } = @class;

    public ReadOnlySpan<byte> Starts { get; } = starts;
}

/// <summary>What is known of a part while its rows come and after: how long its file will be, and what tells its content from another.</summary>
internal sealed class RowPart(PartKey key)
{
    private const ulong Factor = 0x9E3779B97F4A7C15;

    private TableInfo? _table;
    private long _statement;
    private UInt128 _content;
    private bool _ended = true;

    public PartKey Key { get; } = key;

    /// <summary>By what the files of a snapshot are ordered: folder and name.</summary>
    public byte[] Place { get; } = Encoding.UTF8.GetBytes(key.Subject is { } subject ? $"{PartNames.FolderOf(subject)}/{PartNames.Of(key)}" : $"\0{key.Table}");

    /// <summary>The folder of a person's part.</summary>
    public string Folder => Encoding.UTF8.GetString(Place.AsSpan(0, PartNames.FolderLength));

    /// <summary>The name of the file of a person's part.</summary>
    public string Name => Encoding.UTF8.GetString(Place.AsSpan(PartNames.FolderLength + 1));

    /// <summary>The first and the last of its rows that wait in memory; -1: none.</summary>
    public int FirstWaiting { get; set; } = -1;

    /// <inheritdoc cref="FirstWaiting"/>
    public int LastWaiting { get; set; } = -1;

    /// <summary>The place among all parts, when all are known.</summary>
    public int Rank { get; set; }

    public long Rows { get; private set; }

    /// <summary>Bytes of the file.</summary>
    public long Size { get; private set; }

    /// <summary>Changes with every change of the rows or of their order.</summary>
    public UInt128 Content => _content;

    /// <summary>Takes the next row.</summary>
    /// <returns>Whether its statement ends with it.</returns>
    public bool Take(TableInfo table, RowFormat format, int length, UInt128 hash)
    {
        var begins = _ended || !ReferenceEquals(table, _table);
        if (begins)
        {
            Size += (_ended ? 0 : format.End.Length) + format.Begin(table).Length;
            _content = (_content * Factor) + RowFormat.HashOf(Encoding.UTF8.GetBytes(table.FullName));
            (_table, _statement) = (table, 0);
        }

        Size += length + (begins ? 0 : format.Between.Length);
        _statement += length;
        _content = (_content * Factor) + hash;
        Rows++;
        _ended = RowFormat.EndsAfter(hash, _statement);
        Size += _ended ? format.End.Length : 0;
        return _ended;
    }

    /// <summary>No row comes any more.</summary>
    public void Complete(RowFormat format)
    {
        Size += _ended ? 0 : format.End.Length;
        _ended = true;
    }
}
