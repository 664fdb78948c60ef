using System.Globalization;
using System.Text;

namespace Backup.Engine.Posix;

/// <summary>Paths for a person's eyes. Names are bytes: they may end a line, move the cursor or be no UTF-8 at all.</summary>
public static class PathText
{
    /// <summary>
    /// The path with everything that a terminal would act on, or that is not UTF-8, as <c>\xNN</c>, and <c>\</c> as <c>\\</c>: two
    /// different paths never look the same.
    /// </summary>
    public static string Show(ReadOnlySpan<byte> path)
    {
        var text = new StringBuilder(path.Length);
        while (!path.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(path, out var rune, out var consumed);
            if (status is not System.Buffers.OperationStatus.Done || !IsVisible(rune))
            {
                foreach (var hidden in path[..consumed])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{hidden:x2}");
                }
            }
            else if (rune.Value == '\\')
            {
                text.Append(@"\\");
            }
            else
            {
                text.Append(rune.ToString());
            }

            path = path[consumed..];
        }

        return text.ToString();
    }

    // Format covers the marks that reverse the direction of writing, with which a name can pretend to be another.
    private static bool IsVisible(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or
        UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.Surrogate);
}
