using System.Security.Cryptography;

namespace Backup.EndToEnd.Tests.Harness;

/// <summary>A tiny tree with a little of everything.</summary>
internal static class SampleData
{
    public static void Write(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "sub", "deeper"));
        Directory.CreateDirectory(Path.Combine(folder, "empty folder"));
        File.WriteAllText(Path.Combine(folder, "hello.txt"), "Hello, three cities.\n");
        File.WriteAllBytes(Path.Combine(folder, "empty"), []);
        File.WriteAllText(Path.Combine(folder, "sub", "script.sh"), "#!/bin/sh\necho x\n");
        File.SetUnixFileMode(Path.Combine(folder, "sub", "script.sh"), (UnixFileMode)0b111_101_000);
        File.WriteAllBytes(Path.Combine(folder, "sub", "deeper", "random.bin"), RandomNumberGenerator.GetBytes(700_000));
        File.CreateSymbolicLink(Path.Combine(folder, "link"), "sub/deeper/random.bin");
        Shell.Run("ln", Path.Combine(folder, "hello.txt"), Path.Combine(folder, "sub", "hello again.txt"));
        for (var i = 0; i < 20; i++)
        {
            var text = Convert.ToHexString(RandomNumberGenerator.GetBytes(200));
            File.WriteAllText(Path.Combine(folder, "sub", $"note {i}.txt"), $"{i} {text}\n");
        }

        File.SetLastWriteTimeUtc(Path.Combine(folder, "sub", "note 3.txt"), new DateTime(1999, 12, 31, 23, 59, 59, DateTimeKind.Utc));
    }

    /// <summary>One file new, one changed, one gone.</summary>
    public static void Change(string folder)
    {
        File.WriteAllBytes(Path.Combine(folder, "new.bin"), RandomNumberGenerator.GetBytes(100_000));
        File.AppendAllText(Path.Combine(folder, "sub", "note 5.txt"), "one more line\n");
        File.Delete(Path.Combine(folder, "sub", "note 7.txt"));
    }

    public static void Random(string file, int length)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, RandomNumberGenerator.GetBytes(length));
    }
}
