using System.Text;
using Backup.Cli.Output;

namespace Backup.Cli.Tests;

/// <summary>A process for tests: what it printed can be read afterwards.</summary>
internal sealed class Desk : IDisposable
{
    private readonly MemoryStream _output = new();
    private readonly MemoryStream _error = new();

    public Desk(Settings? settings = null, string directory = "/work")
    {
        Settings = settings ?? new Settings();
        Surroundings = new Surroundings
        {
            Output = _output,
            Error = _error,
            Variable = name => Variables.GetValueOrDefault(name),
            Directory = directory,
            Clock = Clock,
        };
        Printer = new Printer(new TextOutput(_output), new TextOutput(_error), Settings, Surroundings);
    }

    public FakeClock Clock { get; } = new();

    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    public Settings Settings { get; }

    public Surroundings Surroundings { get; }

    public Printer Printer { get; }

    public string Output => Text(_output);

    public string Error => Text(_error);

    public byte[] OutputBytes
    {
        get
        {
            Printer.Flush();
            return _output.ToArray();
        }
    }

    /// <summary>A command line up to where the policy is read.</summary>
    public Task<int> RunAsync(params string[] args) =>
        new Application(Surroundings, new NoComposition()).RunAsync(args, TestContext.Current.CancellationToken);

    /// <summary>A command line from end to end.</summary>
    public Task<int> RunWholeAsync(params string[] args) =>
        new Application(Surroundings, new Composition()).RunAsync(args, TestContext.Current.CancellationToken);

    public void Dispose() => Printer.Dispose();

    private string Text(MemoryStream stream)
    {
        Printer.Flush();
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
