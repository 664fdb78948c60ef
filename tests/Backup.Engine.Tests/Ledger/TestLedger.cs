using System.Security.Cryptography;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Tests.Indexing;
using Hash = Backup.Engine.Format.Hash;

namespace Backup.Engine.Tests.Ledger;

/// <summary>An entry as a writer made it.</summary>
internal sealed record TestEntry(string Name, byte[] Bytes, Hash Hash, LedgerBody Body);

/// <summary>A repository of which the tests hold every key; payloads are not sealed.</summary>
internal static class TestLedger
{
    private static readonly byte[] RootSeed = SHA256.HashData("root"u8);

    public static byte[] RootPublicKey { get; } = Signing.PublicKey(RootSeed);

    public static Hash Repository { get; } = Hash.Of(RootPublicKey);

    public static byte[] RepositoryObject { get; } = Signing.SignRepository(RootSeed, 1_700_000_000);

    public static LedgerEpoch Epoch { get; } = EpochOf(1);

    /// <summary>Two owners that may have one number: a term is the same whenever it is asked for.</summary>
    public static TermRecord Term(long number, byte owner = 0) =>
        Signing.SignTerm(RootSeed, Repository, number, SHA256.HashData([owner])[0], Signing.PublicKey(OwnerSeed(owner)));

    public static Owner DrawOwner(long number) => Owner.Draw(RootSeed, Repository, number);

    public static LedgerGraph Graph(params IEnumerable<TestEntry> entries)
    {
        var graph = new LedgerGraph(Repository, RootPublicKey);
        foreach (var entry in entries)
        {
            graph.Add(entry.Name, entry.Bytes);
        }

        return graph;
    }

    public static LedgerEpoch EpochOf(int number) => new(new EpochId(number, (ulong)number), Ids.Hash("root", number), []);

    public static LedgerPayload Open(LedgerNode node) => LedgerPayload.Decode(node.Payload);

    /// <summary>An entry after others.</summary>
    public static TestEntry Entry(
        IReadOnlyCollection<TestEntry> after, Func<LedgerBody, LedgerBody>? with = null, LedgerPayload? payload = null, byte owner = 0)
    {
        var text = (payload ?? new LedgerPayload()).Encode();
        var body = new LedgerBody
        {
            RepositoryId = Repository,
            Sequence = 1 + after.Select(entry => entry.Body.Sequence).DefaultIfEmpty(0).Max(),
            Predecessors = [.. after.Select(entry => entry.Hash).Order()],
            Time = 1_700_000_000,
            Term = Term(1, owner),
            Epoch = Epoch,
            Slots = [],
            Sites = [],
            PayloadHash = Hash.Of(text),
            Kind = LedgerKind.Backup,
        };
        return Sign(with is null ? body : with(body), text, owner);
    }

    public static TestEntry Sign(LedgerBody body, byte[] payload, byte owner = 0) =>
        Named(Signing.SignEntry(OwnerSeed(owner), body, payload), body);

    public static TestEntry Named(LedgerEntry entry, LedgerBody body)
    {
        var bytes = entry.Encode();
        return new TestEntry(ObjectNames.Ledger(body.Sequence, Hash.Of(bytes)), bytes, Hash.Of(bytes), body);
    }

    private static byte[] OwnerSeed(byte owner) => SHA256.HashData([1, owner]);
}
