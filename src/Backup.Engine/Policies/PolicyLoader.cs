using Backup.Engine.Posix;

namespace Backup.Engine.Policies;

/// <summary>What of the process's surroundings decides which policy and state are used.</summary>
public sealed record PolicyEnvironment
{
    /// <summary>Gives an environment variable, or null.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Absolute: where relative paths of flags and variables begin.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Whether the process may write to /var/lib.</summary>
    public bool IsRoot { get; init; }

    /// <summary>The user's home folder, or null if there is none.</summary>
    public string? Home { get; init; }

    /// <summary>The environment of this process.</summary>
    public static PolicyEnvironment OfProcess() => new()
    {
        Variable = Environment.GetEnvironmentVariable,
        WorkingDirectory = Environment.CurrentDirectory,
        IsRoot = Environment.IsPrivilegedProcess,
        Home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
    };

    /// <summary>A variable that is set and not empty, else null.</summary>
    public string? Get(string name) => Variable(name) is { Length: > 0 } value ? value : null;

    /// <summary>The path of a flag or variable as an absolute one.</summary>
    public string Absolute(string path) => System.IO.Path.GetFullPath(path, WorkingDirectory);
}

/// <summary>Finds the policy, reads it and decides where the state is.</summary>
public static class PolicyLoader
{
    /// <summary>A policy is a page or two; what is longer is another file.</summary>
    public const int LongestBytes = 1 << 20;

    private static readonly string[] DefaultPlaces = ["backup.yaml", "/etc/backup/backup.yaml"];

    /// <summary>
    /// Reads the policy that the flag names, else <c>BACKUP_POLICY</c>, else <c>./backup.yaml</c>, else <c>/etc/backup/backup.yaml</c>. Looks at no other
    /// file, unless it has faults: see <see cref="Policy.CheckFiles"/> and <see cref="Policy.CheckAll"/>.
    /// </summary>
    /// <param name="policyFlag">The value of <c>--policy</c>, or null.</param>
    /// <param name="stateFlag">The value of <c>--state</c>, or null.</param>
    /// <param name="environment">The surroundings.</param>
    /// <param name="judge">Judges what the reader of a policy cannot, if there are faults.</param>
    /// <exception cref="PolicyException">All that is wrong with the policy.</exception>
    /// <exception cref="BackupException"><see cref="FailureKind.Usage"/>: there is no policy, or no place for the state.</exception>
    public static Policy Load(string? policyFlag, string? stateFlag, PolicyEnvironment environment, TermJudge? judge = null)
    {
        var file = policyFlag ?? environment.Get("BACKUP_POLICY") ?? FindDefault(environment);
        var path = environment.Absolute(file);
        var content = ReadFile(file, path);
        var folder = System.IO.Path.GetDirectoryName(path) ?? "/";
        return PolicyReader.Read(content, file, folder, fromPolicy => StateRoot(stateFlag, fromPolicy, environment), judge ?? (static (_, _) => { }));
    }

    /// <summary>The state directory of all tenants: flag, <c>BACKUP_STATE</c>, policy, then the usual place of the user.</summary>
    /// <param name="flag">The value of <c>--state</c>, or null.</param>
    /// <param name="fromPolicy">What the policy says, absolute, or null.</param>
    /// <param name="environment">The surroundings.</param>
    public static string StateRoot(string? flag, string? fromPolicy, PolicyEnvironment environment)
    {
        if ((flag ?? environment.Get("BACKUP_STATE")) is { } named)
        {
            var path = environment.Absolute(named).TrimEnd('/');
            return path.Length > 0 ? path : "/";
        }

        if (fromPolicy is not null || environment.IsRoot)
        {
            return fromPolicy ?? "/var/lib/backup";
        }

        // The XDG base directory specification: a relative path there is invalid and ignored.
        return environment.Get("XDG_STATE_HOME") is { } xdg && xdg.StartsWith('/') ? System.IO.Path.Combine(xdg, "backup")
            : environment.Home is { } home && home.StartsWith('/') ? System.IO.Path.Combine(home, ".local/state/backup")
            : throw new BackupException(
                FailureKind.Usage,
                "There is no place for the state: this user has no home folder.",
                "Name one with --state, BACKUP_STATE or 'state:' in the policy.");
    }

    private static string FindDefault(PolicyEnvironment environment)
    {
        foreach (var place in DefaultPlaces)
        {
            if (File.Exists(environment.Absolute(place)))
            {
                return place.StartsWith('/') ? place : "./" + place;
            }
        }

        throw new BackupException(
            FailureKind.Usage,
            $"There is no policy: neither {environment.Absolute(DefaultPlaces[0])} nor {DefaultPlaces[1]} exists.",
            "Name one with --policy or BACKUP_POLICY, or start from a sample of the folder policies/.");
    }

    private static byte[] ReadFile(string name, string path)
    {
        if (RegularFile.Instead(path) is { } other)
        {
            throw other == "a folder"
                ? Unreadable(name, "The policy is a folder.", "Name the file in it.")
                : Unreadable(name, $"The policy is not a regular file but {other}.", "Name the file that holds the policy.");
        }

        try
        {
            // A stream, because a policy may come through a pipe, which has no length.
            using Stream stream = File.OpenRead(path);
            var content = new byte[LongestBytes + 1];
            var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return length <= LongestBytes
                ? content[..length]
                : throw Unreadable(
                    name,
                    $"The policy is longer than {Quantity.FormatSize(LongestBytes)}.",
                    "Name the policy and not another file; split it if it is one.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unreadable(
                name,
                "The policy does not exist.",
                "Correct the path (--policy, BACKUP_POLICY), or start from a sample of the folder policies/.");
        }
        catch (UnauthorizedAccessException)
        {
            throw Unreadable(name, "The policy may not be read by this user.", "Run as the user who may read it, or correct its rights.");
        }
        catch (IOException e)
        {
            throw Unreadable(name, $"The policy cannot be read: {e.Message.TrimEnd('.')}.", "Check the disk, or name another file.");
        }
    }

    private static PolicyException Unreadable(string file, string message, string remedy) => new([new PolicyFault(file, 0, 0, message, remedy)]);
}
