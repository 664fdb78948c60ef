using Backup.Engine.Format;

namespace Backup.Engine.Ledger;

/// <summary>A valid entry of the ledger, as the graph keeps it.</summary>
/// <param name="Hash">Of the whole entry; others name it by it.</param>
/// <param name="Body">Its signed part.</param>
/// <param name="Payload">Sealed.</param>
internal sealed record LedgerNode(Hash Hash, LedgerBody Body, byte[] Payload)
{
    /// <summary>Its name at a site and in the state.</summary>
    public string Name => ObjectNames.Ledger(Body.Sequence, Hash);

    /// <summary>The order of the ledger: every entry comes after all it builds on.</summary>
    public static int CompareOrder(LedgerNode left, LedgerNode right) =>
        left.Body.Sequence != right.Body.Sequence ? left.Body.Sequence.CompareTo(right.Body.Sequence)
        : left.Body.Term.CompareTo(right.Body.Term) is var term and not 0 ? term
        : left.Hash.CompareTo(right.Hash);

    /// <summary>Which of several heads counts: the largest.</summary>
    public static int CompareHeads(LedgerNode left, LedgerNode right) =>
        left.Body.Term.CompareTo(right.Body.Term) is var term and not 0 ? term : CompareOrder(left, right);
}

/// <summary>Something under the name of a ledger entry that is none, and is ignored: said to a person.</summary>
/// <param name="Name">Under which it was found.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Unsupported">
/// Perhaps an entry of a later version of the program, not a forged one: whoever writes after it without it may open a branch.
/// </param>
internal sealed record LedgerAlarm(string Name, string Reason, bool Unsupported);

/// <summary>How one entry stands to another.</summary>
internal enum LedgerRelation
{
    Same,

    /// <summary>The other builds on it.</summary>
    Ancestor,

    /// <summary>It builds on the other.</summary>
    Descendant,

    /// <summary>Neither builds on the other.</summary>
    Fork,
}
