using System.Text.Json;

namespace Backup.Engine.Tests;

/// <summary>
/// <c>tests/vectors/derivations.json</c>: every derivation of FORMAT.md, computed by a program that shares no line with this one.
/// An object with an array for each derivation; bytes are in hex.
/// </summary>
internal static class Vectors
{
    private static readonly Lazy<JsonElement> Root = new(static () => JsonDocument.Parse(File.ReadAllBytes(Find())).RootElement);

    /// <summary>The derivations there are.</summary>
    public static IEnumerable<string> Names => Root.Value.EnumerateObject().Select(static derivation => derivation.Name);

    /// <summary>Where the file lies.</summary>
    public static string Folder => Path.GetDirectoryName(Find())!;

    /// <summary>The cases of one derivation; at least one.</summary>
    public static IReadOnlyList<JsonElement> Of(string derivation)
    {
        List<JsonElement> cases = [.. Root.Value.GetProperty(derivation).EnumerateArray()];
        Assert.NotEmpty(cases);
        return cases;
    }

    public static byte[] Bytes(this JsonElement element, string name) => Convert.FromHexString(element.Text(name));

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static long Number(this JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "tests", "vectors", "derivations.json");
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException("tests/vectors/derivations.json stands in no folder above the tests.");
    }
}
