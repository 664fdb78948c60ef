using System.Runtime.Versioning;
using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Ledger;
using Backup.Engine.Sealing;
using Backup.Engine.Tests.Indexing;
using Backup.Engine.Tests.Posix;

namespace Backup.Engine.Tests.Ledger;

[SupportedOSPlatform("linux")]
public sealed class StateDirectoryTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly StateDirectory _state;

    public StateDirectoryTests() => _state = StateDirectory.Open(_scratch["a/state"]);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Open_FoldersOfAnyMode_AreForTheOwnerOnly()
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Directory.CreateDirectory(_scratch["wide"], OwnerOnly | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

        _ = StateDirectory.Open(_scratch["wide"]);

        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_scratch["wide"]));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_state.Path));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(_state.SpoolPath));
    }

    [Fact]
    public void EveryFile_NothingThereYet_IsNull()
    {
        Assert.Null(_state.ReadPin());
        Assert.Null(_state.ReadOwner());
        Assert.Null(_state.ReadDraft());
        Assert.Null(_state.ReadRepository());
        Assert.Null(_state.ReadEntry("ledger/none"));
        Assert.Null(_state.ReadObject(Ids.Pack(1)));
        Assert.Null(_state.Trees.Read(Ids.Member(1)));
        Assert.Empty(_state.EntryNames());
    }

    [Fact]
    public void WritePin_Again_IsReplacedAndReadable()
    {
        _state.WritePin(new LedgerPin(Ids.Repository, 1, Ids.Hash("head", 1)));
        _state.WritePin(new LedgerPin(Ids.Repository, 12, Ids.Hash("head", 2)));

        Assert.Equal(new LedgerPin(Ids.Repository, 12, Ids.Hash("head", 2)), StateDirectory.Open(_state.Path).ReadPin());
        Assert.Equal(
            $"repository {Ids.Repository}\nhead ledger/0000000012-{Ids.Hash("head", 2)}\n",
            File.ReadAllText(_scratch["a/state/pin"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("repository 00\nhead x\n")]
    [InlineData("head ledger/0000000012-0000000000000000000000000000000000000000000000000000000000000000\n")]
    public void ReadPin_Damaged_SaysWhatToDo(string text)
    {
        File.WriteAllText(_scratch["a/state/pin"], text);

        var failure = Assert.Throws<BackupException>(_state.ReadPin);

        Assert.Equal(FailureKind.Damage, failure.Kind);
        Assert.NotNull(failure.Remedy);
    }

    [Fact]
    public void SaveEntries_OneThereDamaged_IsReplaced()
    {
        _state.PutEntry("ledger/a", "damaged"u8);
        _state.PutEntry("ledger/b", "sound"u8);

        _state.SaveEntries([("ledger/a", Bytes("whole")), ("ledger/c", Bytes("new"))]);

        Assert.Equal("ledger/a ledger/b ledger/c", string.Join(' ', _state.EntryNames().Order(StringComparer.Ordinal)));
        Assert.Equal(Bytes("whole"), _state.ReadEntry("ledger/a"));
        Assert.Equal(Bytes("new"), _state.ReadEntry("ledger/c"));
        Assert.True(_state.HasEntry("ledger/b"));
        Assert.False(_state.HasEntry("ledger/d"));
    }

    [Fact]
    public void Draft_WrittenReplacedDeleted_IsGone()
    {
        _state.WriteDraft("one"u8);
        _state.WriteDraft("two"u8);
        Assert.Equal(Bytes("two"), _state.ReadDraft());

        _state.DeleteDraft();
        _state.DeleteDraft();
        Assert.Null(_state.ReadDraft());
    }

    [Fact]
    public void ReadObject_Damaged_IsNotThereAndCanBeSavedAgain()
    {
        var (content, id) = (Bytes("shard"), Hash.Of("shard"u8));
        _state.SaveObjects([content, Bytes("snapshot")]);
        Assert.Equal(content, _state.ReadObject(id));

        File.WriteAllText(_scratch[$"a/state/objects/{id}"], "damaged");
        Assert.Null(_state.ReadObject(id));

        _state.SaveObjects([content]);
        Assert.Equal(content, _state.ReadObject(id));
    }

    [Fact]
    public void PruneObjects_Some_KeepsOnlyThose()
    {
        _state.SaveObjects([Bytes("old keyring"), Bytes("new keyring")]);

        _state.PruneObjects(new HashSet<Hash> { Hash.Of("new keyring"u8) });

        Assert.Null(_state.ReadObject(Hash.Of("old keyring"u8)));
        Assert.NotNull(_state.ReadObject(Hash.Of("new keyring"u8)));
        Assert.Equal($"{Hash.Of("new keyring"u8)}", Path.GetFileName(Assert.Single(Directory.GetFiles(_scratch["a/state/objects"]))));
    }

    [Fact]
    public void LockRun_TwoOfAKind_TheSecondIsToldWhoHasIt()
    {
        using (_state.LockRun("backup"))
        {
            Assert.Null(_state.TryLockRun("backup", out var holder));
            Assert.Equal(Environment.ProcessId, holder.ProcessId);
            Assert.Equal(FailureKind.NotOwner, Assert.Throws<BackupException>(() => _state.LockRun("backup")).Kind);
            using var other = _state.TryLockRun("sync", out _);
            Assert.NotNull(other);
        }

        using var again = _state.LockRun("backup");
    }

    [Fact]
    public async Task LockStep_Free_IsTaken()
    {
        var cancellation = TestContext.Current.CancellationToken;
        (await _state.LockStepAsync("backup", TimeProvider.System, cancellation)).Dispose();
        using var again = await _state.LockStepAsync("gc", TimeProvider.System, cancellation);
        Assert.Null(_state.TryLockRun("state", out _));
    }

    [Fact]
    public void Owner_SealedAndOpened_SignsInTheSameTerm()
    {
        using var keyring = Keyring.Draw();
        var sealer = new Sealer(keyring.RepositoryId);
        using var owner = Owner.Draw(keyring.RootSeed.Span, keyring.RepositoryId, 3);
        Assert.True(Signing.VerifyTerm(owner.Term, keyring.RepositoryId, keyring.RootPublicKey));
        _state.WriteOwner(owner.Seal(sealer, keyring.Keys));

        using var opened = Owner.Open(sealer, keyring.Keys, _state.ReadOwner());

        Assert.Equal(0, opened.Term.CompareTo(owner.Term));
        Assert.Equal(keyring.RepositoryId, opened.Repository);
        Assert.Equal(owner.Term.OwnerPublicKey, opened.Term.OwnerPublicKey);
        var entry = opened.Sign(TestLedger.Entry([]).Body, new LedgerPayload().Encode());
        Assert.True(Signing.VerifyEntry(entry, owner.Term));
        using var another = Keyring.Draw();
        Assert.Throws<WrongKeyException>(() => Owner.Open(new Sealer(keyring.RepositoryId), another.Keys, _state.ReadOwner()));
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
