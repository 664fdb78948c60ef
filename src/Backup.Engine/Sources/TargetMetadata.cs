using System.Globalization;
using System.Text;
using Backup.Engine.Format;
using Backup.Engine.Posix;

namespace Backup.Engine.Sources;

/// <summary>Sets owner, attributes, mode and time of what was written, and says for each what could not be set.</summary>
internal sealed class TargetMetadata(bool numericIds, ITargetReport report)
{
    private const uint SetIdBits = 0xC00;

    private readonly Accounts _accounts = new();

    /// <summary>Sets everything an entry says.</summary>
    /// <param name="place">What is open.</param>
    /// <param name="entry">Kind, owner, mode, attributes and time of it.</param>
    /// <param name="path">For the report.</param>
    /// <param name="exact">True for what existed: attributes that the entry does not have are removed.</param>
    public void Apply(OpenPlace place, Entry entry, Func<byte[]> path, bool exact = false)
    {
        // The order matters: a change of owner clears the set-id bits and file capabilities, an ACL changes the mode, and all of them would
        // touch ctime only, but content and children must be complete before the time is set.
        var owned = SetOwner(place, entry, path, exact);
        if (exact) RemoveOthers(place, entry, path);
        foreach (var attribute in entry.Attributes)
        {
            var result = place.SetAttribute(attribute.Name, attribute.Value);
            Check(result, path, () => $"the extended attribute {PathText.Show(attribute.Name)}");
        }

        if (entry.Kind is not EntryKind.SymbolicLink) SetMode(place, entry, path, owned);
        Check(place.SetModified(entry.Modified), path, () => "the time of the last change");
        if (entry.Modified.Seconds is < 0 or > int.MaxValue) CheckTime(place, entry, path);
    }

    /// <summary>Takes away the ACLs that a new file or directory inherited.</summary>
    public static void RemoveInherited(OpenPlace place)
    {
        // Fails where there is none, and that is as good.
        place.RemoveAttribute("system.posix_acl_access"u8);
        place.RemoveAttribute("system.posix_acl_default"u8);
    }

    private static string Show(string? name) => name is null ? "-" : PathText.Show(Encoding.UTF8.GetBytes(name));

    private bool SetOwner(OpenPlace place, Entry entry, Func<byte[]> path, bool exact)
    {
        var user = numericIds || entry.User is null ? entry.UserId : _accounts.UserId(entry.User) ?? entry.UserId;
        var group = numericIds || entry.Group is null ? entry.GroupId : _accounts.GroupId(entry.Group) ?? entry.GroupId;

        // What was just made mostly has the right owner already, and to look costs a tenth of setting it.
        if (!exact && place.Status(out var status) >= 0 && status.UserId == user && status.GroupId == group) return true;
        var result = place.SetOwner(user, group);
        if (result >= 0) return true;

        // Who may not give a file away may still give it to a group of their own.
        if (result == -FileSystemCalls.Errno.NotPermitted) place.SetOwner(FileSystemCalls.Unchanged, group);
        Check(result, path, () => $"the owner {Show(entry.User)}:{Show(entry.Group)} ({user}:{group})");
        return false;
    }

    private void SetMode(OpenPlace place, Entry entry, Func<byte[]> path, bool owned)
    {
        // A program that runs with its owner's rights must not get them from somebody else.
        var mode = owned ? entry.Mode : entry.Mode & ~SetIdBits;
        if (mode != entry.Mode) report.Incomplete(path(), "the setuid and setgid bits: they are not set without the owner");
        Check(place.SetMode(mode), path, () => $"the mode {Convert.ToString(mode, 8)}");
    }

    private void RemoveOthers(OpenPlace place, Entry entry, Func<byte[]> path)
    {
        var result = place.ReadAttributes(out var found);
        Check(result, path, () => "the extended attributes");
        foreach (var (name, _) in found)
        {
            if (IsRestored(name) && entry.Attributes.All(kept => !kept.Name.AsSpan().SequenceEqual(name)))
            {
                Check(place.RemoveAttribute(name), path, () => $"the removal of the extended attribute {PathText.Show(name)}");
            }
        }
    }

    // The others belong to the machine, not to the file: labels of a security module, the inside of an overlay.
    private static bool IsRestored(ReadOnlySpan<byte> name) =>
        name.StartsWith("user."u8) || name.StartsWith("system.posix_acl_"u8) || name.SequenceEqual("security.capability"u8);

    // A file system that keeps no such time takes the nearest one without a word.
    private void CheckTime(OpenPlace place, Entry entry, Func<byte[]> path)
    {
        if (place.Status(out var status) >= 0 && status.Modified != entry.Modified)
        {
            var seconds = entry.Modified.Seconds.ToString(CultureInfo.InvariantCulture);
            report.Incomplete(path(), $"the time of the last change: this file system cannot keep {seconds} s since 1970");
        }
    }

    private void Check(int result, Func<byte[]> path, Func<string> what)
    {
        if (result < 0) report.Incomplete(path(), $"{what()}: {FileSystemCalls.Describe(-result)}");
    }
}

/// <summary>
/// A descriptor whose metadata is set: of an open file or directory, or path-only of a link or node, for which the calls take a path.
/// </summary>
internal readonly struct OpenPlace(int descriptor, bool isPathOnly)
{
    private readonly byte[]? _path = isPathOnly ? ExtendedAttributes.PathTo(descriptor) : null;

    public int Status(out FileStatus status) => FileSystemCalls.Status(descriptor, out status);

    public int SetOwner(uint user, uint group) => FileSystemCalls.ChangeOwner(descriptor, user, group);

    public int SetMode(uint mode) =>
        _path is null ? FileSystemCalls.ChangeMode(descriptor, mode) : FileSystemCalls.ChangeMode(_path, mode);

    public int SetModified(Timestamp modified) => _path is null
        ? FileSystemCalls.SetModified(descriptor, modified.Seconds, modified.Nanoseconds)
        : FileSystemCalls.SetModified(_path, modified.Seconds, modified.Nanoseconds);

    public int SetAttribute(byte[] name, byte[] value) =>
        _path is null ? FileSystemCalls.SetAttribute(descriptor, name, value) : FileSystemCalls.SetAttribute(_path, name, value);

    public int RemoveAttribute(ReadOnlySpan<byte> name) =>
        _path is null ? FileSystemCalls.RemoveAttribute(descriptor, name) : FileSystemCalls.RemoveAttribute(_path, name);

    public int ReadAttributes(out IReadOnlyList<ExtendedAttribute> attributes) =>
        _path is null ? ExtendedAttributes.Read(descriptor, out attributes) : ExtendedAttributes.ReadFollowed(_path, out attributes);
}
