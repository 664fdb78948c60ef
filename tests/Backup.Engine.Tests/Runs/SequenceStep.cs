using System.Globalization;
using CsCheck;

namespace Backup.Engine.Tests.Runs;

/// <summary>What happens next.</summary>
internal enum StepKind
{
    Change,
    Leave,
    Backup,
    Away,
    Back,
    Erase,
    Hold,
    Release,
    Collect,
    Sync,
    Resume,
    LoseHost,
    TakeOver,
    KeepMachine,
    RollBackMachine,
    KeepCity,
    RollBackCity,
}

/// <summary>What befalls a run in its middle.</summary>
internal enum Trouble
{
    None,

    /// <summary>It dies before a call to a city has done anything.</summary>
    DiesBefore,

    /// <summary>It dies when a call has been done: its answer is lost.</summary>
    DiesAfter,

    /// <summary>A city goes away, and stays away.</summary>
    CityLeaves,
}

/// <summary>One step of a sequence.</summary>
/// <param name="Kind">What.</param>
/// <param name="Who">A person or a city, by number; of a lost host the cities that are there (bits).</param>
/// <param name="Which">A file, an image or a hold, by number.</param>
/// <param name="Trouble">What befalls the run.</param>
/// <param name="Moment">A number that says when.</param>
internal sealed record SequenceStep(StepKind Kind, int Who, int Which, Trouble Trouble = Trouble.None, int Moment = 0)
{
    private static readonly Gen<StepKind> AnyKind = Gen.Frequency(
        (4, Gen.Const(StepKind.Change)), (1, Gen.Const(StepKind.Leave)), (7, Gen.Const(StepKind.Backup)), (3, Gen.Const(StepKind.Away)), (3, Gen.Const(StepKind.Back)),
        (5, Gen.Const(StepKind.Erase)), (2, Gen.Const(StepKind.Hold)), (2, Gen.Const(StepKind.Release)), (2, Gen.Const(StepKind.Collect)), (2, Gen.Const(StepKind.Sync)),
        (2, Gen.Const(StepKind.Resume)), (2, Gen.Const(StepKind.LoseHost)), (1, Gen.Const(StepKind.TakeOver)), (2, Gen.Const(StepKind.KeepMachine)),
        (2, Gen.Const(StepKind.RollBackMachine)), (2, Gen.Const(StepKind.KeepCity)), (2, Gen.Const(StepKind.RollBackCity)));

    private static readonly Gen<Trouble> AnyTrouble = Gen.Frequency(
        (10, Gen.Const(Trouble.None)), (2, Gen.Const(Trouble.DiesBefore)), (2, Gen.Const(Trouble.DiesAfter)), (1, Gen.Const(Trouble.CityLeaves)));

    /// <summary>Sequences of up to 14 steps.</summary>
    public static Gen<SequenceStep[]> Sequences { get; } =
        Gen.Select(AnyKind, Gen.Int[0, 41], Gen.Int[0, 5], AnyTrouble, Gen.Int[0, 1000], static (kind, who, which, trouble, moment) => new SequenceStep(kind, who, which, trouble, moment))
            .Array[3, 14];

    /// <summary>The steps in plain words, one a line.</summary>
    public static string Tell(IEnumerable<SequenceStep> steps) => string.Join('\n', steps.Select(static (step, i) => $"{i + 1,3}. {step}"));

    /// <summary>The call to a city at which it happens, of about as many as such a run makes.</summary>
    public int Call => 1 + (Moment % (Kind switch
    {
        StepKind.Erase => 230,
        StepKind.Collect => 130,
        StepKind.LoseHost or StepKind.TakeOver or StepKind.Backup => 70,
        _ => 50,
    }));

    public override string ToString()
    {
        var (person, city) = (ErasureSequences.Persons[Who % ErasureSequences.Persons.Count], Kind is StepKind.Away or StepKind.Back ? Who.ToString(CultureInfo.InvariantCulture) : ErasureSequences.CityIds[Who % ErasureSequences.CityIds.Count]);
        var text = Kind switch
        {
            StepKind.Change => $"change file {Which % 3} of {(Which % 4 == 3 ? "nobody" : person)}",
            StepKind.Leave => $"remove {person} from the source",
            StepKind.Backup when Which % 2 == 0 => $"change file 0 of {person} and back up",
            StepKind.Away => $"city {city} of those that are there goes away",
            StepKind.Back => $"city {city} of those that are away comes back",
            StepKind.Erase => $"erase {person}",
            StepKind.Hold => $"hold on {person}",
            StepKind.Release => $"release hold {Which}",
            StepKind.Collect => "forget and gc",
            StepKind.LoseHost => $"lose the host, take over with the cities {string.Join(", ", ErasureSequences.CityIds.Where((_, i) => Reaches(i)))}",
            StepKind.KeepMachine => "take an image of the machine",
            StepKind.RollBackMachine => $"put back image {Which} of the machine",
            StepKind.KeepCity => $"take an image of city {city}",
            StepKind.RollBackCity => $"put back image {Which} of city {city}",
            _ => Kind.ToString().ToLowerInvariant(),
        };
        return Trouble switch
        {
            _ when Kind is StepKind.Change or StepKind.Leave or StepKind.Away or StepKind.Back or (>= StepKind.KeepMachine) => text,
            Trouble.DiesBefore => $"{text}; dies before call {Call}",
            Trouble.DiesAfter => $"{text}; dies after call {Call}",
            Trouble.CityLeaves => $"{text}; at call {Call} city {Moment} of those that are there goes away",
            _ => text,
        };
    }

    /// <summary>Of a lost host: whether a city is there then; never none.</summary>
    public bool Reaches(int city) => (((Who % 7) + 1) >> city & 1) == 1;
}
