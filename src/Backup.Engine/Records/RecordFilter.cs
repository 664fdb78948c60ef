using System.Text;
using System.Text.Unicode;
using Backup.Engine.Format;

namespace Backup.Engine.Records;

/// <summary>What was left out of a file.</summary>
/// <param name="Records">How many the file had.</param>
/// <param name="Removed">How many of them matched and were left out.</param>
/// <param name="Kept">Over each of the others, in order, and over what is no record.</param>
internal sealed record RecordFilterResult(long Records, long Removed, Hash Kept);

/// <summary>What a file that was written holds.</summary>
/// <param name="Records">How many.</param>
/// <param name="Matching">How many of them match; 0 if the filter did its work.</param>
/// <param name="Kept">As in <see cref="RecordFilterResult"/>.</param>
internal sealed record RecordCheck(long Records, long Matching, Hash Kept)
{
    /// <summary>Whether this is the file without its matching records: none of the others is missing, altered or new, and none matches.</summary>
    public bool Proves(RecordFilterResult result) => Matching == 0 && Records == result.Records - result.Removed && Kept == result.Kept;
}

/// <summary>
/// Leaves the records that match out of a file that mixes people, and keeps all else byte for byte. Memory: a few times the largest record, which has
/// 64 MiB at most. One filter is for one file: it remembers what it found out by looking at it.
/// </summary>
internal sealed class RecordFilter
{
    private readonly RecordRules _rules;
    private readonly string _file;
    private readonly RecordSizes _sizes;
    private readonly TextSet _texts;
    private readonly CutterMemory _memory = new();

    /// <param name="rules">What is left out.</param>
    /// <param name="file">The file, for messages.</param>
    /// <param name="sizes">Other sizes than 64 MiB for a record, for tests.</param>
    public RecordFilter(RecordRules rules, string file, RecordSizes? sizes = null)
    {
        if (rules.Separator is { } separator && (!char.IsAscii(separator) || separator is '"' or '\r' or '\n'))
        {
            throw new ArgumentException("The separator is one ASCII character, and no quote or line end.", nameof(rules));
        }

        (_rules, _file, _sizes) = (rules, file, sizes ?? new RecordSizes());
        _texts = new TextSet(rules.Texts);
    }

    /// <summary>Copies a file without its matching records.</summary>
    /// <param name="input">The file, from its beginning.</param>
    /// <param name="output">Gets what is kept. If this fails, what it got is worth nothing.</param>
    /// <param name="cancellation">Ends it between two records.</param>
    /// <exception cref="BackupException">The file cannot be cut into records of the format, or one is too large.</exception>
    public RecordFilterResult Filter(Stream input, Stream output, CancellationToken cancellation)
    {
        var reader = new RecordReader(input, _file, _sizes);
        if (reader.Head(2) is [0xff, 0xfe] or [0xfe, 0xff])
        {
            throw new BackupException(
                FailureKind.Failed,
                $"{_file} is UTF-16, whose records this program cannot cut.",
                "Nothing was changed. Convert the file to UTF-8 (iconv -f UTF-16 -t UTF-8).");
        }

        using var kept = new KeptRecords(output);
        var (records, matching) = Read(reader, kept, leaveOut: true, cancellation);
        return new RecordFilterResult(records, matching, kept.Finish());
    }

    /// <summary>Cuts a file that <see cref="Filter"/> of this object has written, and tells what it holds.</summary>
    /// <param name="output">The file as it was written, from its beginning.</param>
    /// <param name="cancellation">Ends it between two records.</param>
    /// <exception cref="BackupException">The file cannot be cut.</exception>
    public RecordCheck Verify(Stream output, CancellationToken cancellation)
    {
        using var kept = new KeptRecords(Stream.Null);
        var (records, matching) = Read(new RecordReader(output, _file, _sizes), kept, leaveOut: false, cancellation);
        return new RecordCheck(records, matching, kept.Finish());
    }

    private (long Records, long Matching) Read(RecordReader reader, KeptRecords kept, bool leaveOut, CancellationToken cancellation)
    {
        var cutter = RecordCutter.Of(_rules, _memory);
        var (records, matching) = (0L, 0L);
        while (reader.TryNext(cutter, out var kind, out var bytes))
        {
            if (kind != PieceKind.Record)
            {
                kept.Add(kind, bytes.Span);
                continue;
            }

            cancellation.ThrowIfCancellationRequested();
            var matches = Matches(cutter, bytes);
            records++;
            matching += matches ? 1 : 0;
            if (!(matches && leaveOut))
            {
                kept.Add(kind, bytes.Span);
            }
        }

        return (records, matching);
    }

    private bool Matches(RecordCutter cutter, ReadOnlyMemory<byte> record)
    {
        foreach (var text in cutter.Texts(record))
        {
            if (_texts.IsIn(text.Span) || (_rules.Patterns.Count > 0 && IsMatch(text.Span)))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsMatch(ReadOnlySpan<byte> text)
    {
        var characters = (Utf8.IsValid(text) ? Encoding.UTF8 : Encoding.Latin1).GetString(text.TrimEnd("\r\n"u8));
        foreach (var pattern in _rules.Patterns)
        {
            if (pattern.IsMatch(characters))
            {
                return true;
            }
        }

        return false;
    }
}
