using System.Text.Json;
using Backup.Engine;
using Backup.Engine.Policies;
using Backup.Engine.Runs;
using Backup.Engine.Sources;
using Backup.Engine.Stores;

namespace Backup.Cli.Tests.Commands;

/// <summary>Commands that without <c>--tenant</c> take every tenant of the policy.</summary>
public sealed class TenantsTests
{
    [Fact]
    public async Task EachTenant_OneFails_TheOthersRunAndTheWorstCodeCounts()
    {
        using var desk = new Desk();
        Assert.Equal(21, await RunAsync(desk, "status"));
        Assert.Equal("tenant one\nerror: one fails.\ntenant two\nerror: two fails.\n", desk.Error);
    }

    [Fact]
    public async Task EachTenant_InJson_EachLineSaysWhose()
    {
        using var desk = new Desk();
        Assert.Equal(21, await RunAsync(desk, "status", "--json"));
        var lines = desk.Output.TrimEnd('\n').Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["error", "error", "exit_error"], lines.Select(line => line.GetProperty("message_type").GetString()!).ToArray());
        Assert.Equal(["one", "two"], lines[..2].Select(line => line.GetProperty("tenant").GetString()!).ToArray());
        Assert.Equal("two fails. one fails.", lines[2].GetProperty("message").GetString());
    }

    [Fact]
    public async Task EachTenant_OneNamed_RunsThatOnly()
    {
        using var desk = new Desk();
        Assert.Equal(20, await RunAsync(desk, "status", "--tenant", "one"));
        Assert.Equal("error: one fails.\n", desk.Error);
    }

    private static Task<int> RunAsync(Desk desk, params string[] args) =>
        new Application(desk.Surroundings, new FailingTenants()).RunAsync(args, TestContext.Current.CancellationToken);

    private sealed class FailingTenants : IComposition
    {
        public Policy Policy(Settings settings, Surroundings surroundings) => new()
        {
            File = "backup.yaml",
            State = "/state",
            Tenants = [Tenant("one"), Tenant("two")],
        };

        public void Check(Policy policy, Surroundings surroundings) => throw new NotSupportedException();

        public RunContext Open(Policy policy, Tenant tenant, Needs needs, IRunProgress progress, Surroundings surroundings) =>
            throw new BackupException(tenant.Id == "one" ? FailureKind.Degraded : FailureKind.Damage, $"{tenant.Id} fails.");

        public IObjectStore Store(SiteConfig site, Surroundings surroundings) => throw new NotSupportedException();

        public IExaminable Database(DatabaseSourceConfig source, Tenant tenant, Surroundings surroundings) => throw new NotSupportedException();

        private static Tenant Tenant(string id) =>
            new() { Id = id, State = "/state/" + id, Sites = [], Placement = new PlacementConfig(1, [], 0) };
    }
}
