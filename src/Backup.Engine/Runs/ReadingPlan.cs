using Backup.Engine.Format;

namespace Backup.Engine.Runs;

/// <summary>What a check reads at a site: small things that everything hangs on, always; of the rest a share.</summary>
internal sealed record ReadingPlan
{
    /// <summary>Everything that is there and must be, with its length.</summary>
    public required IReadOnlyList<RequiredObject> Present { get; init; }

    /// <summary>To be compared with their hashes; without <see cref="Opened"/>.</summary>
    public required IReadOnlyList<RequiredObject> Hashed { get; init; }

    /// <summary>Packs to be compared with their hashes and opened, by name.</summary>
    public required IReadOnlyDictionary<string, RequiredObject> Opened { get; init; }

    public required TakenShare HashShare { get; init; }

    public required TakenShare DataShare { get; init; }

    /// <summary>Whether everything is read that is there.</summary>
    public bool IsWhole => Hashed.Count + Opened.Count == Present.Count;

    public long Bytes => Present.Sum(static item => item.Length ?? 0);

    public long PackBytes => Present.Where(static item => item.Kind == ObjectKind.Pack).Sum(static item => item.Length ?? 0);

    /// <summary>Plans a check.</summary>
    /// <param name="present">Everything that is there and must be, with its length.</param>
    /// <param name="request">How much is asked for.</param>
    /// <param name="hashes">How far the comparison of hashes has come.</param>
    /// <param name="data">How far the opening of packs has come.</param>
    /// <param name="suspects">What was damaged before: read again in any case.</param>
    public static ReadingPlan Make(
        IReadOnlyList<RequiredObject> present, VerifyRequest request, ReadingRound hashes, ReadingRound data, IReadOnlySet<Hash> suspects)
    {
        var dataShare = data.Take([.. present.Where(static item => item.Kind == ObjectKind.Pack)], request.ReadData);
        var hashShare = hashes.Take([.. present.Where(static item => !IsAlwaysRead(item))], request.Hashes);
        var opened = dataShare.Objects.ToDictionary(static item => item.Name, StringComparer.Ordinal);
        var hashed = present.Where(item => IsAlwaysRead(item) || suspects.Contains(item.Hash)).Concat(hashShare.Objects)
            .DistinctBy(static item => item.Name, StringComparer.Ordinal).Where(item => !opened.ContainsKey(item.Name));
        return new ReadingPlan { Present = present, Hashed = [.. hashed], Opened = opened, HashShare = hashShare, DataShare = dataShare };
    }

    private static bool IsAlwaysRead(RequiredObject item) => item.IsErasable || item.Kind == ObjectKind.Repository;
}
