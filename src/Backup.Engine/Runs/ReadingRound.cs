using System.Security.Cryptography;
using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>
/// How far a rolling check has come at a site. It goes round by the hashes of the objects, so what it takes next is what it read longest ago, and after one
/// whole round everything was read that was there when the round began.
/// </summary>
/// <param name="ReadTo">The last object that was read; zero at the beginning of a round.</param>
/// <param name="Since">Head of the ledger when this round began; null if something was wrong in it.</param>
internal sealed record ReadingRound(Hash ReadTo, Hash? Since)
{
    /// <summary>A place to begin at for who keeps no record: any, so that several checks meet different objects.</summary>
    public static ReadingRound Anywhere() => new(Hash.Read(RandomNumberGenerator.GetBytes(Hash.Size)), null);

    /// <summary>Reads what <see cref="ToString"/> gave; null if it is something else.</summary>
    public static ReadingRound? Parse(string text)
    {
        var parts = text.Split(' ');
        return parts.Length == 2 && Hash.TryParse(parts[0], out var readTo)
            ? new ReadingRound(readTo, Hash.TryParse(parts[1], out var since) ? since : null)
            : null;
    }

    /// <summary>Takes the next objects of the round.</summary>
    /// <param name="objects">Those that can be taken, in any order.</param>
    /// <param name="share">How much of their bytes.</param>
    public TakenShare Take(IReadOnlyCollection<RequiredObject> objects, Share share)
    {
        var ordered = objects.OrderBy(static item => item.Hash).ToList();
        if (share.Percent <= 0 || ordered.Count == 0)
        {
            return new TakenShare([], ReadTo, EndsRound: false);
        }

        var goal = share.Percent >= 100 ? long.MaxValue : (long)Math.Ceiling(ordered.Sum(Length) * share.Percent / 100);
        var first = Math.Max(0, ordered.FindIndex(item => item.Hash.CompareTo(ReadTo) > 0));
        var (count, bytes) = (0, 0L);
        while (count < ordered.Count && bytes < goal)
        {
            bytes += Length(ordered[(first + count++) % ordered.Count]);
        }

        var taken = Enumerable.Range(first, count).Select(i => ordered[i % ordered.Count]).ToList();
        var endsRound = first + count >= ordered.Count;
        return new TakenShare(taken, (first + count) % ordered.Count == 0 ? default : taken[^1].Hash, endsRound);
    }

    public override string ToString() => $"{ReadTo} {(Since is { } head ? head.ToString() : "-")}";

    private static long Length(RequiredObject item) => item.Length ?? 0;
}

/// <summary>What a check takes of a round.</summary>
/// <param name="Objects">In the order of the round.</param>
/// <param name="ReadTo">Where the next begins.</param>
/// <param name="EndsRound">Whether the end of the round is in it.</param>
internal sealed record TakenShare(IReadOnlyList<RequiredObject> Objects, Hash ReadTo, bool EndsRound);
