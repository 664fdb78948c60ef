using Backup.Engine.Format;
using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

public sealed class ReadingRoundTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(33)]
    [InlineData(70)]
    public void Take_AgainAndAgain_MeetsEveryObjectOnceARound(double percent)
    {
        var objects = Objects(100);
        var round = new ReadingRound(default, null);
        var met = new List<string>();
        var taken = round.Take(objects, new Share(percent));
        for (; !taken.EndsRound; taken = round.Take(objects, new Share(percent)))
        {
            met.AddRange(taken.Objects.Select(static item => item.Name));
            round = round with { ReadTo = taken.ReadTo };
        }

        Assert.Equal(met.Count, met.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(100, met.Concat(taken.Objects.Select(static item => item.Name)).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Take_AllOrNothing_IsThat()
    {
        var anywhere = ReadingRound.Anywhere();

        Assert.Equal(100, anywhere.Take(Objects(100), Share.All).Objects.DistinctBy(static item => item.Name, StringComparer.Ordinal).Count());
        Assert.Empty(anywhere.Take(Objects(100), Share.None).Objects);
        Assert.Empty(anywhere.Take([], Share.All).Objects);
    }

    [Fact]
    public void Parse_WhatWasWritten_IsTheSame()
    {
        foreach (var round in new[] { new ReadingRound(Hash.Of([1]), null), new ReadingRound(default, Hash.Of([2])) })
        {
            Assert.Equal(round, ReadingRound.Parse(round.ToString()));
        }

        Assert.Null(ReadingRound.Parse("somewhere"));
    }

    private static List<RequiredObject> Objects(int count) =>
        [.. Enumerable.Range(0, count).Select(static i => new RequiredObject($"packs/{i}", Hash.Of([(byte)i]), 1000 + (37 * i % 500), ObjectKind.Pack))];
}
