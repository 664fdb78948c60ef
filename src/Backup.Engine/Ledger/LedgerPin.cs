using System.Text;
using Backup.Engine.Format;

namespace Backup.Engine.Ledger;

/// <summary>What this machine will not be talked out of: which repository it is, and the newest head it has seen.</summary>
/// <param name="Repository">Its id.</param>
/// <param name="Sequence">Of the head.</param>
/// <param name="Head">Its hash.</param>
internal sealed record LedgerPin(Hash Repository, long Sequence, Hash Head)
{
    /// <summary>Two lines that a person can read and compare with the recovery sheet.</summary>
    public byte[] Encode() => Encoding.ASCII.GetBytes($"repository {Repository}\nhead {ObjectNames.Ledger(Sequence, Head)}\n");

    /// <returns>Null if it is not what <see cref="Encode"/> gives.</returns>
    public static LedgerPin? Decode(ReadOnlySpan<byte> text) =>
        Encoding.ASCII.GetString(text).Split('\n') is [var first, var second, ""]
        && first.Split(' ') is ["repository", var id] && Hash.TryParse(id, out var repository)
        && second.Split(' ') is ["head", var name] && ObjectNames.TryParse(name, out var head) && head.Kind == ObjectKind.Ledger
            ? new LedgerPin(repository, head.Sequence, head.Hash)
            : null;
}
