using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

public sealed class PolicyTextTests
{
    [Fact]
    public void Show_AddressesAndCommands_KeepTheirSecrets()
    {
        var policy = PolicyTexts.Read(PolicyTexts.With("passphrase_file: passphrase", "passphrase_command: echo hunter2") + """
            alerts:
              webhook: { url: "https://hooks.example.net/services/hunter2?token=hunter2" }
              heartbeat: { url: "http://127.0.0.1:8000/ping/hunter2" }
            """);
        var shown = PolicyText.Show(policy);
        Assert.DoesNotContain("hunter2", shown, StringComparison.Ordinal);
        Assert.Contains("passphrase_command: [echo, \"…\"]", shown, StringComparison.Ordinal);
        Assert.Contains("url: \"https://hooks.example.net/…\"", shown, StringComparison.Ordinal);
        Assert.Contains("url: \"http://127.0.0.1:8000/…\"", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Show_OddTexts_AreReadBackAsTheyWere()
    {
        var policy = PolicyTexts.Read(PolicyTexts.With("roots: [/srv]", "roots: [\"/srv/a b: #\\\"\\\\{x}\"], tags: [\"true\", \"7\", \"- x\", \"ü\", \" y \"], exclude: [\"!*.tmp\", \"*\"], check: [\"a\\n\\tb\"]")
            .Replace("everyday", "on", StringComparison.Ordinal));
        var source = (FilesSourceConfig)PolicyTexts.Read(PolicyText.Show(policy)).Tenants[0].Sources[0];
        Assert.Equal(["/srv/a b: #\"\\{x}"], source.Roots);
        Assert.Equal(["true", "7", "- x", "ü", " y "], source.Tags);
        Assert.Equal(["!*.tmp", "*"], source.Exclude);
        Assert.Equal(["a\n\tb"], source.Check);
        Assert.Equal("on", source.Class?.Name);
    }

    [Fact]
    public void Show_SmallPolicy_IsThisText()
    {
        var shown = PolicyText.Show(PolicyTexts.Read("{ version: 1, tenant: t, sites: [ { id: a, kind: local, path: x, city: Unna, country: DE } ], classes: { bare: {} } }"));
        Assert.Equal(
            """
            version: 1
            state: /state
            service:
              listen: "127.0.0.1:8475"
            tenant: t
            sites:
              - id: a
                kind: local
                path: /etc/backup/x
                city: Unna
                country: DE
            placement:
              cities: 1
              min_distance_km: 0
            limits:
              memory: 256MiB
              spool: 4GiB
              wait: 30min
            classes:
              bare: {}
            erasure:
              approvers: 1
              cooling_off: 0d
              per_day: 10
              watch: 90d
            verify:
              within: 30d
            gc:
              grace: 1d
              max_delete: 30%
            processor: false

            """,
            shown);
    }
}
