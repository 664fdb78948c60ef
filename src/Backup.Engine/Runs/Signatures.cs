namespace Backup.Engine.Runs;

// Stands in for the runs until they are there.

public static class VerifyRun
{
    public static Task<VerifyOutcome> RunAsync(RunContext context, VerifyRequest request, CancellationToken cancellation) => throw new NotSupportedException();
}

public static class DrillRun
{
    public static Task<DrillOutcome> RunAsync(RunContext context, DrillRequest request, CancellationToken cancellation) => throw new NotSupportedException();
}
