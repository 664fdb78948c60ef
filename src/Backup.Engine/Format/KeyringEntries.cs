namespace Backup.Engine.Format;

/// <summary>
/// An unlock slot as the keyring knows it: the share of an epoch is encapsulated to this public key, never to one found at a site.
/// </summary>
/// <param name="Id">Hash of the slot's object.</param>
/// <param name="PublicKey">X-Wing, 1,216 bytes.</param>
/// <param name="Kind">How it is opened.</param>
/// <param name="Label">What the operator called it.</param>
/// <param name="Created">Seconds since 1970.</param>
public sealed record KeyringSlot(Hash Id, byte[] PublicKey, SlotKind Kind, string Label, long Created)
{
    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(5);
        writer.Hash(Id);
        writer.Bytes(PublicKey);
        writer.Unsigned((ulong)Kind);
        writer.Text(Label);
        writer.Signed(Created);
    }

    internal static KeyringSlot Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(5);
        var (id, publicKey) = (reader.Hash(), reader.Bytes(SlotRecord.PublicKeySize).ToArray());
        return new KeyringSlot(id, publicKey, (SlotKind)reader.Kind(1, 2), reader.Text(), reader.Signed());
    }
}

/// <summary>A legal duty that blocks an erasure for what it covers.</summary>
/// <param name="Id">Random.</param>
/// <param name="Class">The class it covers; null: every class.</param>
/// <param name="Subject">The subject it covers; null: every subject.</param>
/// <param name="Until">Seconds since 1970.</param>
/// <param name="Reason">For the record.</param>
public sealed record HoldRecord(Id128 Id, string? Class, string? Subject, long Until, string Reason)
{
    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(5);
        writer.Random(Id);
        writer.TextOrNull(Class);
        writer.TextOrNull(Subject);
        writer.Signed(Until);
        writer.Text(Reason);
    }

    internal static HoldRecord Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(5);
        return new HoldRecord(reader.Random(), reader.TextOrNull(), reader.TextOrNull(), reader.Signed(), reader.Text());
    }
}

/// <summary>What is kept but not restorable.</summary>
/// <param name="Id">Random.</param>
/// <param name="Subject">Whose data.</param>
/// <param name="Class">Which class; null: every class.</param>
/// <param name="Since">Seconds since 1970.</param>
public sealed record RestrictionRecord(Id128 Id, string Subject, string? Class, long Since)
{
    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(4);
        writer.Random(Id);
        writer.Text(Subject);
        writer.TextOrNull(Class);
        writer.Signed(Since);
    }

    internal static RestrictionRecord Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(4);
        return new RestrictionRecord(reader.Random(), reader.Text(), reader.TextOrNull(), reader.Signed());
    }
}

/// <summary>A subject whose data must not come back unnoticed.</summary>
/// <param name="SubjectHash">Keyed hash of the subject.</param>
/// <param name="Until">Seconds since 1970.</param>
public sealed record WatchRecord(Hash SubjectHash, long Until)
{
    internal void Write(ref CborSpanWriter writer)
    {
        writer.BeginArray(2);
        writer.Hash(SubjectHash);
        writer.Signed(Until);
    }

    internal static WatchRecord Read(ref CborSpanReader reader)
    {
        reader.BeginTuple(2);
        return new WatchRecord(reader.Hash(), reader.Signed());
    }
}
