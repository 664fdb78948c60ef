using System.Text;
using System.Text.Json;
using Backup.Cli.Output;
using Backup.Engine.Runs;

namespace Backup.Cli.Tests.Output;

public sealed class ProgressDisplayTests
{
    [Fact]
    public void Bar_WhileRunning_ShowsFilesBytesRateRestAndSites()
    {
        using var desk = new Desk();
        using var terminal = new MemoryStream();
        using (var display = new ProgressDisplay(ProgressMode.Bar, terminal, desk.Printer) { Width = 120 })
        {
            Work(display);
            desk.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        var text = Encoding.UTF8.GetString(terminal.ToArray());
        Assert.Contains("[############............] 1,200 files, 500 MiB of 1000 MiB (50 %), 50 MiB/s, 10 s left", text, StringComparison.Ordinal);
        Assert.Contains("\n  reading /srv/a\\x0ab\n", text, StringComparison.Ordinal);
        Assert.Contains("\n  unna 300 MiB\n  nuernberg 100 MiB\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\e[4A\e[J", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Bar_AnyTime_IsDrawnAtMostTenTimesASecond()
    {
        using var desk = new Desk();
        using var terminal = new MemoryStream();
        using var display = new ProgressDisplay(ProgressMode.Bar, terminal, desk.Printer);
        Work(display);
        desk.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(30, Encoding.UTF8.GetString(terminal.ToArray()).Split("files,").Length - 1);
    }

    [Fact]
    public void Bar_NarrowTerminal_NeverWraps()
    {
        using var desk = new Desk();
        using var terminal = new MemoryStream();
        using var display = new ProgressDisplay(ProgressMode.Bar, terminal, desk.Printer) { Width = 30 };
        Work(display);
        desk.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.All(Encoding.UTF8.GetString(terminal.ToArray()).Split('\n'), line => Assert.True(line.Split("\e[J")[^1].Length < 30, line));
    }

    [Fact]
    public void Bar_TextPrintedMeanwhile_StandsAboveIt()
    {
        using var desk = new Desk();
        using var terminal = new MemoryStream();
        using var display = new ProgressDisplay(ProgressMode.Bar, terminal, desk.Printer);
        Work(display);
        desk.Clock.Advance(TimeSpan.FromMilliseconds(100));
        display.WriteAbove(terminal, "result\n"u8);
        desk.Clock.Advance(TimeSpan.FromMilliseconds(100));
        var text = Encoding.UTF8.GetString(terminal.ToArray());
        Assert.Contains("\r\e[4A\e[Jresult\n[", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_NoTerminal_OneAMinute()
    {
        using var desk = new Desk();
        using (var display = new ProgressDisplay(ProgressMode.Lines, Stream.Null, desk.Printer))
        {
            Work(display);
            desk.Clock.Advance(TimeSpan.FromSeconds(185));
        }

        var lines = desk.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.Equal(@"60 s: reading /srv/a\x0ab: 1,200 files, 500 MiB of 1000 MiB (50 %), 8.33 MiB/s, 60 s left; unna 300 MiB, nuernberg 100 MiB", lines[0]);
        Assert.Empty(desk.Output);
    }

    [Fact]
    public void Json_EachMinute_IsAStatusMessage()
    {
        using var desk = new Desk(new Settings { Json = true });
        using (var display = new ProgressDisplay(ProgressMode.Json, Stream.Null, desk.Printer))
        {
            Work(display);
            desk.Clock.Advance(TimeSpan.FromSeconds(61));
        }

        using var line = JsonDocument.Parse(Assert.Single(desk.Output.TrimEnd('\n').Split('\n')));
        Assert.Equal("status", line.RootElement.GetProperty("message_type").GetString());
        Assert.Equal(524_288_000, line.RootElement.GetProperty("bytes_done").GetInt64());
        Assert.Equal("nuernberg", line.RootElement.GetProperty("sites")[1].GetProperty("id").GetString());
        Assert.Empty(desk.Error);
    }

    [Fact]
    public void AnyMode_NothingReported_ShowsNothing()
    {
        using var desk = new Desk();
        using var terminal = new MemoryStream();
        using var display = new ProgressDisplay(ProgressMode.Bar, terminal, desk.Printer);
        desk.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Empty(terminal.ToArray());
    }

    [Fact]
    public void Message_Text_IsSaidAtOnceOnStandardError()
    {
        using var desk = new Desk();
        using var display = new ProgressDisplay(ProgressMode.Lines, Stream.Null, desk.Printer);
        display.Message(new RunFinding("unna", "no answer", "look at the line"));
        Assert.Equal("unna: no answer\n  to do: look at the line\n", desk.Error);
    }

    [Fact]
    public void Message_Quiet_IsNotSaid()
    {
        using var desk = new Desk(new Settings { Quiet = true });
        using var display = new ProgressDisplay(ProgressMode.None, Stream.Null, desk.Printer);
        display.Message(new RunFinding("unna", "no answer"));
        Assert.Empty(desk.Error);
    }

    private static void Work(ProgressDisplay display)
    {
        const long MiB = 1 << 20;
        display.Phase("reading /srv/a\nb");
        display.Expect(2400, 1000 * MiB);
        Parallel.For(0, 100, _ =>
        {
            display.Advance(12, 5 * MiB);
            display.SiteAdvance("unna", 2 * MiB);
        });
        display.SiteAdvance("unna", 100 * MiB);
        display.SiteAdvance("nuernberg", 100 * MiB);
    }
}
