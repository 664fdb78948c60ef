using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Sites;
using Backup.Engine.Stores;

namespace Backup.Engine.Runs;

/// <summary>
/// Makes a repository at every site of the policy. Everything is drawn first and kept in the state under the passphrase; the recovery key is safe before any
/// site has an object; <c>repository</c> comes last at each site. Run again after a crash it goes on with the same keys.
/// </summary>
public static class InitRun
{
    /// <summary>Makes the repository, or finishes an attempt.</summary>
    /// <exception cref="BackupException">Exit 1: there is one already. Exit 10: no site took it. Exit 11: something else holds a place.</exception>
    public static async Task<InitOutcome> RunAsync(RunContext context, InitRequest request, CancellationToken cancellation)
    {
        var state = StateDirectory.Open(context.StatePath);
        using var held = state.LockRun("init");
        var sites = context.Policy.Sites.Select(config => (Config: config, Site: Make(context, config))).ToList();
        try
        {
            // 1. What is there? Only empty places, and those of an own attempt, may be used.
            using var draft = await DrawAsync(context, state, sites, request, cancellation);
            if (request.DryRun)
            {
                return new InitOutcome(draft.Repository, Outcomes(sites), null);
            }

            TestStop.Reach(TestStop.InitDrawn);

            // 2. The recovery key is durable before the first object is put.
            if (request.RecoveryOut is { } file)
            {
                RecoveryOutput.Write(context, file, draft.RecoverySeed);
                TestStop.Reach(TestStop.InitSheetWritten);
            }

            // 3. Every site: slots, epoch, keyring, ledger entry, and last the object that makes it a repository.
            KeepState(state, draft);
            await Task.WhenAll(sites.Where(static site => site.Site.IsUp).Select(site => PutAsync(site.Site, draft, cancellation)));
            if (!sites.Exists(static site => site.Site.IsUp))
            {
                throw new BackupException(FailureKind.NoRepository, $"No site took the repository ({Reasons(sites)}).", "Make a site reachable and run `backupctl init` again: it goes on with the same keys.");
            }

            // 4. Open it as every later run will, which proves the keys, and name the sites that hold it.
            await using (var session = await Session.OpenForWritingAsync(context, "backup", cancellation))
            {
                await session.WriteEntryAsync(now => LedgerDraft.After(now, LedgerKind.Sites) with { Sites = session.SitesNow(now.Sites) }, cancellation);
                var sheet = request.RecoveryOut is null ? RecoveryOutput.Sheet(context, draft.RecoverySeed, draft.Repository, session.Ledger.Head) : null;
                if (sheet is null)
                {
                    state.DeleteDraft();
                }

                return new InitOutcome(draft.Repository, Outcomes(sites), sheet);
            }
        }
        finally
        {
            foreach (var (_, site) in sites)
            {
                await site.Store.DisposeAsync();
            }
        }
    }

    /// <summary>Called when the sheet has been shown: until then <c>init</c>, run again, shows it once more.</summary>
    public static void Confirm(RunContext context) => StateDirectory.Open(context.StatePath).DeleteDraft();

    private static Site Make(RunContext context, SiteConfig config) =>
        new() { Id = config.Id, City = config.City, Country = config.Country, Store = context.Stores(config) };

    private static async Task<InitDraft> DrawAsync(
        RunContext context, StateDirectory state, List<(SiteConfig Config, Site Site)> sites, InitRequest request, CancellationToken cancellation)
    {
        var source = context.Secret();
        if (source.Kind == PassphraseKind.RecoveryKeyFile)
        {
            throw new BackupException(FailureKind.Usage, "A recovery key cannot begin a repository: `init` draws one itself.", "Unset BACKUP_RECOVERY_KEY_FILE and name a passphrase under `keys:` of the policy.");
        }

        using var passphrase = Unlocker.Read(source);
        var earlier = state.ReadDraft();
        var draft = earlier is null ? null : InitDraft.Open(earlier, passphrase.Span);
        var probes = await Task.WhenAll(sites.Select(site => site.Site.Store.ProbeAsync(cancellation)));
        foreach (var ((config, site), found) in sites.Zip(probes))
        {
            await CheckAsync(context, site, found, draft, cancellation);
            if (site.IsUp && !request.DryRun)
            {
                await CheckSafetyAsync(config, site, found.Presence, cancellation);
            }
        }

        if (draft is null && state.ReadPin() is { } pin)
        {
            throw new BackupException(FailureKind.Failed, $"The state directory belongs to the repository {pin.Repository.ToString()[..16]}… already.", "Use another state directory for a new repository (--state); a lost site is filled by `backupctl sync --to ID --rebuild`.");
        }

        if (draft is null)
        {
            var now = context.Clock.GetUtcNow().ToUnixTimeSeconds();
            draft = InitDraft.Draw(passphrase.Span, [.. sites.Select(site => new SiteRecord(site.Config.Id, site.Config.Kind, site.Config.City, site.Config.Country, SiteState.Awaited, now))], now);
            if (!request.DryRun)
            {
                state.WriteDraft(draft.Seal(passphrase.Span));
            }
        }

        return draft;
    }

