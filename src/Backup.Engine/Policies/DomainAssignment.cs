namespace Backup.Engine.Policies;

/// <summary>
/// In which domain an entry lies: that of (<see cref="Subject"/>, <see cref="Class"/>, period), and where the domain's tree hangs. One object stands for
/// all entries that share it, so that a caller may compare references first.
/// </summary>
/// <param name="Subject">The normalized identifier (<see cref="SubjectIdentifier"/>); null for data that is nobody's.</param>
/// <param name="Class">The retention class, or null.</param>
/// <param name="Period">Where the period of a file below comes from. A directory has none but a text that its path gave.</param>
/// <param name="CutDepth">
/// The number of components of the directory in which the graft hangs: 0 for <c>/</c>, 2 for <c>/var/vmail</c>. −1 without a subject: a dated file hangs
/// in the directory that holds it.
/// </param>
/// <param name="Mixed">True for a file that mixes people.</param>
/// <param name="Problem">
/// Null if all is well. Else what the run reports with the path: no identifier can be formed from the name (the entry then has a <c>raw:</c> domain of
/// its own, never the bulk domain), or the path gives no date (the mtime counts). Without any name in it.
/// </param>
public sealed record DomainAssignment(string? Subject, string? Class, PeriodSource Period, int CutDepth, bool Mixed, string? Problem)
{
    /// <summary>True for the bulk domain of the class: nobody's and undated.</summary>
    public bool IsBulk => Subject is null && Period.IsNone;
}
