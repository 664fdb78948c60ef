using System.Text.Json;

namespace Backup.EndToEnd.Tests.Harness;

/// <summary>Fields of the contract.</summary>
internal static class JsonAssert
{
    /// <summary>
    /// Fails unless every field is there, with the kind of value that the prefix of its name asks for: none a string, <c>#</c> a number,
    /// <c>?</c> true or false, <c>[]</c> an array, <c>{}</c> an object.
    /// </summary>
    public static void HasFields(this JsonElement element, params string[] fields)
    {
        foreach (var field in fields)
        {
            var name = field.TrimStart('#', '?', '[', ']', '{', '}');
            Assert.True(element.TryGetProperty(name, out var value), $"No field {name} in {element}");
            var expected = field[0] switch
            {
                '#' => value.ValueKind is JsonValueKind.Number,
                '?' => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
                '[' => value.ValueKind is JsonValueKind.Array,
                '{' => value.ValueKind is JsonValueKind.Object,
                _ => value.ValueKind is JsonValueKind.String,
            };
            Assert.True(expected, $"Field {name} is {value.ValueKind} in {element}");
        }
    }

    public static string Text(this JsonElement element, string field) => element.GetProperty(field).GetString()!;

    public static long Number(this JsonElement element, string field) => element.GetProperty(field).GetInt64();

    public static bool Flag(this JsonElement element, string field) => element.GetProperty(field).GetBoolean();

    public static IReadOnlyList<JsonElement> List(this JsonElement element, string field) => [.. element.GetProperty(field).EnumerateArray()];

    /// <summary>An array of strings.</summary>
    public static IEnumerable<string> Texts(this JsonElement element, string field) => element.List(field).Select(item => item.GetString()!);

    /// <summary>This field of each.</summary>
    public static IEnumerable<string> Texts(this IEnumerable<JsonElement> elements, string field) => elements.Select(item => item.Text(field));

    /// <summary>The element of <c>sites</c> with this id.</summary>
    public static JsonElement Site(this JsonElement summary, string id) =>
        Assert.Single(summary.List("sites"), site => site.Text("id") == id);
}
