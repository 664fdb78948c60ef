using Amazon;
using Backup.Engine.Stores;
using Backup.Stores.S3;

namespace Backup.Stores.Tests.S3;

/// <summary>Alone, for the correction of the SDK's clock is one for the whole process.</summary>
[CollectionDefinition(nameof(S3ClockTests), DisableParallelization = true)]
[Collection(nameof(S3ClockTests))]
public sealed class S3ClockTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(-60)]
    [InlineData(60)]
    public async Task Put_ClockAnHourOff_IsToldAsWhatItIs(int minutes)
    {
        var options = S3Buckets.Options(S3Buckets.Shared, S3Buckets.NewPrefix());
        AWSConfigs.ManualClockCorrection = TimeSpan.FromMinutes(minutes);
        try
        {
            await using var store = new S3Store(options);

            var failure = await Assert.ThrowsAsync<StoreException>(() => store.PutAsync("repository", new byte[] { 1 }, Cancellation));

            Assert.Equal(StoreFault.Denied, failure.Fault);
            Assert.Contains("clock", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            AWSConfigs.ManualClockCorrection = null;
        }
    }
}
