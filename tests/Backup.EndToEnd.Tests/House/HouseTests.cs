using System.Text.RegularExpressions;
using Backup.EndToEnd.Tests.Commands;
using Backup.EndToEnd.Tests.Harness;

namespace Backup.EndToEnd.Tests.House;

/// <summary>The rules of the house that a compiler does not hold.</summary>
public sealed partial class HouseTests
{
    private const int MostLinesOfAFile = 400;
    private const int MostLinesOfABlock = 60;

    [Fact]
    public void SourceFiles_None_IsOverlong()
    {
        var lengths = SourceFiles().Select(file => (File: Relative(file), Lines: File.ReadAllLines(file).Length));

        Assert.All(lengths, file => Assert.True(file.Lines <= MostLinesOfAFile, $"{file.File} has {file.Lines} lines."));
    }

    [Fact]
    public void Methods_None_IsOverlong() => Assert.Empty(SourceFiles().SelectMany(OverlongBlocks));

    [Fact]
    public void OverlongBlocks_LongMethod_IsFound()
    {
        var file = Path.Combine(TemporaryFolder.Create("house"), "Long.cs");
        var body = string.Join('\n', Enumerable.Range(0, 61).Select(number => $"        Call({number});"));
        File.WriteAllText(file, $"public class C(int parameter)\n{{\n    public void Long(\n        int a)\n    {{\n{body}\n    }}\n}}\n");

        Assert.Single(OverlongBlocks(file));
        TemporaryFolder.Remove(Path.GetDirectoryName(file)!);
    }

    [Fact]
    public void NewcomerPath_TwelveFiles_StayReadable()
    {
        Assert.True(NewcomerPath.Files.Length <= 12, "More than twelve files.");
        Assert.All(NewcomerPath.Files, file => Assert.True(File.Exists(Path.Combine(Published.Root, file)), $"{file} does not exist."));

        var lines = NewcomerPath.Files.Sum(file => File.ReadAllLines(Path.Combine(Published.Root, file)).Length);

        Assert.True(lines <= NewcomerPath.MostLines, $"The newcomer's path has {lines} lines; {NewcomerPath.MostLines} are promised.");
    }

    [Fact]
    public void Readme_NewcomerPath_NamesEveryFile()
    {
        var readme = Readme();

        Assert.All(NewcomerPath.Files.Skip(1), file => Assert.Contains(file, readme, StringComparison.Ordinal));
    }

    [Fact]
    public void Readme_EveryCommand_IsNamed()
    {
        var readme = Readme();

        Assert.All(HelpText.Commands(), command => Assert.Matches($"[`| ]{Regex.Escape(command)}[` \\\\|]", readme));
    }

    [Fact]
    public void Readme_Links_LeadSomewhere()
    {
        var targets = MarkdownLink().Matches(Readme()).Select(match => match.Groups["to"].Value.Split('#')[0])
            .Where(target => target.Length > 0 && !target.Contains("://", StringComparison.Ordinal))
            .ToList();

        Assert.NotEmpty(targets);
        Assert.All(targets, target => Assert.True(Path.Exists(Path.Combine(Published.Root, target)), $"{target} is not there."));
    }

    [Fact]
    public void Namespaces_EveryFile_IsItsFolder()
    {
        foreach (var file in SourceFiles())
        {
            var expected = Path.GetDirectoryName(Path.GetRelativePath(Path.Combine(Published.Root, "src"), file))!.Replace('/', '.');
            var declared = NamespaceLine().Match(File.ReadAllText(file));
            Assert.True(!declared.Success || declared.Groups["name"].Value == expected, $"{Relative(file)} is not in {expected}.");
        }
    }

    [Fact]
    public void TypeNames_None_IsADrawer() =>
        Assert.Empty(SourceFiles().Where(file => Drawer().IsMatch(Path.GetFileNameWithoutExtension(file))).Select(Relative));

    private static string Readme() => File.ReadAllText(Path.Combine(Published.Root, "README.md"));

    private static string Relative(string file) => Path.GetRelativePath(Published.Root, file);

    private static IEnumerable<string> SourceFiles() =>
        Directory.EnumerateFiles(Path.Combine(Published.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Relative(file).Split('/').Any(part => part is "bin" or "obj"));

    /// <summary>Blocks that belong to no type. Rough, and enough: braces stand alone on their lines in this code.</summary>
    private static IEnumerable<string> OverlongBlocks(string file)
    {
        var lines = File.ReadAllLines(file);
        var open = new Stack<(int Line, bool IsType)>();
        for (var number = 0; number < lines.Length; number++)
        {
            var line = lines[number].Trim();
            if (line == "{")
            {
                open.Push((number, DeclaresType(lines, number)));
            }
            else if (open.Count > 0 && line.StartsWith('}') && Indentation(lines[number]) == Indentation(lines[open.Peek().Line]))
            {
                var (start, isType) = open.Pop();
                if (!isType && number - start - 1 > MostLinesOfABlock)
                {
                    yield return $"{Relative(file)}:{start + 1} has {number - start - 1} lines";
                }
            }
        }
    }

    private static int Indentation(string line) => line.Length - line.TrimStart().Length;

    /// <summary>Looks upwards from an opening brace to the head of what it opens.</summary>
    private static bool DeclaresType(string[] lines, int brace)
    {
        for (var number = brace - 1; number >= 0; number--)
        {
            if (TypeHead().IsMatch(lines[number]))
            {
                return true;
            }

            if (lines[number].Trim() is "" or "{" or "}" || lines[number].TrimEnd().EndsWith(';'))
            {
                return false;
            }
        }

        return false;
    }

    [GeneratedRegex(
        "^\\s*((public|internal|private|protected|file|static|sealed|abstract|partial|readonly|ref|unsafe) )*(class|record|struct|interface|enum)\\b",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex TypeHead();

    [GeneratedRegex("\\]\\((?<to>[^)]+)\\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MarkdownLink();

    [GeneratedRegex("^namespace (?<name>[\\w.]+);", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Common)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Drawer();
}
