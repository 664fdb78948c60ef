using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Sources;
using Backup.Engine.Tests.Runs;
using Backup.Engine.Tests.Sources;

namespace Backup.Engine.Tests.Snapshots;

/// <summary>Attributes that cannot be read: only what vanished is left out in silence.</summary>
public sealed class SnapshotBuilderTests
{
    private const string Attributes = "import os\nfor name in ('folder', 'empty', 'file'): os.setxattr(name, 'user.note', name.encode())\nos.setxattr('pipe', 'trusted.note', b'pipe')";

    [Fact]
    public async Task Build_AttributesUnreadable_AreListedAndSavedByTheNextRun()
    {
        using var repository = await PreparedAsync();
        string[] unreadable = ["empty", "folder", "pipe"];
        repository.Reading = source => new HalfReadable(source, unreadable, static path => new SourceReadException($"{path}: its attributes cannot be read: EIO"));

        var outcome = await repository.BackupAsync();

        Assert.Equal(unreadable.Select(repository.InSource), outcome.Errors.Select(static error => error.Place).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.All(outcome.Errors, static error => Assert.EndsWith("EIO", error.Message, StringComparison.Ordinal));
        repository.Reading = static source => source;
        Assert.Empty((await repository.BackupAsync()).Errors);
        repository.AssertRestored((await repository.RestoreAsync()).Target);
    }

    [Fact]
    public async Task Build_AttributesOfWhatVanished_AreNoError()
    {
        using var repository = await PreparedAsync();
        repository.Reading = static source => new HalfReadable(source, ["empty", "folder", "pipe"], static path => new SourceChangedException($"{path}: it vanished"));

        Assert.Empty((await repository.BackupAsync()).Errors);
    }

    private static async Task<TestRepository> PreparedAsync()
    {
        var repository = new TestRepository();
        repository.WriteSource("folder/inside", "inside");
        repository.WriteSource("file", "text");
        Directory.CreateDirectory(repository.InSource("empty"));
        TreeFixture.Run("mkfifo", [repository.InSource("pipe")]);
        TreeFixture.Run("python3", ["-c", $"import os\nos.chdir('{repository.SourcePath}')\n{Attributes}"]);
        await repository.InitAsync();
        return repository;
    }

    /// <summary>A source that gives everything but the attributes of some names.</summary>
    private sealed class HalfReadable(ISource source, string[] names, Func<string, SourceReadException> fault) : ISource
    {
        public IEnumerable<SourceDirectory> Walk(IWalkReport report, CancellationToken cancellation) =>
            source.Walk(report, cancellation).Select(directory => new Folder(directory, names, fault));
    }

    private sealed class Folder(SourceDirectory directory, string[] names, Func<string, SourceReadException> fault) : SourceDirectory
    {
        public override int Depth => directory.Depth;

        public override byte[] Path => directory.Path;

        public override Entry Self => directory.Self;

        public override IReadOnlyList<Entry> Entries => directory.Entries;

        public override IReadOnlyList<ExtendedAttribute> ReadAttributes(Entry entry)
        {
            var name = Encoding.UTF8.GetString(entry.Name);
            return names.Contains(name, StringComparer.Ordinal) ? throw fault(name) : directory.ReadAttributes(entry);
        }

        public override ISourceFile OpenFile(Entry entry) => directory.OpenFile(entry);

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
            {
                directory.Dispose();
            }
        }
    }
}
