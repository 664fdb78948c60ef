using System.CommandLine;

namespace Backup.Cli.Commands;

/// <summary><c>policy</c>: is it right, what does it come to, what may stand in it.</summary>
internal static class PolicyCommand
{
    public static Command Create() => new("policy", "check and show the policy") { Validate() };

    private static CliCommand Validate() => new("validate", "find all faults of the policy at once", invocation =>
    {
        _ = invocation.Composition.Tenants(invocation.Settings, invocation.Surroundings);
        return Task.FromResult(Verdict.Done);
    });
}
