using System.Text;
using QRCoder;

namespace Backup.Cli.Output;

/// <summary>A QR code in half blocks: two rows of modules a line.</summary>
internal static class QrText
{
    private const string BlackOnWhite = "\e[30;107m";
    private const string Plain = "\e[0m";

    /// <param name="text">What the code says.</param>
    /// <param name="onTerminal">True: colours are set, since most terminals are dark and readers want dark on light. False: plain text, dark where ink goes.</param>
    public static IEnumerable<string> Lines(string text, bool onTerminal)
    {
        using var code = QRCodeGenerator.GenerateQrCode(text, QRCodeGenerator.ECCLevel.M);
        var modules = code.ModuleMatrix; // the quiet zone of four modules is part of it
        for (var row = 0; row < modules.Count; row += 2)
        {
            var line = new StringBuilder(modules.Count + 16);
            for (var column = 0; column < modules[row].Length; column++)
            {
                var upper = modules[row][column];
                var lower = row + 1 < modules.Count && modules[row + 1][column];
                line.Append((upper, lower) switch
                {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    _ => ' ',
                });
            }

            yield return onTerminal ? BlackOnWhite + line + Plain : line.ToString().TrimEnd();
        }
    }
}
