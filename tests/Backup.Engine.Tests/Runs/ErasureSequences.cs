using System.Collections.Immutable;
using System.Text;
using Backup.Engine.Policies;
using Backup.Engine.Runs;
using Backup.Engine.Sources;
using Backup.Engine.Tests.Sources;
using Backup.Engine.Stores;
using Backup.Engine.Tests.Policies;

namespace Backup.Engine.Tests.Runs;

/// <summary>
/// A machine, three cities in memory and four persons, to which anything may happen, step by step; <see cref="SequenceModel"/> knows what must be true then.
/// A city's old image is only put back while another city holds everything that stands here: what only one city had would be lost with any program.
/// </summary>
internal sealed partial class ErasureSequences : IDisposable
{
    private const string PolicyText = """
        version: 1
        tenant: example
        sites:
          - { id: a, kind: local, path: '{base}/a', city: Unna, country: DE }
          - { id: b, kind: local, path: '{base}/b', city: Nürnberg, country: DE }
          - { id: c, kind: local, path: '{base}/c', city: Falkenstein, country: DE }
        placement: { cities: 2 }
        classes:
          mail: { keep: { last: 3 } }
        gc: { grace: 0s, max_delete: 100% }
        erasure: { per_day: 100000 }
        sources:
          - id: data
            kind: files
            roots: [ '{base}/source' ]
            class: mail
            subjects:
              - { match: '{base}/source/people/{user}/**', id: 'customer:{user}' }

        """;

    private static readonly Lazy<Task<Template>> First = new(Template.MakeAsync);

    private readonly string _base = Directory.CreateDirectory(Path.Join(Shelf, $"backup-sequence-{Guid.NewGuid():N}")).FullName;
    private readonly SequenceModel _model = new();
    private readonly TestClock _clock = new();
    private readonly IReadOnlyList<SequenceCity> _cities;
    private readonly List<string> _machines = [];
    private readonly Dictionary<string, List<ImmutableDictionary<string, SequenceCity.StoredObject>>> _images = CityIds.ToDictionary(static id => id, static _ => new List<ImmutableDictionary<string, SequenceCity.StoredObject>>(), StringComparer.Ordinal);
    private readonly StringBuilder _log = new();
    private Tenant? _policy;
    private int _folders;

    /// <summary>False since an old image of the machine was put back, until it has seen every city.</summary>
    private bool _isNewest = true;

    private ErasureSequences()
    {
        _cities = [.. CityIds.Select(id => new SequenceCity(id, _clock))];
        Directory.CreateDirectory(At("source"));
    }

    public static IReadOnlyList<string> CityIds { get; } = ["a", "b", "c"];

    public static IReadOnlyList<string> Persons { get; } = ["anna", "bert", "carl", "dora"];

    /// <summary>What happened, for whoever reads a failure.</summary>
    public string Log => _log.ToString();

    /// <summary>In memory, if that is there: nothing here has to outlive a power cut.</summary>
    private static string Shelf => Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    private bool IsAllHere => _cities.All(static city => !city.IsAway);

    /// <summary>A repository in which each person has something, and that all cities have.</summary>
    public static async Task<ErasureSequences> BeginAsync()
    {
        var template = await First.Value;
        var sequences = new ErasureSequences();
        Copy(template.Folder, sequences._base);
        foreach (var (city, content) in sequences._cities.Zip(template.Cities))
        {
            city.Content = content;
        }

        sequences.Write("readme", "for all");
        foreach (var person in Persons)
        {
            sequences.Write($"people/{person}/file-0", $"first of {person} ");
            sequences.Write($"people/{person}/folder/file-1", $"second of {person} ");
        }

        // Of everything there is an image: a machine and cities that are put back to the beginning.
        foreach (var kind in new[] { StepKind.Backup, StepKind.KeepMachine, StepKind.KeepCity })
        {
            for (var who = 0; who < (kind == StepKind.KeepCity ? CityIds.Count : 1); who++)
            {
                await sequences.RunAsync(new SequenceStep(kind, who, 1));
            }
        }

        return sequences;
    }

