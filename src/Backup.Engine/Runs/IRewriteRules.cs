using Backup.Engine.Format;
using Backup.Engine.Snapshots;

namespace Backup.Engine.Runs;

/// <summary>What is to go of snapshots that are written anew.</summary>
internal interface IRewriteRules
{
    /// <summary>What is to be done with an entry of a source.</summary>
    RewriteAction Decide(string source, RawEntry entry);

    /// <summary>Whether what is kept of a domain moves into a new one, so that the old key can be destroyed.</summary>
    bool Replaces(DomainRecord domain);

    /// <summary>Writes what is kept of a file.</summary>
    /// <exception cref="BackupException">The file cannot be cut into records, or what was written is not all that was to be kept.</exception>
    void Filter(string source, RawEntry entry, Stream input, Stream output, CancellationToken cancellation);
}