    private static async Task CheckSafetyAsync(SiteConfig config, Site site, StorePresence presence, CancellationToken cancellation)
    {
        try
        {
            await Session.RequireSafeAsync(config, site.Store, presence, cancellation);
        }
        catch (StoreException failure)
        {
            site.GoDown(new SiteFailure(failure.Fault, failure.Message));
        }
    }

    private static async Task CheckAsync(RunContext context, Site site, StoreProbe found, InitDraft? draft, CancellationToken cancellation)
    {
        switch (found.Presence)
        {
            case StorePresence.Unreachable:
                site.GoDown(new SiteFailure(
                    found.Failure?.Fault ?? StoreFault.Unreachable, $"{found.Failure?.Message ?? "It does not answer."} It is awaited, and filled by the next run."));
                break;
            case StorePresence.Foreign:
                throw new BackupException(FailureKind.NotOwner, $"The place of site {site} holds other files.", "Choose an empty place for the site.");
            case StorePresence.Unfinished when draft is null:
                throw new BackupException(FailureKind.NotOwner, $"The place of site {site} holds parts of a repository that was not finished here.", "If they are of an attempt of yours that is given up, empty the place; else choose another.");
            case StorePresence.Repository:
                var there = Signing.OpenRepository(await site.Store.GetAsync(ObjectNames.Repository, 1 << 20, cancellation)).RepositoryId;
                if (there != draft?.Repository)
                {
                    throw new BackupException(
                        FailureKind.Failed, $"Site {site} holds a repository already ({there.ToString()[..16]}…).",
                        "To use it from here: `backupctl snapshots` and `restore` work at once, `backupctl takeover` makes this machine its owner. For a new one choose an empty place.");
                }

                break;
        }
    }

    private static void KeepState(StateDirectory state, InitDraft draft)
    {
        var objects = draft.Objects.ToDictionary(static item => item.Name, static item => item.Content, StringComparer.Ordinal);
        var entry = objects.Single(static item => item.Key.StartsWith(ObjectNames.LedgerPrefix, StringComparison.Ordinal));
        state.WriteRepository(objects[ObjectNames.Repository]);
        state.WriteOwner(draft.Owner);
        if (!state.HasEntry(entry.Key))
        {
            state.PutEntry(entry.Key, entry.Value);
        }

        TestStop.Reach(TestStop.InitEntryWritten);
    }

    private static async Task PutAsync(Site site, InitDraft draft, CancellationToken cancellation)
    {
        try
        {
            await site.Store.CreateAsync(cancellation);
            var parts = draft.Objects.ToLookup(static item => item.Name == ObjectNames.Repository ? 2 : item.Name.StartsWith(ObjectNames.LedgerPrefix, StringComparison.Ordinal) ? 1 : 0);
            await site.Store.PutManyAsync([.. parts[0].Select(static item => (item.Name, (ReadOnlyMemory<byte>)item.Content))], cancellation);
            TestStop.Reach(TestStop.InitKeysPut);
            await site.Store.PutManyAsync([.. parts[1].Select(static item => (item.Name, (ReadOnlyMemory<byte>)item.Content))], cancellation);
            TestStop.Reach(TestStop.InitEntryPut);
            var repository = parts[2].Single().Content;
            if (!await site.Store.PutAsync(ObjectNames.Repository, repository, cancellation)
                && !(await site.Store.GetAsync(ObjectNames.Repository, 1 << 20, cancellation)).AsSpan().SequenceEqual(repository))
            {
                site.GoDown(new SiteFailure(StoreFault.Denied, "another repository was put there meanwhile"));
            }

            TestStop.Reach(TestStop.InitRepositoryPut);
        }
        catch (StoreException failure)
        {
            site.GoDown(new SiteFailure(failure.Fault, failure.Message));
        }
    }

    private static IReadOnlyList<SiteOutcome> Outcomes(List<(SiteConfig Config, Site Site)> sites) =>
        [.. sites.Select(static site => new SiteOutcome(site.Config.Id, site.Config.City, site.Config.Country, site.Site.IsUp ? SiteRunState.Complete : SiteRunState.Failed, site.Site.Failure?.Reason))];

    private static string Reasons(List<(SiteConfig Config, Site Site)> sites) => string.Join("; ", sites.Select(static site => $"{site.Config.Id}: {site.Site.Failure?.Reason}"));
}
