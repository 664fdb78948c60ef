using System.Globalization;
using System.Text;
using Backup.Engine.Blobs;
using Backup.Engine.Format;
using Backup.Engine.Runs;
using Backup.Engine.Sources;

namespace Backup.Engine.Tests.Runs;

/// <content>What is looked at in between and at the end.</content>
internal sealed partial class ErasureSequences
{
    private readonly Dictionary<string, bool> _erasing = new(StringComparer.Ordinal);

    /// <summary>Everything comes back, and whoever owns the repository then brings it into order: all that must be true then is asserted.</summary>
    public async Task FinishAsync()
    {
        foreach (var city in _cities)
        {
            city.IsAway = false;
        }

        _clock.Advance(TimeSpan.FromMinutes(7));
        using var fate = new RunFate();
        await OwnAsync(fate);
        foreach (var hold in await HoldRun.ListAsync(Context(fate), fate.Token))
        {
            await HoldRun.ReleaseAsync(Context(fate), hold.Id.ToString(), dryRun: false, fate.Token);
        }

        for (var round = 0; round < 3; round++)
        {
            await EraseRun.ResumeAsync(Context(fate), dryRun: false, fate.Token);
            await SyncAsync(fate);
        }

        foreach (var status in await EraseRun.StatusAsync(Context(fate), new ReadOptions(), fate.Token))
        {
            Assert.True(status is { State: null, Level: 3 }, $"request {status.Request} is {status.State}, level {status.Level}: {string.Join("; ", status.NotReached)}");
        }

        await KeysMustBeCurrentAsync(fate);
        foreach (var city in _cities)
        {
            await MustRestoreAsync(city.Id, fate);
        }
    }

    private async Task OwnAsync(RunFate fate)
    {
        try
        {
            await SyncAsync(fate);
        }
        catch (BackupException failure) when (failure.Kind is FailureKind.NotOwner)
        {
            await TakeOverAsync(Context(fate), fate.Token);
            await SyncAsync(fate);
        }
    }

    private Task<SyncOutcome> SyncAsync(RunFate fate) => SyncRun.RunAsync(Context(fate), new SyncRequest(null, null, Rebuild: false, DryRun: false), fate.Token);

    /// <summary>No older epoch stands anywhere, and no pack with a member of an erased domain.</summary>
    private async Task KeysMustBeCurrentAsync(RunFate fate)
    {
        await using var session = await Session.OpenAsync(Context(fate), new ReadOptions(), fate.Token);
        var current = ObjectNames.EpochPrefix + session.Ledger.Epoch.Id + "/";
        using var check = new PackCheck(session.Sealer, session.Keyring, session.Ledger.Erased.ContainsKey);
        foreach (var (city, name, stored) in _cities.SelectMany(static city => city.Content.Select(item => (city.Id, item.Key, item.Value))))
        {
            Assert.False(name.StartsWith(ObjectNames.EpochPrefix, StringComparison.Ordinal) && !name.StartsWith(current, StringComparison.Ordinal), $"{name} stands at {city}, and {current} is current");
            if (name.StartsWith(ObjectNames.PackPrefix, StringComparison.Ordinal) && check.DomainsIn(stored.Bytes).Any(session.Ledger.Erased.ContainsKey))
            {
                Assert.Fail($"{name} at {city} holds something of an erased domain; the catalog says {session.Catalog.Find(Hash.Of(stored.Bytes))}");
            }
        }
    }

    /// <summary>One city alone, on an empty machine: every snapshot that must be there is, and gives everything of everybody but of who was erased.</summary>
    private async Task MustRestoreAsync(string site, RunFate fate)
    {
        var (state, read) = ($"empty-{site}", new ReadOptions(site));
        var found = new HashSet<int>();
        foreach (var item in await SnapshotsRun.ListAsync(Context(fate, state), null, null, read, fate.Token))
        {
            var saved = SavedAs(item);
            found.Add(saved.Number);
            var (outcome, files) = await RestoreAsync(Context(fate, state), item.Id, read, fate.Token);
            Assert.True(outcome.Damage.Count + outcome.Errors.Count == 0, $"snapshot {saved.Number} at {site}: {string.Join("; ", outcome.Damage)} {string.Join("; ", outcome.Errors)}");
            Assert.Empty(_model.Faults(saved, files).Select(fault => $"{site}: {fault}"));
        }

        Assert.Empty(_model.All.Where(saved => saved is { IsCommitted: true, MayBeForgotten: false } && !found.Contains(saved.Number)).Select(saved => $"{site}: snapshot {saved.Number} is lost"));
    }

