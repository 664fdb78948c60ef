namespace Backup.Databases.Maps;

/// <summary>The part of a query that says whose the rows of a table are.</summary>
/// <param name="Alias">The name under which the query knows the table, quoted.</param>
/// <param name="Joins">What is joined to it; empty if nothing is.</param>
/// <param name="Owner">Kind and key, or <c>=</c> and an identifier, as text; NULL for nobody.</param>
/// <param name="Class">The class as text, or NULL.</param>
/// <param name="Starts">The date as text, or NULL.</param>
internal sealed record OwnerSql(string Alias, string Joins, string Owner, string Class, string Starts)
{
    /// <summary>None of the ways to an owner is there: every row is nobody's.</summary>
    public bool FindsNobody => Owner == OwnerQueries.Null;
}
