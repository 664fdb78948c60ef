using Backup.Engine.Format;
using Backup.Engine.Sealing;
using CsCheck;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Sealing;

public sealed class SealerTests
{
    private static readonly Hash Repository = Hash.Of("a repository"u8);
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)];
    private static readonly byte[] OtherKey = [.. Enumerable.Range(1, 32).Select(static i => (byte)i)];
    private readonly Sealer _sealer = new(Repository);

    public static TheoryData<ObjectType> SingleFrameTypes =>
        [.. Enum.GetValues<ObjectType>().Where(static type => type is not ObjectType.Member)];

    [Theory]
    [MemberData(nameof(SingleFrameTypes))]
    public void Open_WhatWasSealed_IsTheText(ObjectType type) =>
        Gen.Byte.Array[0, 3000].Sample(text => _sealer.Open(type, Key, _sealer.Seal(type, Key, text)).SequenceEqual(text), iter: 50);

    [Theory]
    [InlineData(ObjectType.KeyringRoot)]
    [InlineData(ObjectType.Index)]
    public void Open_AnyByteFlipped_IsRefused(ObjectType type)
    {
        var whole = _sealer.Seal(type, Key, "some text"u8);
        for (var i = 0; i < whole.Length; i++)
        {
            var altered = (byte[])whole.Clone();
            altered[i] ^= 0x40;
            Assert.True(Refuses(() => _sealer.Open(type, Key, altered)), $"byte {i}");
        }
    }

    [Fact]
    public void Open_AnyTruncation_IsDamaged()
    {
        var whole = _sealer.Seal(ObjectType.Snapshot, Key, "some text"u8);
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<DamagedException>(() => _sealer.Open(ObjectType.Snapshot, Key, whole.AsSpan(0, length)));
        }

        Assert.Throws<DamagedException>(() => _sealer.Open(ObjectType.Snapshot, Key, [.. whole, 0]));
    }

    [Fact]
    public void Open_OtherKey_IsWrongKey() =>
        Assert.Equal(
            FailureKind.WrongKey,
            Assert.Throws<WrongKeyException>(
                () => _sealer.Open(ObjectType.Index, OtherKey, _sealer.Seal(ObjectType.Index, Key, "x"u8))).Kind);

    [Fact]
    public void Open_OfAnotherRepository_IsWrongKey() =>
        Assert.Throws<WrongKeyException>(
            () => new Sealer(Hash.Of("another"u8)).Open(ObjectType.Index, Key, _sealer.Seal(ObjectType.Index, Key, "x"u8)));

    [Fact]
    public void Open_AsAnotherType_IsDamaged() =>
        Assert.Throws<DamagedException>(() => _sealer.Open(ObjectType.Snapshot, Key, _sealer.Seal(ObjectType.Index, Key, "x"u8)));

    [Fact]
    public void Open_UnknownSuiteOrFeature_IsUnsupported()
    {
        foreach (var at in new[] { 5, 6, 7 })
        {
            var whole = _sealer.Seal(ObjectType.Index, Key, "x"u8);
            whole[at]++;
            Assert.Throws<UnsupportedFormatException>(() => _sealer.Open(ObjectType.Index, Key, whole));
        }
    }

    [Fact]
    public void Seal_PaddedType_HasPadmeLength() =>
        Gen.Int[0, 100_000].Sample(
            length => Padme.Length(Sealer.Overhead + length) == _sealer.Seal(ObjectType.Index, Key, new byte[length]).Length,
            iter: 50);

    [Fact]
    public void Seal_WithBytesAround_WholeHasPadmeLength() =>
        Gen.Select(Gen.Int[0, 10_000], Gen.Long[0, 30_000_000]).Sample(
            (length, around) =>
            {
                var whole = around + _sealer.Seal(ObjectType.MemberTable, Key, new byte[length], around).Length;
                return whole == Padme.Length(around + Sealer.Overhead + length) && whole == Padme.Length(whole);
            },
            iter: 50);

    [Theory]
    [InlineData(ObjectType.SlotSeed)]
    [InlineData(ObjectType.EpochShare)]
    public void Seal_UnpaddedType_AddsOverheadOnly(ObjectType type) =>
        Assert.Equal(Sealer.Overhead + 1000, _sealer.Seal(type, Key, new byte[1000]).Length);

    [Fact]
    public void Seal_SameTextAgain_SharesNothing()
    {
        var salts = new HashSet<Hash>();
        var commitments = new HashSet<Hash>();
        for (var i = 0; i < 2000; i++)
        {
            var whole = _sealer.Seal(ObjectType.Snapshot, Key, "the same"u8);
            Assert.True(salts.Add(Hash.Read(whole.AsSpan(8))));
            Assert.True(commitments.Add(Hash.Read(whole.AsSpan(40))));
        }
    }

    [Fact]
    public void Seal_Member_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => _sealer.Seal(ObjectType.Member, Key, []));

    private static bool Refuses(Action open) =>
        Record.Exception(open) is DamagedException or UnsupportedFormatException or WrongKeyException;
}
