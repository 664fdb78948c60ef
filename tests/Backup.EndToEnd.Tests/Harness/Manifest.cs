namespace Backup.EndToEnd.Tests.Harness;

/// <summary>What a tree holds, told by <c>tests/manifest.py</c>, which shares nothing with the program.</summary>
internal static class Manifest
{
    public static string Of(string folder, params IEnumerable<string> options) =>
        Shell.Python([Path.Combine(Published.Root, "tests", "manifest.py"), folder, .. options]);

    /// <summary>Fails with the lines that differ.</summary>
    public static void MustEqual(string expected, string folder, string because, params IEnumerable<string> options)
    {
        var actual = Of(folder, options);
        if (actual == expected)
        {
            return;
        }

        var before = expected.Split('\n').ToHashSet(StringComparer.Ordinal);
        var after = actual.Split('\n').ToHashSet(StringComparer.Ordinal);
        var missing = before.Except(after, StringComparer.Ordinal).Take(15).Select(line => "- " + line);
        var surplus = after.Except(before, StringComparer.Ordinal).Take(15).Select(line => "+ " + line);
        Assert.Fail($"{because}: {folder} is not what was saved:\n{string.Join('\n', missing.Concat(surplus))}");
    }
}
