using Backup.Engine.Format;
using Backup.Engine.Sites;

namespace Backup.Engine.Ledger;

/// <summary>
/// What a site shows of the repository, compared with the pin, or, where there is none, with the head of everything that was read.
/// </summary>
internal enum SiteStanding
{
    /// <summary>No answer, or none that can be used; the message says why.</summary>
    Unreachable,

    /// <summary>Nothing of the repository is there, and nothing says that it ever was.</summary>
    Empty,

    /// <summary>
    /// Nothing of the repository is there, though the ledger says that it was: emptied, unmounted, or moved away. Never filled without
    /// being told to.
    /// </summary>
    Lost,

    /// <summary>Another repository is there, or things that are none of ours.</summary>
    Foreign,

    /// <summary>It shows the same head.</summary>
    Current,

    /// <summary>Its head is an ancestor: it was away, or shows an old state. What it holds is sound, and not the newest.</summary>
    Behind,

    /// <summary>Its head builds on the one that was pinned.</summary>
    Ahead,

    /// <summary>Its head neither builds on the other nor the other on it.</summary>
    Forked,
}

/// <summary>The ledger as one site shows it.</summary>
/// <param name="Site">The site.</param>
/// <param name="Standing">What it shows.</param>
/// <param name="Head">The largest head among the entries that the site itself lists; null if it lists none that is valid.</param>
/// <param name="Names">The names of the entries that it lists.</param>
/// <param name="Message">What a person has to know of it; null if there is nothing.</param>
internal sealed record SiteLedger(Site Site, SiteStanding Standing, LedgerNode? Head, IReadOnlySet<string> Names, string? Message)
{
    /// <summary>Whether it holds the repository and may be read from.</summary>
    public bool Holds => Standing >= SiteStanding.Current;
}

/// <summary>Everything that the state and the sites showed of the ledger.</summary>
/// <param name="Repository">Which repository it is; null if neither the state nor any site holds one.</param>
/// <param name="RepositoryObject">The bytes of the object <c>repository</c>.</param>
/// <param name="Graph">The union of all valid entries; empty without a repository.</param>
/// <param name="Pin">What was pinned before.</param>
/// <param name="Sites">One for each site that was asked, in that order.</param>
/// <param name="New">Entries that the state had no sound copy of, with their bytes, in the order of the ledger.</param>
/// <param name="Damage">Entries that a site lists and does not have whole, and objects <c>repository</c> that are not what was put.</param>
internal sealed record LedgerReading(
    RepositoryBody? Repository,
    byte[]? RepositoryObject,
    LedgerGraph Graph,
    LedgerPin? Pin,
    IReadOnlyList<SiteLedger> Sites,
    IReadOnlyList<(LedgerNode Node, ReadOnlyMemory<byte> Bytes)> New,
    IReadOnlyList<Finding> Damage)
{
    /// <summary>The newest entry of a term; null if it has none yet.</summary>
    public LedgerNode? NewestOf(Owner owner) => Graph.Entries.LastOrDefault(owner.Wrote);

    /// <summary>
    /// Whether the state is an old copy of itself: a site shows an entry of the own term that the state does not have, though none is ever
    /// put before it stands in the state. What this machine wrote since the copy was made is a branch, if it is not among what was read.
    /// </summary>
    public bool IsRolledBack(Owner owner) => New.Any(item => owner.Wrote(item.Node));

    /// <summary>
    /// Keeps what was read: the object <c>repository</c>, the new entries, and the head as pin, if it builds on the one that is pinned.
    /// Called when a key has shown that it is the right repository; a fork and an older head leave the pin as it is.
    /// </summary>
    public void Keep(StateDirectory state)
    {
        if (Repository is not { } repository)
        {
            return;
        }

        if (!state.ReadRepository().AsSpan().SequenceEqual(RepositoryObject))
        {
            state.WriteRepository(RepositoryObject);
        }

        state.SaveEntries([.. New.Select(item => (item.Node.Name, item.Bytes))]);
        Advance(state, repository.RepositoryId, Graph);
    }

    /// <summary>Pins the head, if it builds on the one that is pinned.</summary>
    public static void Advance(StateDirectory state, Hash repository, LedgerGraph graph)
    {
        if (graph.Head is { } head && (state.ReadPin() is not { } pin || graph.IsAncestor(pin.Head, head.Hash)))
        {
            state.WritePin(new LedgerPin(repository, head.Body.Sequence, head.Hash));
        }
    }
}
