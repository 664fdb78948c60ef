using Backup.Engine.Policies;

namespace Backup.Cli.Commands;

/// <summary>What somebody probably meant.</summary>
internal static class Nearest
{
    /// <summary>
    /// The known word that is near enough to be a slip of the finger: at most a third of its letters differ; null if none is.
    /// </summary>
    public static string? Of(string typed, IEnumerable<string> known)
    {
        string? nearest = null;
        var least = int.MaxValue;
        foreach (var word in known)
        {
            var distance = typed.Length >= 3 && word.StartsWith(typed, StringComparison.OrdinalIgnoreCase) ? 1 : KnownKeys.Distance(typed, word);
            if (distance < least && distance <= Math.Max(typed.Length, word.Length) / 3)
            {
                (nearest, least) = (word, distance);
            }
        }

        return nearest;
    }
}
