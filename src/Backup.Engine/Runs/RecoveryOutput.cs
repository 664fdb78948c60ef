using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Posix;

namespace Backup.Engine.Runs;

/// <summary>The recovery key on its way out: into a file, or onto a sheet.</summary>
internal static class RecoveryOutput
{
    /// <summary>
    /// Writes the one line durably, mode 0600. A file that holds this very key already is as good. Tells if the next backup would store it: later nothing
    /// names it any more, and no walk can know it.
    /// </summary>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: the file exists and holds something else.</exception>
    public static void Write(RunContext context, string path, SecretBytes seed)
    {
        using var line = RecoveryKey.ToLine(seed.Span);
        using var content = new SecretBytes(line.Length + 1);
        line.Span.CopyTo(content.Span);
        content.Span[^1] = (byte)'\n';
        if (!DurableFile.WriteNew(Path.GetFullPath(path), content.Span))
        {
            using var present = SecretFile.Read(path);
            if (!present.EqualTo(line.Span))
            {
                throw new BackupException(FailureKind.Usage, $"The file {path} exists and holds something else.", "Name a file that does not exist for the recovery key.");
            }
        }

        WarnOfSources(context, path);
    }

    /// <summary>What stands on the sheet.</summary>
    public static RecoverySheet Sheet(RunContext context, SecretBytes seed, Hash repository, LedgerNode head)
    {
        using var line = RecoveryKey.ToLine(seed.Span);
        return new RecoverySheet(Encoding.ASCII.GetString(line.Span), repository, head.Name, [.. context.Policy.Sites.Select(SiteOf)], context.Clock.GetUtcNow());
    }

    private static void WarnOfSources(RunContext context, string path)
    {
        foreach (var source in context.AllSources.OfType<FilesSourceConfig>())
        {
            if (source.Roots.Any(root => PlaceChecks.LiesIn(RealPath(path), RealPath(root))))
            {
                context.Progress.Message(new RunFinding(
                    path, $"lies in the source {source.Id}: an archive would hold its own key", "Print it and delete it before the next backup."));
            }
        }
    }

    /// <summary>With links followed; as it is where nothing stands.</summary>
    private static string RealPath(string path) =>
        FileSystemCalls.RealPath(Encoding.UTF8.GetBytes(path)) is { } real ? Encoding.UTF8.GetString(real) : path;

    private static RecoverySheetSite SiteOf(SiteConfig site) => new(site.Id, site.City, site.Country, site switch
    {
        LocalSiteConfig local => local.Path,
        SftpSiteConfig sftp => $"sftp://{sftp.User}@{sftp.Host}:{sftp.Port}/{sftp.Path}",
        S3SiteConfig s3 => $"{s3.Endpoint} bucket {s3.Bucket} prefix '{s3.Prefix}'",
        AzureSiteConfig azure => $"{azure.Endpoint} container {azure.Container} prefix '{azure.Prefix}'",
        _ => site.Kind,
    });
}
