using System.Diagnostics;
using Backup.Engine.Format;
using Backup.Engine.Keys;
using Backup.Engine.Policies;
using Backup.Engine.Posix;
using Backup.Engine.Sealing;

namespace Backup.Engine.Runs;

/// <summary>Gets the secret from where the policy says it is, and opens an unlock slot with it.</summary>
internal static class Unlocker
{
    private const int LongestAnswer = 64 << 10;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Opens the slot that the secret fits.</summary>
    /// <param name="source">Where the secret is.</param>
    /// <param name="repository">Whose slots they are.</param>
    /// <param name="slots">Objects of the live slots.</param>
    /// <param name="draft">What may have replaced the secret; null: nothing.</param>
    /// <exception cref="WrongKeyException">It fits none.</exception>
    public static OpenedSlot Open(PassphraseSource source, Hash repository, IReadOnlyCollection<byte[]> slots, RecoveryDraft? draft = null)
    {
        using var secret = Read(source);
        if (source.Kind != PassphraseKind.RecoveryKeyFile)
        {
            return UnlockSlot.OpenWithPassphrase(repository, secret.Span, slots);
        }

        using var seed = RecoveryKey.Parse(secret.Span);
        try
        {
            return UnlockSlot.OpenWithRecoveryKey(repository, seed.Span, slots);
        }
        catch (WrongKeyException) when (draft?.TryOpen(new Sealer(repository), seed) is { } successor)
        {
            using (successor)
            {
                return UnlockSlot.OpenWithRecoveryKey(repository, successor.Span, slots);
            }
        }
    }

    /// <summary>The secret itself, without one newline at its end.</summary>
    public static SecretBytes Read(PassphraseSource source) => source.Kind switch
    {
        PassphraseKind.Command => Run(source),
        PassphraseKind.Descriptor => SecretFile.Read($"/dev/fd/{source.Descriptor}"),
        _ => SecretFile.Read(source.Path!),
    };

    private static SecretBytes Run(PassphraseSource source)
    {
        var start = new ProcessStartInfo(source.Command[0]) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in source.Command.Skip(1))
        {
            start.ArgumentList.Add(argument);
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new BackupException(FailureKind.Usage, $"The program of {source.Origin} cannot be started: {failure.Message}", "Correct the command; it must print the passphrase.", failure);
        }

        using (process)
        using (var buffer = new SecretBytes(LongestAnswer))
        {
            var length = ReadAll(process, buffer.Span);
            if (!process.WaitForExit(Patience) || process.ExitCode != 0)
            {
                var end = process.HasExited ? $"ended with {process.ExitCode}" : "did not end within a minute";
                throw new BackupException(FailureKind.Usage, $"The program of {source.Origin} {end}.", "Run it by hand; it must print the passphrase and end with 0.");
            }

            var answer = buffer.Span[..length];
            answer = answer.EndsWith("\r\n"u8) ? answer[..^2] : answer.EndsWith("\n"u8) ? answer[..^1] : answer;
            return answer.IsEmpty
                ? throw new BackupException(FailureKind.Usage, $"The program of {source.Origin} printed nothing.", "It must print the passphrase.")
                : SecretBytes.CopyOf(answer);
        }
    }

    private static int ReadAll(Process process, Span<byte> buffer)
    {
        var (length, read) = (0, 0);
        while (length < buffer.Length && (read = process.StandardOutput.BaseStream.Read(buffer[length..])) > 0)
        {
            length += read;
        }

        return length;
    }
}
