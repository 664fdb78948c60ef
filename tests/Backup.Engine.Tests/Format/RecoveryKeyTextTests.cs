using System.Text;
using Backup.Engine.Format;
using CsCheck;

namespace Backup.Engine.Tests.Format;

public sealed class RecoveryKeyTextTests
{
    [Fact]
    public void Decode_WhatWasEncoded_IsTheSeed() => FormatGens.Bytes(32).Sample(static seed => Assert.Equal(seed, Decode(Encode(seed))));

    [Fact]
    public void Decode_OtherCaseBlanksAndHyphens_IsTheSeed() => FormatGens.Bytes(32).Sample(static seed =>
    {
        var line = Encoding.ASCII.GetString(Encode(seed));
        Assert.Equal(seed, Decode(Encoding.ASCII.GetBytes(" " + line.ToLowerInvariant().Replace('-', ' ') + "\r\n")));
        Assert.Equal(seed, Decode(Encoding.ASCII.GetBytes(line.Replace("-", "", StringComparison.Ordinal))));
    });

    [Fact]
    public void Decode_AnyLetterMistyped_IsRefused()
    {
        var line = Encode(new byte[32]);
        for (var i = 5; i < line.Length; i++)
        {
            if (line[i] != (byte)'-')
            {
                var altered = (byte[])line.Clone();
                altered[i] = altered[i] == (byte)'Q' ? (byte)'R' : (byte)'Q';
                Assert.Equal(RecoveryKeyFault.WrongCheckValue, RecoveryKeyText.Decode(altered, new byte[32]));
            }
        }
    }

    [Theory]
    [InlineData("", RecoveryKeyFault.WrongPrefix)]
    [InlineData("BKR2-AAAAAA", RecoveryKeyFault.WrongPrefix)]
    [InlineData("BKR1-AAAAAA", RecoveryKeyFault.WrongLength)]
    [InlineData("BKR1-AAA1AA", RecoveryKeyFault.WrongCharacter)]
    [InlineData("BKR1-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAAA-AAAAA", RecoveryKeyFault.WrongLength)]
    public void Decode_Malformed_SaysHow(string line, RecoveryKeyFault fault) =>
        Assert.Equal(fault, RecoveryKeyText.Decode(Encoding.ASCII.GetBytes(line), new byte[32]));

    private static byte[] Encode(byte[] seed)
    {
        var line = new byte[RecoveryKeyText.Length];
        RecoveryKeyText.Encode(seed, line);
        return line;
    }

    private static byte[] Decode(byte[] line)
    {
        var seed = new byte[32];
        Assert.Equal(RecoveryKeyFault.None, RecoveryKeyText.Decode(line, seed));
        return seed;
    }
}
