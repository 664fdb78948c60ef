namespace Backup.Engine.Policies;

/// <summary>
/// Compares path patterns, at two levels with the same two questions: sequences of components, and inside a component sequences of bytes. At each level
/// there are single items and "any number of items". Both questions are answered by a table over the pairs of positions, from the ends.
/// </summary>
internal static class PatternComparison
{
    /// <summary>Whether some path matches both.</summary>
    public static bool Intersect(PatternComponent[] a, PatternComponent[] b) =>
        Walk(a.Length, b.Length, i => a[i].AnyDepth, j => b[j].AnyDepth, (i, j) => Intersect(a[i].Symbols, b[j].Symbols), both: true);

    /// <summary>
    /// Whether <paramref name="wide"/> matches every path that <paramref name="narrow"/> matches. It may say no where the answer is yes in a roundabout
    /// way; it never says yes where the answer is no.
    /// </summary>
    public static bool Covers(PatternComponent[] wide, PatternComponent[] narrow) =>
        Walk(wide.Length, narrow.Length, i => wide[i].AnyDepth, j => narrow[j].AnyDepth, (i, j) => Covers(wide[i].Symbols, narrow[j].Symbols), both: false);

    private static bool Intersect(int[] a, int[] b) => Walk(
        a.Length, b.Length, i => a[i] == PatternComponent.AnyBytes, j => b[j] == PatternComponent.AnyBytes,
        (i, j) => a[i] == b[j] || a[i] == PatternComponent.AnyByte || b[j] == PatternComponent.AnyByte, both: true);

    private static bool Covers(int[] wide, int[] narrow) => Walk(
        wide.Length, narrow.Length, i => wide[i] == PatternComponent.AnyBytes, j => narrow[j] == PatternComponent.AnyBytes,
        (i, j) => wide[i] == narrow[j] || wide[i] == PatternComponent.AnyByte, both: false);

    /// <summary>
    /// Whether the two sequences can be walked to their ends together. <paramref name="both"/>: either side's "any number" takes items of the other, so
    /// the question is a common match; else only the left side's, which then must take also the right side's "any number": the question is cover.
    /// </summary>
    private static bool Walk(int left, int right, Func<int, bool> leftAny, Func<int, bool> rightAny, Func<int, int, bool> pair, bool both)
    {
        var reaches = new bool[left + 1, right + 1];
        for (var i = left; i >= 0; i--)
        {
            for (var j = right; j >= 0; j--)
            {
                var anyLeft = i < left && leftAny(i);
                var anyRight = j < right && rightAny(j);
                reaches[i, j] = (i == left && j == right)
                    || (anyLeft && (reaches[i + 1, j] || (j < right && reaches[i, j + 1])))
                    || (both && anyRight && (reaches[i, j + 1] || (i < left && reaches[i + 1, j])))
                    || (i < left && j < right && !anyLeft && !anyRight && pair(i, j) && reaches[i + 1, j + 1]);
            }
        }

        return reaches[0, 0];
    }
}
