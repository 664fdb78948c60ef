using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

public sealed class CronTextTests
{
    [Theory]
    [InlineData("0 15 2 * * ?")]
    [InlineData("0 0 6 ? * SUN")]
    [InlineData("0/5 * * * * ?")]
    [InlineData("0 0 0/2 1,15 JAN-MAR ? 2026-2030")]
    [InlineData("0 0 3 L * ?")]
    [InlineData("0 0 3 L-3 * ?")]
    [InlineData("0 0 3 LW * ?")]
    [InlineData("0 0 3 15W * ?")]
    [InlineData("0 0 3 ? * 6L")]
    [InlineData("0 0 3 ? * FRI#2")]
    [InlineData("0 0 3 ? * mon-fri")]
    [InlineData("0 */10 * * * ?")]
    [InlineData("  0  0 3 * * ?  ")]
    public void Problem_Expression_IsNone(string text) => Assert.Null(CronText.Problem(text));

    [Theory]
    [InlineData("", "has 0 fields")]
    [InlineData("15 2 * * *", "has 5 fields")]
    [InlineData("0 0 0 * * ? * *", "has 8 fields")]
    [InlineData("60 0 2 * * ?", "'60' as second")]
    [InlineData("0 60 2 * * ?", "'60' as minute")]
    [InlineData("0 0 24 * * ?", "'24' as hour")]
    [InlineData("0 0 2 32 * ?", "'32' as day of month")]
    [InlineData("0 0 2 * 13 ?", "'13' as month")]
    [InlineData("0 0 2 * FOO ?", "'FOO' as month")]
    [InlineData("0 0 2 ? * 0", "'0' as day of week")]
    [InlineData("0 0 2 ? * FRI#6", "'FRI#6' as day of week")]
    [InlineData("0 0 2 * * ? 1066", "'1066' as year")]
    [InlineData("0 0 2 ? * ?", "exactly one")]
    [InlineData("0 0 2 * * *", "exactly one")]
    [InlineData("? 0 2 * * ?", "'?' as second")]
    [InlineData("0 0 2- * * ?", "'2-' as hour")]
    [InlineData("0 0/0 2 * * ?", "'0/0' as minute")]
    [InlineData("0 , 2 * * ?", "',' as minute")]
    [InlineData("0 -1 2 * * ?", "'-1' as minute")]
    [InlineData("@daily", "has 1 fields")]
    public void Problem_AnythingElse_IsNamed(string text, string problem) => Assert.Contains(problem, CronText.Problem(text), StringComparison.Ordinal);
}
