namespace Backup.Engine.Records;

/// <summary>A place in a stream where a text stands.</summary>
/// <param name="Text">The number of the text.</param>
/// <param name="Offset">From the beginning of the stream; in base64 of the digit in which it begins.</param>
/// <param name="Form">How it is written.</param>
internal readonly record struct TextHit(int Text, long Offset, TextForm Form);

/// <summary>
/// Looks for texts in a stream of any bytes, as whole tokens and in every <see cref="TextForm"/>. What is compressed or encrypted it cannot see:
/// <see cref="OpaqueContent"/> names it. Memory: twice a block of 256 KiB, and about 12 bytes for each byte of the longest text.
/// </summary>
internal sealed class TextSearch
{
    private const int BlockSize = 256 << 10;

    private readonly TextSet _texts;
    private readonly int _most;
    private readonly List<TextHit>[] _hits;
    private readonly long[] _counts;
    private readonly byte[] _buffer;
    private int _length;

    /// <summary>The first place of the buffer at which a hit has not been looked for.</summary>
    private int _from;

    /// <summary>Of the buffer's first byte.</summary>
    private long _offset;

    private bool _complete;

    /// <param name="texts">What to look for; none is empty.</param>
    /// <param name="most">How many hits of each text are kept, the first ones; all are counted.</param>
    public TextSearch(IReadOnlyList<string> texts, int most = 10)
    {
        _texts = new TextSet(texts);
        _most = most;
        _hits = [.. texts.Select(static _ => new List<TextHit>())];
        _counts = new long[texts.Count];
        _buffer = new byte[BlockSize + (4 * _texts.Reach)];
    }

    /// <summary>The first hits, by text and then in the order of the stream. All only after <see cref="Complete"/>.</summary>
    public IEnumerable<TextHit> Hits => _hits.SelectMany(static hits => hits);

    /// <summary>How often a text stands in the stream.</summary>
    public long Count(int text) => _counts[text];

    /// <summary>Takes the next bytes of the stream.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_complete, this);
        while (!bytes.IsEmpty)
        {
            var taken = Math.Min(bytes.Length, _buffer.Length - _length);
            bytes[..taken].CopyTo(_buffer.AsSpan(_length));
            _length += taken;
            bytes = bytes[taken..];
            if (_length == _buffer.Length)
            {
                Look(_length - _texts.Reach);
                Shift();
            }
        }
    }

    /// <summary>The stream has ended. Once.</summary>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_complete, this);
        Look(_length);
        _complete = true;
    }

    /// <summary>Counts the hits that begin before <paramref name="to"/> and were not counted yet; all that decides them is in the buffer.</summary>
    private void Look(int to)
    {
        foreach (var hit in _texts.Find(_buffer.AsSpan(0, _length), _offset))
        {
            if (hit.Offset < _from || hit.Offset >= to)
            {
                continue;
            }

            _counts[hit.Text]++;
            if (_hits[hit.Text].Count < _most)
            {
                _hits[hit.Text].Add(new TextHit(hit.Text, _offset + hit.Offset, hit.Form));
            }
        }

        _from = to;
    }

    /// <summary>Keeps what can still decide.</summary>
    private void Shift()
    {
        var gone = _from - _texts.Reach;
        _buffer.AsSpan(gone, _length - gone).CopyTo(_buffer);
        _length -= gone;
        _from -= gone;
        _offset += gone;
    }
}
