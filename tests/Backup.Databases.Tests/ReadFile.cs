using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Policies;
using Backup.Engine.Sources;

namespace Backup.Databases.Tests;

/// <summary>A file of the tree that a database becomes, as a backup reads it.</summary>
internal sealed record ReadFile(string Path, Entry Entry, byte[] Content)
{
    /// <summary>All files of a database, read one after another.</summary>
    /// <param name="config">The database.</param>
    /// <param name="scratch">Where rows wait.</param>
    /// <param name="before">Called with the path of each file before it is read.</param>
    /// <param name="report">Takes what could not be read.</param>
    public static List<ReadFile> All(DatabaseSourceConfig config, string scratch, Action<string>? before = null, WalkFailures? report = null)
    {
        var files = new List<ReadFile>();
        var source = new DatabaseSource(config, config.DataMap?.Classes ?? [], scratch, TimeProvider.System);
        foreach (var directory in source.Walk(report ?? new WalkFailures(), TestContext.Current.CancellationToken))
        {
            foreach (var entry in directory.Entries.Where(static entry => entry.Kind == EntryKind.File))
            {
                var path = $"{Encoding.UTF8.GetString(directory.Path).TrimEnd('/')}/{Encoding.UTF8.GetString(entry.Name)}";
                before?.Invoke(path);
                using var file = directory.OpenFile(entry);
                using var content = new MemoryStream();
                var buffer = new byte[100_000];
                for (var read = file.Read(buffer); read > 0; read = file.Read(buffer))
                {
                    content.Write(buffer, 0, read);
                }

                Assert.Equal(content.Length, file.Current.Size);
                files.Add(new ReadFile(path, entry, content.ToArray()));
            }
        }

        return files;
    }

    /// <summary>Reads a database and loads what was read into an empty one.</summary>
    public static DatabaseLoad Copy(DatabaseSourceConfig config, string scratch, IDatabaseTarget target)
    {
        var report = new WalkFailures();
        var files = All(config, scratch, report: report);
        byte[] Content(string path) => files.Single(file => file.Path == "/" + path).Content;
        Assert.Empty(report.Failures);
        target.Begin(Content(DatabaseLayout.Description), Content(DatabaseLayout.Before));
        foreach (var file in files.Where(static file => file.Path.StartsWith($"/{DatabaseLayout.Rows}/", StringComparison.Ordinal)))
        {
            target.Rows.Write(file.Content);
        }

        return target.Complete(Content(DatabaseLayout.After), Content($"{DatabaseLayout.Totals}/{DatabaseLayout.Tables}"), isWhole: true);
    }
}

/// <summary>What a walk could not read.</summary>
internal sealed class WalkFailures : IWalkReport
{
    public List<string> Failures { get; } = [];

    public void Failed(byte[] path, string reason) => Failures.Add(Encoding.UTF8.GetString(path));

    public void Excluded(byte[] path, string reason)
    {
    }
}
