using System.Numerics;

namespace Backup.Engine.Format;

/// <summary>
/// Lengths that say little: at most 12 % longer, and O(log log n) bits leak (Nikitin et al., "Reducing Metadata Leakage from Encrypted
/// Files", 2019).
/// </summary>
public static class Padme
{
    /// <summary>The padded length of something of <paramref name="length"/> bytes: the smallest allowed one that is not smaller.</summary>
    public static long Length(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length < 2)
        {
            return length;
        }

        var exponent = BitOperations.Log2((ulong)length);
        var significant = BitOperations.Log2((uint)exponent) + 1;
        var mask = (1L << (exponent - significant)) - 1;
        return (length + mask) & ~mask;
    }
}
