using System.Formats.Cbor;
using Backup.Engine.Format;
using CsCheck;

namespace Backup.Engine.Tests.Format;

public sealed class StoredThingTests
{
    [Theory]
    [MemberData(nameof(StoredThing.All), MemberType = typeof(StoredThing))]
    public void Decode_WhatWasEncoded_IsTheSame(StoredThing kind) =>
        kind.Things.Sample(
            thing => Assert.Equal(StoredThing.Describe(thing), StoredThing.Describe(kind.Decode(kind.Encode(thing)))),
            iter: 200);

    [Theory]
    [MemberData(nameof(StoredThing.All), MemberType = typeof(StoredThing))]
    public void Encode_Always_IsDeterministicCbor(StoredThing kind) =>
        kind.Things.Sample(
            thing =>
            {
                // The framework's reader checks shortest lengths, definite lengths and ascending keys by itself.
                var reader = new CborReader(kind.Encode(thing), CborConformanceMode.Canonical);
                reader.SkipValue();
                Assert.Equal(0, reader.BytesRemaining);
            },
            iter: 100);

    [Theory]
    [MemberData(nameof(StoredThing.All), MemberType = typeof(StoredThing))]
    public void Decode_TruncatedAnywhere_IsDamaged(StoredThing kind) =>
        kind.Things.Sample(
            thing =>
            {
                var text = kind.Encode(thing);
                for (var length = 0; length < text.Length; length++)
                {
                    Assert.Throws<DamagedException>(() => kind.Decode(text[..length]));
                }
            },
            iter: 3);

    [Theory]
    [MemberData(nameof(StoredThing.All), MemberType = typeof(StoredThing))]
    public void Decode_BytesBehindTheEnd_IsDamaged(StoredThing kind) =>
        kind.Things.Sample(thing => Assert.Throws<DamagedException>(() => kind.Decode([.. kind.Encode(thing), 0])), iter: 10);

    [Theory]
    [MemberData(nameof(StoredThing.All), MemberType = typeof(StoredThing))]
    public void Decode_AlteredBytes_IsRefusedOrAnotherThing(StoredThing kind) =>
        Gen.Select(kind.Things, Gen.Select(Gen.UInt, Gen.Byte).Array[1, 4]).Sample(
            (thing, changes) =>
            {
                var text = kind.Encode(thing);
                foreach (var (at, value) in changes)
                {
                    text[at % (uint)text.Length] = value;
                }

                Assert.True(RefusesOrReads(kind, text, out var refusal), $"{Convert.ToHexString(text)}: {refusal}");
            },
            iter: 3000);

    [Theory]
    [MemberData(nameof(StoredThing.All), MemberType = typeof(StoredThing))]
    public void Decode_AnyBytes_IsRefusedOrAThing(StoredThing kind) =>
        Gen.Byte.Array[0, 60].Sample(
            text => Assert.True(RefusesOrReads(kind, text, out var refusal), $"{Convert.ToHexString(text)}: {refusal}"),
            iter: 2000);

    private static bool RefusesOrReads(StoredThing kind, byte[] text, out Exception? refusal)
    {
        refusal = Record.Exception(() =>
        {
            // What is read at all can be written, and is read as the same again.
            var thing = kind.Decode(text);
            Assert.Equal(StoredThing.Describe(thing), StoredThing.Describe(kind.Decode(kind.Encode(thing))));
        });
        return refusal is null or DamagedException or UnsupportedFormatException;
    }
}
