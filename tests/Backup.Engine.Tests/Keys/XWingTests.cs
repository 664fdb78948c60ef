using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Keys;

namespace Backup.Engine.Tests.Keys;

public sealed class XWingTests
{
    /// <summary>
    /// draft-connolly-cfrg-xwing-kem, appendix C, the first two test vectors; public key and ciphertext by their SHA-256.
    /// </summary>
    [Theory]
    [InlineData(
        "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
        "3cb1eea988004b93103cfb0aeefd2a686e01fa4a58e8a3639ca8a1e3f9ae57e235b8cc873c23dc62b8d260169afa2f75ab916a58d974918835d25e6a435085b2",
        "2e816deebcd76c5c80d0cd2d174478871658e8e2ff42bc9d4a6e486372e856bb",
        "17cd532d657e44c897ca6583e548a5424fc70bf54f99515a4d2bcf99e3469f33",
        "d2df0522128f09dd8e2c92b1e905c793d8f57a54c3da25861f10bf4ca613e384")]
    [InlineData(
        "badfd6dfaac359a5efbb7bcc4b59d538df9a04302e10c8bc1cbf1a0b3a5120ea",
        "17cda7cfad765f5623474d368ccca8af0007cd9f5e4c849f167a580b14aabdefaee7eef47cb0fca9767be1fda69419dfb927e9df07348b196691abaeb580b32d",
        "c42ba5f8430d7d2c83739338203819f090e8303ce9c8b02107c272bfa5376916",
        "1661ea86d608a1924ba30840cb0a65f13ae051e3aec9cf0f064efc0bc92f2154",
        "f2e86241c64d60f6649fbc6c5b7d17180b780a3f34355e64a85749949c45f150")]
    public void KnownAnswer_OfTheDraft_IsGiven(string seed, string coins, string publicKeyHash, string ciphertextHash, string sharedSecret)
    {
        var publicKey = XWing.PublicKey(Convert.FromHexString(seed));
        Assert.Equal(publicKeyHash, Convert.ToHexStringLower(SHA256.HashData(publicKey)));
        var secret = new byte[XWing.SharedSecretSize];
        var ciphertext = XWing.Encapsulate(publicKey, Convert.FromHexString(coins), secret);
        Assert.Equal(ciphertextHash, Convert.ToHexStringLower(SHA256.HashData(ciphertext)));
        Assert.Equal(sharedSecret, Convert.ToHexStringLower(secret));
        var opened = new byte[XWing.SharedSecretSize];
        XWing.Decapsulate(Convert.FromHexString(seed), ciphertext, opened);
        Assert.Equal(secret, opened);
    }

    [Fact]
    public void Decapsulate_WhatWasEncapsulated_IsTheSecret()
    {
        for (var i = 0; i < 20; i++)
        {
            var seed = RandomNumberGenerator.GetBytes(XWing.SeedSize);
            var (sent, received, stranger) = (new byte[32], new byte[32], new byte[32]);
            var ciphertext = XWing.Encapsulate(XWing.PublicKey(seed), sent);
            XWing.Decapsulate(seed, ciphertext, received);
            Assert.Equal(sent, received);
            XWing.Decapsulate(RandomNumberGenerator.GetBytes(XWing.SeedSize), ciphertext, stranger);
            Assert.NotEqual(sent, stranger);
        }
    }

    [Fact]
    public void Encapsulate_Twice_SharesNothing()
    {
        var publicKey = XWing.PublicKey(new byte[XWing.SeedSize]);
        var (one, two) = (new byte[32], new byte[32]);
        Assert.NotEqual(XWing.Encapsulate(publicKey, one), XWing.Encapsulate(publicKey, two));
        Assert.NotEqual(one, two);
    }

    [Fact]
    public void Encapsulate_ToWhatIsNoPublicKey_IsDamaged()
    {
        // 0xFFF is no coefficient of ML-KEM (FIPS 203, section 7.2), and zero is a point of small order.
        var publicKey = XWing.PublicKey(new byte[XWing.SeedSize]);
        byte[] modulus = [0xFF, 0xFF, 0xFF, .. publicKey[3..]];
        byte[] order = [.. publicKey[..1184], .. new byte[32]];
        Assert.Throws<DamagedException>(() => XWing.Encapsulate(modulus, new byte[32]));
        Assert.Throws<DamagedException>(() => XWing.Encapsulate(order, new byte[32]));
    }
}
