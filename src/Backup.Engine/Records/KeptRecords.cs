using System.Security.Cryptography;
using Backup.Engine.Format;

namespace Backup.Engine.Records;

/// <summary>
/// Writes what is kept and hashes it: each record by itself, so that its borders count, and apart from that everything else but the separators of an INSERT,
/// of which one goes with each tuple.
/// </summary>
internal sealed class KeptRecords(Stream output) : IDisposable
{
    private readonly IncrementalHash _records = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _frames = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>What an INSERT has before its next kept tuple: at first its head.</summary>
    private byte[] _lead = [];

    private bool _leadIsHead;

    /// <summary>The INSERT that is read has kept no tuple so far.</summary>
    private bool _empty;

    public void Add(PieceKind kind, ReadOnlySpan<byte> bytes)
    {
        switch (kind)
        {
            case PieceKind.Head:
                (_lead, _leadIsHead, _empty) = (bytes.ToArray(), true, true);
                break;
            case PieceKind.Separator:
                (_lead, _leadIsHead) = _empty ? (_lead, true) : (bytes.ToArray(), false);
                break;
            case PieceKind.Tail when _empty:
                (_lead, _empty) = ([], false);
                break;
            case PieceKind.Record:
                AddLead();
                _records.AppendData(SHA256.HashData(bytes));
                output.Write(bytes);
                break;
            default:
                _frames.AppendData(bytes);
                output.Write(bytes);
                break;
        }
    }

    /// <summary>The hash over all that was added.</summary>
    public Hash Finish() => Hash.Of([.. _records.GetHashAndReset(), .. _frames.GetHashAndReset()]);

    public void Dispose()
    {
        _records.Dispose();
        _frames.Dispose();
    }

    private void AddLead()
    {
        if (_leadIsHead)
        {
            _frames.AppendData(_lead);
        }

        output.Write(_lead);
        (_lead, _leadIsHead, _empty) = ([], false, false);
    }
}
