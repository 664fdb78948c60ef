using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>A recovery key that the next backup would store is told at once: later nothing names it.</summary>
public sealed class RecoveryOutputTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("source/recovery", true)]
    [InlineData("link/recovery", true)]
    [InlineData("source-beside", false)]
    public async Task Init_RecoveryKeyInASource_IsTold(string file, bool told)
    {
        using var repository = new TestRepository();
        Directory.CreateSymbolicLink(repository.At("link"), repository.SourcePath);

        await InitRun.RunAsync(repository.Context(), new InitRequest(repository.At(file), DryRun: false), Cancellation);

        AssertTold(repository, repository.At(file), told);
    }

    [Fact]
    public async Task KeyRecovery_RecoveryKeyInASource_IsTold()
    {
        using var repository = new TestRepository();
        await repository.InitAsync();
        AssertTold(repository, repository.RecoveryKeyPath, told: false);

        await KeyRun.RecoveryAsync(repository.Context(), repository.InSource("recovery"), dryRun: false, Cancellation);

        AssertTold(repository, repository.InSource("recovery"), told: true);
    }

    private static void AssertTold(TestRepository repository, string file, bool told)
    {
        var findings = repository.Messages.Where(static finding => finding.Message.Contains("lies in the source data", StringComparison.Ordinal)).ToList();
        Assert.Equal(told ? [file] : [], findings.Select(static finding => finding.Place), StringComparer.Ordinal);
        Assert.All(findings, static finding => Assert.Equal("Print it and delete it before the next backup.", finding.Remedy));
    }
}
