namespace Backup.Engine.Format;

/// <summary>A generation of the keyring root.</summary>
/// <param name="Number">From 1; one more than the largest before it.</param>
/// <param name="Random">Keeps two epochs of one number apart: two branches may each open one.</param>
public readonly record struct EpochId(int Number, Id128 Random)
{
    /// <summary>Eight decimal digits name an epoch.</summary>
    public const int Limit = 99_999_999;

    public override string ToString() => $"{Number:D8}-{Random}";
}
