namespace Backup.Engine.Format;

/// <summary>Where the format says "ascending", equal neighbours are refused too.</summary>
internal static class Ordered
{
    public static bool IsAscending<TItem, TKey>(IReadOnlyList<TItem> items, Func<TItem, TKey> key)
        where TKey : IComparable<TKey>
    {
        for (var i = 1; i < items.Count; i++)
        {
            if (key(items[i - 1]).CompareTo(key(items[i])) >= 0)
            {
                return false;
            }
        }

        return true;
    }
}
