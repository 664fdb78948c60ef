namespace Backup.Engine.Policies;

/// <summary>
/// Finds rules that claim one path, and orders those that may. Two rules may claim the same path if they name the same person's folder, identifier and
/// cut, and one of them is the more specific: then that one wins.
/// </summary>
internal static class RuleOverlap
{
    /// <summary>Sets group and rank of each rule.</summary>
    /// <param name="rules">The rules of one source.</param>
    /// <param name="fault">Is told each pair that may not stand together, the later rule first, with what is wrong and what to do.</param>
    public static void Check(IReadOnlyList<SubjectRule> rules, Action<int, int, string, string> fault)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            rules[i].Group = i;
            for (var j = 0; j < i; j++)
            {
                if (!ClearlyApart(rules[i].Hidden, rules[j].Hidden) && Problem(rules[i], rules[j]) is { } problem)
                {
                    fault(i, j, problem.Message, problem.Remedy);
                }
            }
        }
    }

    /// <summary>Different literal text at the same depth, above every <c>**</c>: the usual case, and cheap to see.</summary>
    private static bool ClearlyApart(ReadOnlySpan<PatternComponent> a, ReadOnlySpan<PatternComponent> b)
    {
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            if (a[i].AnyDepth || b[i].AnyDepth)
            {
                return false;
            }

            if (a[i].IsLiteral && b[i].IsLiteral && a[i].Text != b[i].Text)
            {
                return true;
            }
        }

        return false;
    }

    private static (string Message, string Remedy)? Problem(SubjectRule later, SubjectRule earlier)
    {
        if (!PatternComparison.Intersect(PathPattern.Region(later.Hidden), PathPattern.Region(earlier.Hidden)))
        {
            return null;
        }

        var sameFolder = later.FolderLength == earlier.FolderLength && Same(later.Folder, earlier.Folder) && later.Subject.Text == earlier.Subject.Text;
        if (sameFolder && later.CutLength != earlier.CutLength)
        {
            return ("takes the same folders and hangs them in another place", "Give both rules the same graft_at.");
        }

        if (sameFolder)
        {
            later.Group = earlier.Group;
            return Rank(later, earlier);
        }

        var sharedCut = later.HidesParents && earlier.HidesParents && later.CutLength == earlier.CutLength && Same(later.Hidden, earlier.Hidden);
        return sharedCut && !PatternComparison.Intersect(PathPattern.Region(later.Folder), PathPattern.Region(earlier.Folder))
            ? null
            : (
                "can match the same path, for another person or folder",
                "Narrow one of the patterns; or, for one person's folder, give both the same beginning and the same id, one of them more specific.");
    }

    private static (string Message, string Remedy)? Rank(SubjectRule later, SubjectRule earlier)
    {
        var (a, b) = (PathPattern.Region(later.Components), PathPattern.Region(earlier.Components));
        if (!PatternComparison.Intersect(a, b))
        {
            return null;
        }

        var (laterInside, earlierInside) = (PatternComparison.Covers(b, a), PatternComparison.Covers(a, b));
        if (laterInside == earlierInside)
        {
            return laterInside
                ? ("matches the same paths", "Remove one of the two.")
                : ("can match the same path, and neither of them is the more specific", "Narrow one of the patterns.");
        }

        // The rank counts the rules around a rule; on one path they form a chain, so a higher rank is a more specific rule.
        var inner = laterInside ? later : earlier;
        inner.Rank++;
        return null;
    }

    private static bool Same(ReadOnlySpan<PatternComponent> a, ReadOnlySpan<PatternComponent> b)
    {
        for (var i = 0; i < a.Length && i < b.Length; i++)
        {
            if (a[i].Text != b[i].Text)
            {
                return false;
            }
        }

        return a.Length == b.Length;
    }
}
