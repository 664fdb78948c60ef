using Backup.Engine.Format;

namespace Backup.Engine.Indexing;

/// <summary>How far an object has come; it only ever goes on. The values are those of the catalog's file.</summary>
internal enum ObjectState : byte
{
    /// <summary>An index tells of it, no inventory does: left by a run that did not finish, or the inventory was not applied yet.</summary>
    Unlisted = 0,

    Live = 1,

    /// <summary>The ledger condemned it: nothing is stored by referring to it, nothing is read from it.</summary>
    Condemned = 2,

    Deleted = 3,
}

/// <summary>Where a member stands. A blob's place in it stands in the member's own footer.</summary>
/// <param name="Member">Its id.</param>
/// <param name="Domain">Whose blobs it holds.</param>
/// <param name="Content">What kinds of blobs it holds.</param>
/// <param name="Pack">The pack it stands in here.</param>
/// <param name="State">How far that pack has come.</param>
/// <param name="Offset">First byte in the pack.</param>
/// <param name="Length">Bytes of the member.</param>
internal sealed record MemberPlace(
    Hash Member, DomainId Domain, MemberContent Content, Hash Pack, ObjectState State, int Offset, int Length);

/// <summary>What is wrong with the copy of an object at one site. The values are those of the catalog's file.</summary>
internal enum CopyFault : byte
{
    /// <summary>The last listing did not show it.</summary>
    Missing = 1,

    /// <summary>The last listing showed another length.</summary>
    WrongLength = 2,

    /// <summary>Its bytes were read and are not its own.</summary>
    Damaged = 3,
}

/// <summary>An object whose copy at a site is no good.</summary>
/// <param name="Class">What it is; none for what no inventory lists: keys, ledger, inventories and <c>repository</c>.</param>
/// <param name="Id">Hash of the bytes it must have.</param>
/// <param name="Fault">What is wrong with it.</param>
internal readonly record struct FaultyCopy(ObjectClass Class, Hash Id, CopyFault Fault);

/// <summary>How many objects, and how long they are together.</summary>
internal readonly record struct ObjectTotal(long Count, long Bytes);
