namespace Backup.Engine.Runs;

/// <summary>Finds the one thing whose id begins with what was typed.</summary>
internal static class IdPrefix
{
    private const int Shortest = 4;

    /// <param name="among">All there are.</param>
    /// <param name="idOf">The id of one.</param>
    /// <param name="typed">At least four digits.</param>
    /// <param name="what">What it is called, like <c>hold</c>.</param>
    /// <param name="shown">How to see them all.</param>
    /// <exception cref="BackupException">Exit 1: there is none. Exit 2: several begin so, or it is too short.</exception>
    public static T Find<T>(IEnumerable<T> among, Func<T, string> idOf, string typed, string what, string shown)
    {
        var matching = among.Where(each => idOf(each).StartsWith(typed, StringComparison.OrdinalIgnoreCase)).ToList();
        return typed.Length < Shortest
            ? throw new BackupException(FailureKind.Usage, $"'{typed}' is too short to name a {what}.", $"Type at least {Shortest} digits of its id; {shown}")
            : matching switch
            {
                [var one] => one,
                [] => throw new BackupException(FailureKind.Failed, $"No {what} has an id that begins with '{typed}'.", char.ToUpperInvariant(shown[0]) + shown[1..]),
                _ => throw new BackupException(FailureKind.Usage, $"Several have an id that begins with '{typed}'.", "Type more digits."),
            };
    }
}