    /// <summary>Whatever can be read now, by this machine from the cities that are there, shows nobody whose erasure it can know of.</summary>
    private async Task LookAsync(int which)
    {
        using var fate = new RunFate();
        try
        {
            var items = await SnapshotsRun.ListAsync(Context(fate), null, null, new ReadOptions(), fate.Token);
            var visible = VisibleEntries().ToHashSet(StringComparer.Ordinal);
            foreach (var item in items.Count == 0 ? [] : new[] { items[^1], items[which % items.Count] }.Distinct())
            {
                var (_, files) = await RestoreAsync(Context(fate), item.Id, new ReadOptions(), fate.Token);
                Assert.Empty(_model.Faults(SavedAs(item), files, attempt => attempt.Entries.Overlaps(visible), isWhole: false));
            }
        }
        catch (BackupException failure) when (failure.Kind is not (FailureKind.Usage or FailureKind.WrongKey))
        {
            // Not everything can be read from what is there now. That nothing is lost is shown at the end.
            _log.Append(CultureInfo.InvariantCulture, $"; cannot be read: {failure.Message}");
        }
    }

    /// <summary>Where every city is there and every request is done, what comes from now on is touched by no request that was made.</summary>
    private async Task SettleAsync()
    {
        if (IsAllHere && _isNewest && _model.Attempts.Any(static attempt => !attempt.IsSettled))
        {
            using var fate = new RunFate();
            var all = await EraseRun.StatusAsync(Context(fate), new ReadOptions(), fate.Token);
            if (all.All(static status => status is { State: null, Level: 3 }))
            {
                _model.Settle();
            }
        }
    }

    private async Task<(RestoreOutcome Outcome, Dictionary<string, string> Files)> RestoreAsync(RunContext context, Hash snapshot, ReadOptions read, CancellationToken cancellation)
    {
        var target = At($"target-{++_folders}");
        var request = new RestoreRequest
        {
            Snapshot = new SnapshotSelector(snapshot.ToString()[..16], Encoding.UTF8.GetBytes(At("source"))),
            Target = target,
            Overwrite = OverwriteMode.Always,
            Read = read,
        };
        var outcome = await RestoreRun.RunAsync(context, request, cancellation);
        var files = Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(target, file), File.ReadAllText, StringComparer.Ordinal);
        Directory.Delete(target, recursive: true);
        return (outcome, files);
    }

    private SequenceModel.Saved SavedAs(SnapshotItem item) => _model.All.Single(saved => item.Tags.Contains(Tag(saved), StringComparer.Ordinal));

    private IEnumerable<string> VisibleEntries() => LedgerOf(_cities.Where(static city => !city.IsAway)).Select(static item => item.Name);

    /// <summary>The entries anywhere that name domains as erased.</summary>
    private HashSet<string> ErasingEntries() => LedgerOf(_cities).Where(item => IsErasing(item.Name, item.Bytes)).Select(static item => item.Name).ToHashSet(StringComparer.Ordinal);

    private bool IsErasing(string name, Func<byte[]> bytes) =>
        _erasing.TryGetValue(name, out var known) ? known : _erasing[name] = LedgerBody.Decode(LedgerEntry.Decode(bytes()).Body).Erased.Count > 0;

    private IEnumerable<(string Name, Func<byte[]> Bytes)> LedgerOf(IEnumerable<SequenceCity> cities)
    {
        var there = cities.SelectMany(static city => city.Content).Where(static item => item.Key.StartsWith(ObjectNames.LedgerPrefix, StringComparison.Ordinal))
            .Select(static item => (item.Key, (Func<byte[]>)(() => item.Value.Bytes)));
        var folder = At("state/ledger");
        var here = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Select(file => ("ledger/" + Path.GetFileName(file), (Func<byte[]>)(() => File.ReadAllBytes(file)))) : [];
        return there.Concat(here);
    }
}
