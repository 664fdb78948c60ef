using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Backup.Engine.Policies;
using NJsonSchema;

namespace Backup.Engine.Tests.Policies;

public sealed class PolicySchemaTests
{
    /// <summary>The validator resolves references between definitions only under the name that older drafts gave them.</summary>
    private static readonly Lazy<Task<JsonSchema>> Schema = new(() => JsonSchema.FromJsonAsync(PolicySchema.Text.Replace("$defs", "definitions", StringComparison.Ordinal)));

    public static TheoryData<string> Samples => new(PolicyTexts.Samples);

    /// <summary>Each mapping of the schema, by its path, with the keys that the reader knows.</summary>
    public static TheoryData<string, string[]> Mappings => new()
    {
        { "single", PolicyReader.SingleKeys },
        { "several", PolicyReader.SeveralKeys },
        { "tenant", TenantReader.Keys },
        { "local", SiteConfigReader.LocalKeys },
        { "sftp", SiteConfigReader.SftpKeys },
        { "s3", SiteConfigReader.S3Keys },
        { "azure", SiteConfigReader.AzureKeys },
        { "s3/properties/certificate", SiteConfigReader.CertificateKeys },
        { "s3/properties/lock", SiteConfigReader.LockKeys },
        { "files", SourceReader.FilesKeys },
        { "mariadb", SourceReader.DatabaseKeys },
        { "postgres", SourceReader.DatabaseKeys },
        { "command", SourceReader.CommandKeys },
        { "hooks/items/anyOf/1", SourceReader.HookKeys },
        { "rule", SubjectRuleReader.Keys },
        { "class", ClassReader.Keys },
        { "class/properties/keep", ClassReader.KeepKeys },
        { "keys", SectionReader.KeysKeys },
        { "placement", PlacementReader.Keys },
        { "limits", SectionReader.LimitsKeys },
        { "erasure", SectionReader.ErasureKeys },
        { "verify", SectionReader.VerifyKeys },
        { "gc", SectionReader.GcKeys },
        { "schedule", SectionReader.ScheduleKeys },
        { "alerts", AlertsReader.Keys },
        { "alerts/properties/mail", AlertsReader.MailKeys },
        { "alerts/properties/webhook", AlertsReader.WebhookKeys },
        { "alerts/properties/heartbeat", AlertsReader.HeartbeatKeys },
        { "single/properties/logs", SectionReader.LogsKeys },
        { "single/properties/service", SectionReader.ServiceKeys },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Validate_Sample_HasNoErrors(string sample)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(PolicyTexts.Folder, sample), TestContext.Current.CancellationToken);
        Assert.Empty(await Errors(text));
    }

    [Theory]
    [InlineData("version: 1", "version: 2")]
    [InlineData("tenant: example\n", "")]
    [InlineData("tenant: example", "tenant: example\nsmtp: x")]
    [InlineData("keys: { passphrase_file: passphrase }", "keys: { passphrase: x }")]
    [InlineData("keys: { passphrase_file: passphrase }", "keys: {}")]
    [InlineData("kind: local, path: /mnt/a", "kind: sftp, path: /mnt/a")]
    [InlineData("kind: local, path: /mnt/a", "kind: lokal, path: /mnt/a")]
    [InlineData("path: /mnt/a, ", "")]
    [InlineData("country: DE", "country: Germany")]
    [InlineData("[51.535, 7.689]", "[51.535]")]
    [InlineData("roots: [/srv]", "roots: []")]
    [InlineData("roots: [/srv]", "roots: /srv")]
    [InlineData("roots: [/srv]", "roots: [/srv], exlude: [a]")]
    [InlineData("roots: [/srv]", "roots: [/srv], subjects: [ { match: \"/srv/{u}\" } ]")]
    [InlineData("roots: [/srv]", "roots: [/srv], exclude_larger_than: 4G")]
    [InlineData("daily: 7", "daily: often")]
    [InlineData("keep: { daily: 7 }", "delete_after: 7m")]
    [InlineData("keep: { daily: 7 }", "from: year_start")]
    public async Task Validate_WrongPolicy_HasErrors(string old, string replacement)
    {
        Assert.Empty(await Errors(PolicyTexts.Sound));
        Assert.NotEmpty(await Errors(PolicyTexts.With(old, replacement)));
        Assert.Throws<PolicyException>(() => PolicyTexts.Read(PolicyTexts.With(old, replacement)));
    }

    [Theory]
    [MemberData(nameof(Mappings))]
    public void Text_Mapping_HasTheKeysOfTheReader(string path, string[] keys)
    {
        var mapping = JsonNode.Parse(PolicySchema.Text)!["$defs"]!;
        foreach (var part in path.Split('/'))
        {
            mapping = int.TryParse(part, CultureInfo.InvariantCulture, out var index) ? mapping[index]! : mapping[part]!;
        }

        Assert.False((bool)mapping["additionalProperties"]!);
        var named = mapping["properties"]!.AsObject().Select(property => property.Key).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(keys.Order(StringComparer.Ordinal).ToArray(), named);
    }

    [Fact]
    public void Text_Schema_IsDraft202012AndTheCommittedFile()
    {
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)JsonNode.Parse(PolicySchema.Text)!["$schema"]);
        Assert.Equal(File.ReadAllText(Path.Combine(PolicyTexts.Folder, "schema.json")), PolicySchema.Text);
    }

    private static async Task<IEnumerable<string>> Errors(string yaml)
    {
        var faults = new PolicyFaults("backup.yaml");
        var node = PolicyTree.Parse(yaml, faults);
        Assert.Empty(faults.ToList());
        return (await Schema.Value).Validate(ToJson(node!)!.ToJsonString()).Select(error => error.ToString());
    }

    private static JsonNode? ToJson(PolicyNode node) => node switch
    {
        ListNode list => new JsonArray([.. list.Items.Select(ToJson)]),
        MapNode map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key.Text, ToJson(entry.Value)))),
        ScalarNode { IsNothing: true } => null,
        ScalarNode { Plain: true, Text: "true" or "false" or [>= '0' and <= '9', ..] } scalar => TypedOrText(scalar.Text),
        ScalarNode scalar => JsonValue.Create(scalar.Text),
        _ => throw new InvalidOperationException(),
    };

    private static JsonNode? TypedOrText(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
