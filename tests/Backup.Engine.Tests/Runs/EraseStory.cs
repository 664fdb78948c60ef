using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>
/// Some persons with mail and vouchers, one shared readme, and what each snapshot must give back: everything that was there but what was erased since, from
/// each site alone, with the recovery key and an empty state.
/// </summary>
internal sealed class EraseStory : IDisposable
{
    public const string Classes = """
        classes:
          mail: { keep: { last: 50 } }
          voucher: { retain_until: 8y, from: year_end, starts: "{year}" }
        """;

    private const string Sources = """
          - id: data
            kind: files
            roots: [ '{source}' ]
            class: mail
            subjects:
              - { match: '{source}/people/{user}/**', id: 'customer:{user}' }
              - { match: '{source}/people/{user}/vouchers/{year}/**', id: 'customer:{user}', class: voucher }
        """;

    private readonly Dictionary<string, Dictionary<string, string>> _saved = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _now = new(StringComparer.Ordinal);
    private readonly List<(string Path, int Snapshots)> _gone = [];
    private int _states;

    private EraseStory(string more, string sources) => Repository = new TestRepository(sources, more);

    public TestRepository Repository { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A repository with snapshots of everybody.</summary>
    /// <param name="more">More lines of the policy.</param>
    /// <param name="snapshots">How many.</param>
    /// <param name="sources">Other sources than those with the rules for persons and vouchers.</param>
    public static async Task<EraseStory> BeginAsync(string more = Classes, int snapshots = 2, string? sources = null)
    {
        var story = new EraseStory(more, sources ?? Sources);
        story.Write("readme", "for all");
        foreach (var user in new[] { "anna", "bert", "carl" })
        {
            story.Write($"people/{user}/letter", $"a letter of {user}");
            story.Write($"people/{user}/folder/large", string.Join(' ', Enumerable.Range(0, 5000).Select(i => user + i)));
        }

        await story.Repository.InitAsync();
        for (var i = 0; i < snapshots; i++)
        {
            story.Write("people/anna/letter", $"letter {i} of anna");
            story.Write("people/bert/news", $"news {i} of bert");
            await story.BackupAsync();
        }

        return story;
    }

    public void Write(string path, string text)
    {
        Repository.WriteSource(path, text);
        _now[path] = text;
    }

    /// <summary>Removes what a person has in the source.</summary>
    public void Clean(string user)
    {
        Directory.Delete(Repository.InSource("people/" + user), recursive: true);
        foreach (var path in _now.Keys.Where(path => path.StartsWith($"people/{user}/", StringComparison.Ordinal)).ToList())
        {
            _now.Remove(path);
        }
    }

    public async Task<BackupOutcome> BackupAsync()
    {
        var outcome = await Repository.BackupAsync();
        _saved[outcome.Snapshot!.Value.ToString()] = new Dictionary<string, string>(_now, StringComparer.Ordinal);
        return outcome;
    }

    public Task<EraseStatus> EraseAsync(params string[] subjects) =>
        EraseRun.RunAsync(Repository.Context(), new EraseRequest { Subjects = subjects, Reason = "request" }, Token);

    public Task<IReadOnlyList<EraseStatus>> ResumeAsync() => EraseRun.ResumeAsync(Repository.Context(), dryRun: false, Token);

    /// <summary>From now on no snapshot that exists gives what is below a path.</summary>
    public void Forget(string path) => _gone.Add((path, _saved.Count));

    /// <summary>Snapshots were written anew: they have new ids, in the order of the ledger, and files are other in them.</summary>
    /// <param name="path">The file.</param>
    /// <param name="edit">What is left of a version of it.</param>
    public async Task RewriteAsync(string path, Func<string, string> edit)
    {
        var saved = _saved.Values.ToList();
        _saved.Clear();
        var listed = await SnapshotsRun.ListAsync(Repository.Context(), null, null, new ReadOptions(), Token);
        Assert.Equal(saved.Count, listed.Count);
        foreach (var (item, files) in listed.Zip(saved))
        {
            if (files.TryGetValue(path, out var text))
            {
                files[path] = edit(text);
            }

            _saved.Add(item.Id.ToString(), files);
        }
    }

    /// <summary>Takes a site away, or brings it back.</summary>
    public void Move(string site, bool away)
    {
        var (here, there) = (Repository.SitePath(site), Repository.At("away-" + site));
        Directory.Move(away ? here : there, away ? there : here);
    }

    /// <summary>Asserts that each site alone gives of every snapshot exactly what it must.</summary>
    public async Task MustRestoreAsync(params string[] sites)
    {
        foreach (var site in sites.Length > 0 ? sites : [.. TestRepository.SiteIds])
        {
            var state = $"empty-{++_states}";
            foreach (var (snapshot, saved) in _saved)
            {
                var (outcome, target) = await Repository.RestoreAsync(site, snapshot[..16], state);
                Assert.Empty(outcome.Damage);
                Assert.Empty(outcome.Errors);
                Assert.Equal(Expected(snapshot, saved), Read(target));
                Directory.Delete(target, recursive: true);
            }
        }
    }

    public void Dispose() => Repository.Dispose();

    private string[] Expected(string snapshot, Dictionary<string, string> saved)
    {
        var number = _saved.Keys.ToList().IndexOf(snapshot);
        return [.. saved.Where(file => !_gone.Exists(gone => number < gone.Snapshots && file.Key.StartsWith(gone.Path, StringComparison.Ordinal)))
            .Select(file => $"{file.Key} {file.Value}").Order(StringComparer.Ordinal)];
    }

    private static string[] Read(string target) =>
        [.. Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories)
            .Select(file => $"{Path.GetRelativePath(target, file)} {File.ReadAllText(file)}").Order(StringComparer.Ordinal)];
}
