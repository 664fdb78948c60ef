namespace Backup.EndToEnd.Tests.Harness;

/// <summary>Scratch folders of the tests.</summary>
internal static class TemporaryFolder
{
    public static string Create(string name) =>
        Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"backup-e2e-{name}-{Path.GetRandomFileName()}")).FullName;

    /// <summary>Through <c>rm</c>: the trees hold names and depths that the framework cannot delete.</summary>
    public static void Remove(string folder) => Shell.Run("rm", "-rf", "--", folder);

    /// <summary>A copy with everything that <c>cp -a</c> keeps.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        Shell.Run("cp", "-a", from + "/.", to);
    }

    /// <summary>Removes what is in a folder and leaves the folder.</summary>
    public static void Empty(string folder) => Shell.Run("find", folder, "-mindepth", "1", "-delete");
}
