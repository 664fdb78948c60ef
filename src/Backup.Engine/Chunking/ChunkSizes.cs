using System.Numerics;

namespace Backup.Engine.Chunking;

/// <summary>
/// How long the chunks of a file become. It makes two backups of the same bytes find the same chunks: a repository never changes it.
/// </summary>
/// <param name="Minimum">Bytes that are skipped at the start of a chunk; only the last chunk of an input can be shorter.</param>
/// <param name="Average">Bytes, a power of two, about what chunks of random data come to.</param>
/// <param name="Maximum">Bytes after which a chunk ends whatever it holds.</param>
public sealed record ChunkSizes(int Minimum, int Average, int Maximum)
{
    /// <summary>Files: 256 KiB, 1 MiB, 4 MiB.</summary>
    public static ChunkSizes Files { get; } = new(256 << 10, 1 << 20, 4 << 20);

    /// <summary>Rows of databases, which change in small places: 16 KiB, 64 KiB, 256 KiB.</summary>
    public static ChunkSizes Rows { get; } = new(16 << 10, 64 << 10, 256 << 10);

    /// <summary>0 ≤ minimum &lt; average &lt; maximum, and the average is a power of two from 16 to 2^30.</summary>
    public bool IsValid() =>
        Minimum >= 0 && Minimum < Average && Average < Maximum && Average is >= 16 and <= 1 << 30 && BitOperations.IsPow2(Average);
}
