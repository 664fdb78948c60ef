using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>Repositories in which there is something to free.</summary>
internal static class GcStory
{
    /// <summary>Six nights in which a part of larger data changed, three of them forgotten: whole packs and parts of packs are needed by nobody.</summary>
    public static async Task<TestRepository> ForgottenAsync(string more = "")
    {
        var repository = new TestRepository("  - { id: data, kind: files, roots: [ '{source}' ], class: short }", "classes: { short: { keep: { daily: 2 } } }\n" + more);
        await repository.InitAsync();
        repository.Clock.Advance(TimeSpan.FromDays(-6));
        for (var night = 0; night < 6; night++)
        {
            for (var file = 0; file < 12; file++)
            {
                if (night == 0 || file % 6 == night)
                {
                    repository.WriteSource($"folder-{file % 3}/file-{file}", Noise(200_000, (100 * night) + file));
                }
            }

            repository.WriteSource("of-the-night", Noise(400_000, night + 1_000));
            await repository.BackupAsync();
            repository.Clock.Advance(TimeSpan.FromDays(1));
        }

        await ForgetRunTests.ForgetAsync(repository);
        return repository;
    }

    /// <summary>Nights that each bring a little to each of five persons.</summary>
    public static async Task<TestRepository> PersonsAsync(int nights)
    {
        var repository = new TestRepository("  - { id: data, kind: files, roots: [ '{source}' ], subjects: [ { match: '{source}/people/{user}/**', id: 'customer:{user}' } ] }");
        await repository.InitAsync();
        for (var night = 0; night < nights; night++)
        {
            for (var person = 0; person < 5; person++)
            {
                repository.WriteSource($"people/p{person}/night-{night}", Noise(3_000, (night * 10) + person));
            }

            await repository.BackupAsync();
        }

        return repository;
    }

    public static Task<GcOutcome> GcAsync(TestRepository repository) => GcAsync(repository, Share.All);

    public static Task<GcOutcome> GcAsync(TestRepository repository, Share? share, TimeSpan? most = null) =>
        GcRun.RunAsync(repository.Context(), new GcRequest(most, share, DryRun: false), TestContext.Current.CancellationToken);

    /// <summary>By the clocks of the sites everything that stands there is older by so much.</summary>
    public static void Age(TestRepository repository, TimeSpan time)
    {
        foreach (var site in TestRepository.SiteIds.Where(site => Directory.Exists(repository.SitePath(site))))
        {
            foreach (var file in repository.Objects(site).Select(name => repository.ObjectPath(site, name)))
            {
                File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file) - time);
            }
        }
    }

    /// <summary>The newest snapshot restores from each site alone, on an empty machine, every other from one of them, and every blob at each can be read.</summary>
    public static async Task MustRestoreAsync(TestRepository repository)
    {
        foreach (var site in TestRepository.SiteIds)
        {
            var (outcome, target) = await repository.RestoreAsync(site, state: $"empty-{site}-{Guid.NewGuid():N}");
            Assert.Empty(outcome.Errors);
            Assert.Empty(outcome.Damage);
            repository.AssertRestored(target);
        }

        foreach (var (place, snapshot) in (await ForgetRunTests.ListAsync(repository)).Index())
        {
            var site = TestRepository.SiteIds[place % TestRepository.SiteIds.Count];
            var (older, _) = await repository.RestoreAsync(site, snapshot.ToString()[..16], state: $"empty-{site}-{Guid.NewGuid():N}");
            Assert.Empty(older.Errors);
        }

        var verified = await VerifyRun.RunAsync(repository.Context(), new VerifyRequest(null, Share.All, Share.All, Heal: false, DryRun: true), TestContext.Current.CancellationToken);
        Assert.Empty(verified.Damage);
    }

    public static void SitesMustBeEqual(TestRepository repository) =>
        Assert.All(TestRepository.SiteIds, site => Assert.Equal(repository.Content("a"), repository.Content(site)));

    public static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
