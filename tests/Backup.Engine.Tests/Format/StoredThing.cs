using System.Text.Json;
using Backup.Engine.Format;
using CsCheck;

namespace Backup.Engine.Tests.Format;

/// <summary>A stored thing with its two directions, so that one test can hold for all.</summary>
public sealed class StoredThing
{
    private static readonly JsonSerializerOptions WithFields = new() { IncludeFields = true };

    private static readonly Gen<RepositoryRecord> SignedRepositories =
        FormatGens.Repositories.Select(static body => new RepositoryRecord(body.Encode(), new byte[64]));

    private static readonly Gen<LedgerEntry> LedgerEntries =
        FormatGens.Bodies.Select(static body => new LedgerEntry(body.Encode(), new byte[64], [1, 2, 3]));

    private readonly string _name;
    private readonly Func<byte[], object> _decode;
    private readonly Func<object, byte[]> _encode;

    private StoredThing(string name, Gen<object> things, Func<object, byte[]> encode, Func<byte[], object> decode)
    {
        _name = name;
        Things = things;
        _encode = encode;
        _decode = decode;
    }

    public static TheoryData<StoredThing> All =>
    [
        Of(FormatGens.Slots, static x => x.Encode(), static x => SlotRecord.Decode(x)),
        Of(FormatGens.EpochSecrets, static x => x.Encode(), static x => EpochSecretRecord.Decode(x)),
        Of(FormatGens.EpochShares, static x => x.Encode(), static x => EpochShareRecord.Decode(x)),
        Of(FormatGens.Repositories, static x => x.Encode(), static x => RepositoryBody.Decode(x)),
        Of(SignedRepositories, static x => x.Encode(), static x => RepositoryRecord.Decode(x)),
        Of(FormatGens.Roots, static x => x.Encode(), static x => KeyringRoot.Decode(x)),
        Of(FormatGens.Shards, static x => x.Encode(), static x => KeyringShard.Decode(x)),
        Of(FormatGens.Footers, static x => x.Encode(), static x => MemberFooter.Decode(x)),
        Of(FormatGens.Tables, static x => x.Encode(), static x => MemberTable.Decode(x)),
        Of(FormatGens.Indexes, static x => x.Encode(), static x => IndexRecord.Decode(x)),
        Of(FormatGens.Inventories, static x => x.Encode(), static x => InventoryRecord.Decode(x)),
        Of(FormatGens.Snapshots, static x => x.Encode(), static x => SnapshotRecord.Decode(x)),
        Of(TreeGens.Pages, static x => x.Encode(), static x => TreePage.Decode(x)),
        Of(FormatGens.Payloads, static x => x.Encode(), static x => LedgerPayload.Decode(x)),
        Of(FormatGens.Bodies, static x => x.Encode(), static x => LedgerBody.Decode(x)),
        Of(LedgerEntries, static x => x.Encode(), static x => LedgerEntry.Decode(x)),
        Of(FormatGens.Journals, static x => x.Encode(), static x => JournalRecord.Decode(x)),
    ];

    internal Gen<object> Things { get; }

    /// <summary>Everything in it as text, for comparison.</summary>
    public static string Describe(object thing) => JsonSerializer.Serialize(thing, thing.GetType(), WithFields);

    public byte[] Encode(object thing) => _encode(thing);

    public object Decode(byte[] text) => _decode(text);

    public override string ToString() => _name;

    private static StoredThing Of<T>(Gen<T> things, Func<T, byte[]> encode, Func<byte[], T> decode)
        where T : class =>
        new(typeof(T).Name, things.Select(static thing => (object)thing), thing => encode((T)thing), decode);
}
