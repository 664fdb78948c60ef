using Backup.Cli.Output;

namespace Backup.Cli.Tests.Output;

public sealed class ColumnsTests
{
    [Fact]
    public void Lines_MixedWidths_AreAligned()
    {
        var columns = new Columns(new Column("CITY"), new Column("SIZE", Right: true), new Column(""));
        columns.Add("Nürnberg", "5 B", "x");
        columns.Add("漢字", "1.25 KiB", "y");
        Assert.Equal(["CITY          SIZE", "Nürnberg       5 B  x", "漢字      1.25 KiB  y"], columns.Lines().ToArray());
    }

    [Fact]
    public void Lines_NoHeadings_HaveNone()
    {
        var columns = new Columns(new Column(""), new Column(""));
        columns.Add("a", "b");
        Assert.Equal("  a  b", Assert.Single(columns.Lines("  ")));
    }
}
