using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;

namespace Backup.Engine.Posix;

/// <summary>
/// The users and groups of this machine, from wherever the name service takes them. Each is asked once: the answer may come over a network.
/// Safe for several threads.
/// </summary>
internal sealed unsafe partial class Accounts
{
    private const int OutOfRange = 34;

    // The fields of struct passwd and struct group that are read stand at the same places: name at 0, id at 16.
    private const int RecordSize = 64;

    private readonly ConcurrentDictionary<uint, string?> _users = new();
    private readonly ConcurrentDictionary<uint, string?> _groups = new();
    private readonly ConcurrentDictionary<string, uint?> _userIds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, uint?> _groupIds = new(StringComparer.Ordinal);

    /// <returns>Null for an id that nobody has.</returns>
    public string? UserName(uint id) => _users.GetOrAdd(id, static key =>
        Ask((record, buffer, size, found) => getpwuid_r(key, record, buffer, size, found), ReadName));

    /// <returns>Null for an id that no group has.</returns>
    public string? GroupName(uint id) => _groups.GetOrAdd(id, static key =>
        Ask((record, buffer, size, found) => getgrgid_r(key, record, buffer, size, found), ReadName));

    /// <returns>Null for a name that nobody has.</returns>
    public uint? UserId(string name) => _userIds.GetOrAdd(name, static key =>
        Ask((record, buffer, size, found) => getpwnam_r(key, record, buffer, size, found), ReadId));

    /// <returns>Null for a name that no group has.</returns>
    public uint? GroupId(string name) => _groupIds.GetOrAdd(name, static key =>
        Ask((record, buffer, size, found) => getgrnam_r(key, record, buffer, size, found), ReadId));

    private delegate int Question(byte* record, byte* buffer, nuint size, byte** found);

    private delegate T Answer<T>(byte* record);

    private static string? ReadName(byte* record)
    {
        var bytes = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*(byte**)record);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }

    private static uint? ReadId(byte* record) => *(uint*)(record + 16);

    private static T? Ask<T>(Question question, Answer<T> answer)
    {
        var record = stackalloc byte[RecordSize];
        for (var size = 4096; ; size *= 4)
        {
            var buffer = new byte[size];
            fixed (byte* start = buffer)
            {
                byte* found = null;
                var error = question(record, start, (nuint)size, &found);
                if (error == OutOfRange && size < 16 << 20) continue;
                return error == 0 && found is not null ? answer(found) : default;
            }
        }
    }

    [LibraryImport("libc")]
    private static partial int getpwuid_r(uint id, byte* record, byte* buffer, nuint size, byte** found);

    [LibraryImport("libc")]
    private static partial int getgrgid_r(uint id, byte* record, byte* buffer, nuint size, byte** found);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getpwnam_r(string name, byte* record, byte* buffer, nuint size, byte** found);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getgrnam_r(string name, byte* record, byte* buffer, nuint size, byte** found);
}
