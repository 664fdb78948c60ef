using System.Text;
using Backup.Engine.Posix;

namespace Backup.Engine.Policies;

/// <summary>Reads the files beside a policy whose faults are told as the policy's are.</summary>
internal static class NamedFile
{
    /// <summary>The bytes of a file.</summary>
    /// <param name="name">The file as it was named, for messages.</param>
    /// <param name="path">Absolute.</param>
    /// <param name="what">What it is, with its article: "the subjects file".</param>
    /// <param name="longest">In bytes; what is longer is another file.</param>
    /// <exception cref="PolicyException">It cannot be read.</exception>
    public static byte[] Read(string name, string path, string what, int longest)
    {
        var the = char.ToUpperInvariant(what[0]) + what[1..];
        if (RegularFile.Instead(path) is { } other)
        {
            throw Unreadable(name, other == "a folder" ? $"{the} is a folder." : $"{the} is not a regular file but {other}.", "Name a file.");
        }

        try
        {
            // A stream, because it may come through a pipe, which has no length.
            using Stream stream = File.OpenRead(path);
            using var content = new MemoryStream();
            var buffer = new byte[1 << 16];
            for (var read = stream.Read(buffer); read > 0 && content.Length <= longest; read = stream.Read(buffer))
            {
                content.Write(buffer, 0, read);
            }

            return content.Length <= longest ? content.ToArray()
                : throw Unreadable(name, $"{the} is longer than {Quantity.FormatSize(longest)}.", "Name another file, or split it.");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Unreadable(name, $"{the} does not exist.", "Correct the path, or make the file.");
        }
        catch (UnauthorizedAccessException)
        {
            throw Unreadable(name, $"{the} may not be read by this user.", "Run as the user who may read it, or correct its rights.");
        }
        catch (IOException e)
        {
            throw Unreadable(name, $"{the} cannot be read: {e.Message.TrimEnd('.')}.", "Check the disk, or name another file.");
        }
    }

    /// <summary>The value that a YAML file holds; null, and a fault, if there is none.</summary>
    public static PolicyNode? Parse(ReadOnlySpan<byte> content, string what, PolicyFaults faults)
    {
        content = WithoutMark(content);
        var (line, column) = (1, 1);
        for (var rest = content; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out var rune, out var length) != System.Buffers.OperationStatus.Done)
            {
                faults.Add(line, column, "The file is not UTF-8 here.", "Save the file as UTF-8.");
                return null;
            }

            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + 1);
            rest = rest[length..];
        }

        var text = Encoding.UTF8.GetString(content);
        if (string.IsNullOrWhiteSpace(text))
        {
            faults.Add(1, 1, $"{char.ToUpperInvariant(what[0]) + what[1..]} is empty.", "Write at least one entry.");
            return null;
        }

        return PolicyTree.Parse(text, faults);
    }

    /// <summary>The bytes without a byte order mark.</summary>
    public static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> content) => content.StartsWith("\ufeff"u8) ? content[3..] : content;

    private static PolicyException Unreadable(string file, string message, string remedy) => new([new PolicyFault(file, 0, 0, message, remedy)]);
}
