using Backup.Cli.Output;
using QRCoder;

namespace Backup.Cli.Tests.Output;

public sealed class QrTextTests
{
    private const string Key = "BKR1-ABCDEF-GHIJKL-MNOPQR-STUVWX-YZ2345-67ABCD-EFGHIJ-KLMNOP-QRSTUV-WXYZ";

    [Fact]
    public void Lines_HalfBlocks_ShowEveryModule()
    {
        using var code = QRCodeGenerator.GenerateQrCode(Key, QRCodeGenerator.ECCLevel.M);
        var lines = QrText.Lines(Key, onTerminal: false).ToArray();
        for (var row = 0; row < code.ModuleMatrix.Count; row++)
        {
            for (var column = 0; column < code.ModuleMatrix.Count; column++)
            {
                var line = lines[row / 2];
                var letter = column < line.Length ? line[column] : ' ';
                Assert.Equal(code.ModuleMatrix[row][column], letter == '█' || letter == (row % 2 == 0 ? '▀' : '▄'));
            }
        }
    }

    [Fact]
    public void Lines_OnTerminal_AreDarkOnLightToTheEdge()
    {
        var lines = QrText.Lines(Key, onTerminal: true).ToArray();
        Assert.All(lines, line => Assert.Matches("^\e\\[30;107m[ █▀▄]+\e\\[0m$", line));
        Assert.Single(lines.Select(line => line.Length).Distinct());
    }
}
