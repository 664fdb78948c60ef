using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Posix;
using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Sources;

/// <summary>The paths that a walk showed, and what it reported.</summary>
internal sealed class Walked
{
    private Walked(string below, FileSourceOptions options)
    {
        foreach (var directory in new FileSource(options).Walk(Reports, TestContext.Current.CancellationToken))
        {
            using (directory)
            {
                var path = Encoding.UTF8.GetString(directory.Path);
                foreach (var entry in directory.Entries)
                {
                    var inner = $"{path.TrimEnd('/')}/{PathText.Show(entry.Name)}{(entry.Kind is EntryKind.Directory ? "/" : "")}";
                    if (inner.StartsWith(below + "/", StringComparison.Ordinal)) Paths.Add(inner[(below.Length + 1)..]);
                }
            }
        }

        Paths.Remove("");
        Paths.Sort(StringComparer.Ordinal);
    }

    /// <summary>Below the tree's source, directories with a slash at the end, sorted.</summary>
    public List<string> Paths { get; } = [];

    public Reports Reports { get; } = new();

    public static Walked Of(TreeFixture tree, FileSourceOptions? options = null) =>
        new(tree.Source, options ?? new FileSourceOptions { Roots = [tree.SourceBytes] });

    public static FileSourceOptions Excluding(TreeFixture tree, params string[] patterns) =>
        new() { Roots = [tree.SourceBytes], Exclude = ExcludePatterns.Parse(patterns) };
}
