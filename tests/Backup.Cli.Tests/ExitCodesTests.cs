using Backup.Engine;
using CsCheck;

namespace Backup.Cli.Tests;

public sealed class ExitCodesTests
{
    /// <summary>As the contract writes it.</summary>
    private static readonly int[] Contract = [2, 12, 10, 11, 25, 1, 21, 22, 23, 24, 20, 3];

    [Fact]
    public void Verdict_AnyConclusions_TheFirstOfTheContractWins() => Gen.Int[0, Contract.Length - 1].Array[0, 8].Sample(picks =>
    {
        var codes = picks.Select(pick => Contract[pick]).ToArray();
        var expected = Contract.FirstOrDefault(code => codes.Contains(code));
        Assert.Equal(expected, (int)Verdict.Of(codes.Select(code => new Conclusion((ExitCode)code, $"{code}"))).Code);
    });

    [Fact]
    public void And_AnyOrder_GivesTheSameCodeAsAllAtOnce() => Gen.Int[0, Contract.Length - 1].Array[0, 8].Sample(picks =>
    {
        var verdicts = picks.Select(pick => Verdict.Of(new Conclusion((ExitCode)Contract[pick], "x"))).ToArray();
        var forward = verdicts.Aggregate(Verdict.Done, (all, one) => all.And(one));
        var backward = verdicts.Reverse().Aggregate(Verdict.Done, (all, one) => one.And(all));
        Assert.Equal(forward.Code, backward.Code);
        Assert.Equal(Verdict.Of(verdicts.SelectMany(verdict => verdict.Conclusions)).Code, forward.Code);
    });

    [Fact]
    public void And_GoodAndBadNews_KeepsOnlyTheBad()
    {
        var both = Verdict.Of(new Conclusion(ExitCode.Done, "fine")).And(Verdict.Of(new Conclusion(ExitCode.Degraded, "not fine")));
        Assert.Equal("not fine", both.Message);
    }

    [Fact]
    public void Interrupted_WithAnythingElse_Wins() =>
        Assert.Equal(ExitCode.Interrupted, Verdict.Of(new Conclusion(ExitCode.Usage, "a"), new Conclusion(ExitCode.Interrupted, "b")).Code);

    [Fact]
    public void Rank_EveryCode_IsInTheList() =>
        Assert.All(Enum.GetValues<ExitCode>(), code => Assert.True(ExitCodes.Rank(code) >= 0));

    [Theory]
    [InlineData(FailureKind.Failed, 1)]
    [InlineData(FailureKind.Usage, 2)]
    [InlineData(FailureKind.NoRepository, 10)]
    [InlineData(FailureKind.NotOwner, 11)]
    [InlineData(FailureKind.WrongKey, 12)]
    [InlineData(FailureKind.Degraded, 20)]
    [InlineData(FailureKind.Damage, 21)]
    [InlineData(FailureKind.Refused, 25)]
    public void Of_Kind_IsTheCodeOfTheContract(FailureKind kind, int code) => Assert.Equal(code, (int)ExitCodes.Of(kind));

    [Fact]
    public void Of_EveryKind_HasACodeOfItsOwn() =>
        Assert.Equal(Enum.GetValues<FailureKind>().Length, Enum.GetValues<FailureKind>().Select(ExitCodes.Of).Distinct().Count());
}
