namespace Backup.Engine.Policies;

/// <summary>Finds the word that somebody who mistyped probably meant.</summary>
public static class KnownKeys
{
    /// <summary>The known word with the smallest edit distance; of equals the first.</summary>
    public static string Nearest(string word, IEnumerable<string> known)
    {
        var best = "";
        var smallest = int.MaxValue;
        foreach (var candidate in known)
        {
            var distance = Distance(word, candidate);
            if (distance < smallest)
            {
                (best, smallest) = (candidate, distance);
            }
        }

        return best;
    }

    /// <summary>
    /// The restricted Damerau–Levenshtein distance: letters inserted, left out, replaced, or two neighbours swapped. Case and '-' for '_' cost nothing.
    /// </summary>
    public static int Distance(string a, string b)
    {
        const int longest = 64;
        var (left, right) = (Fold(a, longest), Fold(b, longest));
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (var j = 0; j <= right.Length; j++)
        {
            rows[0, j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            for (var j = 1; j <= right.Length; j++)
            {
                var changed = left[i - 1] == right[j - 1] ? 0 : 1;
                var cost = Math.Min(Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1, rows[i - 1, j - 1] + changed);
                var swapped = i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
                rows[i, j] = swapped ? Math.Min(cost, rows[i - 2, j - 2] + 1) : cost;
            }
        }

        return rows[left.Length, right.Length];
    }

    private static string Fold(string word, int longest) =>
        (word.Length > longest ? word[..longest] : word).ToLowerInvariant().Replace('-', '_');
}