    public void Dispose() => Directory.Delete(_base, recursive: true);

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Join(to, Path.GetRelativePath(from, folder)));
        }

        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Join(to, Path.GetRelativePath(from, file)));
        }
    }

    private string At(string name) => Path.Join(_base, name);

    private void Write(string path, string text)
    {
        text += new string((char)('a' + (_model.All.Count % 26)), 40) + string.Concat(Enumerable.Range(0, 200).Select(i => $" {path} {_model.All.Count} {i}"));
        var file = Path.Join(At("source"), path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        _model.Now[path] = text;
    }

    private void Leave(string person)
    {
        if (Directory.Exists(At("source/people/" + person)))
        {
            Directory.Delete(At("source/people/" + person), recursive: true);
        }

        foreach (var path in _model.Now.Keys.Where(path => SequenceModel.PersonOf(path) == person).ToList())
        {
            _model.Now.Remove(path);
        }
    }

    /// <summary>What a run works with.</summary>
    /// <param name="fate">When it dies.</param>
    /// <param name="state">Another state directory than the machine's.</param>
    private RunContext Context(RunFate fate, string state = "state") => ContextOf(
        (_policy ??= PolicyOf(_base)) with { State = At(state) }, _base, _clock, site => _cities.Single(city => city.Id == site).Open(fate));

    private static Tenant PolicyOf(string folder) => PolicyTexts.Read(PolicyText.Replace("{base}", folder, StringComparison.Ordinal), Path.Join(folder, "state")).Tenants[0];

    private static RunContext ContextOf(Tenant policy, string folder, TimeProvider clock, Func<string, IObjectStore> stores)
    {
        var recovery = Path.Join(folder, "recovery");
        var secret = File.Exists(recovery)
            ? new PassphraseSource(PassphraseKind.RecoveryKeyFile, recovery, [], -1, "test")
            : new PassphraseSource(PassphraseKind.File, Path.Join(folder, "passphrase"), [], -1, "test");
        return new RunContext
        {
            Policy = policy,
            Secret = () => secret,
            Stores = site => stores(site.Id),
            Sources = static (source, places) => new FileSource(
                new FileSourceOptions { Roots = [.. ((FilesSourceConfig)source).Roots.Select(Encoding.UTF8.GetBytes)], Protected = places }),
            OwnPlaces = RunContext.PlacesOf([policy], [Path.Join(folder, "passphrase")]),
            ProgramVersion = "test",
            Progress = new NoProgress(),
            Clock = clock,
        };
    }

    /// <summary>A repository without a snapshot, made once: deriving a key from a passphrase takes longer than a whole sequence.</summary>
    /// <param name="Folder">State and recovery key.</param>
    /// <param name="Cities">In the order of <see cref="CityIds"/>.</param>
    private sealed record Template(string Folder, IReadOnlyList<ImmutableDictionary<string, SequenceCity.StoredObject>> Cities)
    {
        public static async Task<Template> MakeAsync()
        {
            var folder = Directory.CreateTempSubdirectory("backup-sequences-").FullName;
            await File.WriteAllTextAsync(Path.Join(folder, "passphrase"), "correct horse battery staple\n");
            TreeFixture.Run("chmod", ["600", Path.Join(folder, "passphrase")]);
            using var fate = new RunFate();
            var cities = CityIds.Select(static id => new SequenceCity(id, TimeProvider.System)).ToList();
            var policy = PolicyOf(folder) with { State = Path.Join(folder, "state") };
            var context = ContextOf(policy, folder, TimeProvider.System, site => cities.Single(city => city.Id == site).Open(fate));
            await InitRun.RunAsync(context, new InitRequest(Path.Join(folder, "recovery"), DryRun: false), CancellationToken.None);
            return new Template(folder, [.. cities.Select(static city => city.Content)]);
        }
    }
}
