using System.Diagnostics;
using System.Text;
using Backup.Engine.Format;

namespace Backup.Engine.Sources;

/// <summary>The output of a command as one file. Its exit code counts, and too little output is a failure: an empty dump never looks like a backup.</summary>
/// <param name="command">The program and its arguments.</param>
/// <param name="path">The file's path in the snapshot, relative.</param>
/// <param name="leastBytes">Less is a failure.</param>
/// <param name="clock">Tells the time.</param>
public sealed class CommandSource(IReadOnlyList<string> command, string path, long leastBytes, TimeProvider clock) : ISource
{
    private const uint FileMode = 0b110_000_000;
    private const uint FolderMode = 0b111_000_000;

    /// <summary>More than is read ahead: the output comes as it is made.</summary>
    private const long UnknownSize = 1 << 20;

    /// <inheritdoc/>
    public IEnumerable<SourceDirectory> Walk(IWalkReport report, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var parts = path.Split('/');
        var self = Folder("");
        for (var depth = 0; depth < parts.Length; depth++)
        {
            var isLast = depth == parts.Length - 1;
            var entry = isLast ? File(parts[depth], now) : Folder(parts[depth]);
            yield return new CommandDirectory(depth, "/" + string.Join('/', parts.Take(depth)), self, entry, () => new CommandOutput(command, entry, leastBytes));
            self = entry;
        }
    }

    private static Entry Folder(string name) => new() { Name = Encoding.UTF8.GetBytes(name), Kind = EntryKind.Directory, Mode = FolderMode };

    /// <summary>Never as it was: nobody knows what the command says before it has said it.</summary>
    private static Entry File(string name, DateTimeOffset now)
    {
        var time = new Timestamp(now.ToUnixTimeSeconds(), (uint)(now.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
        return new Entry { Name = Encoding.UTF8.GetBytes(name), Kind = EntryKind.File, Mode = FileMode, Size = UnknownSize, Modified = time, Changed = time };
    }

    private sealed class CommandDirectory(int depth, string path, Entry self, Entry only, Func<ISourceFile> open) : SourceDirectory
    {
        public override int Depth => depth;

        public override byte[] Path { get; } = Encoding.UTF8.GetBytes(path);

        public override Entry Self => self;

        public override IReadOnlyList<Entry> Entries { get; } = [only];

        public override ISourceFile OpenFile(Entry entry) => open();
    }

    private sealed class CommandOutput : ISourceFile
    {
        private const int LongestMessage = 300;

        private readonly Entry _entry;
        private readonly long _least;
        private readonly Process _process;
        private readonly Task<string> _errors;
        private long _read;
        private bool _ended;

        public CommandOutput(IReadOnlyList<string> command, Entry entry, long least)
        {
            (_entry, _least) = (entry, least);
            try
            {
                _process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
            }
            catch (System.ComponentModel.Win32Exception missing)
            {
                throw new BackupException(FailureKind.Failed, $"The command {command[0]} cannot be run: {missing.Message.TrimEnd('.')}.", "Correct 'command:' in the policy; nothing was saved.", missing);
            }

            _errors = _process.StandardError.ReadToEndAsync();
        }

        public Entry Current => _entry with { Size = _ended ? _read : Math.Max(_read, _entry.Size) };

        public int Read(Span<byte> buffer)
        {
            var read = _ended ? 0 : _process.StandardOutput.BaseStream.Read(buffer);
            _read += read;
            if (read == 0 && !_ended)
            {
                RequireSuccess();
                _ended = true;
            }

            return read;
        }

        public bool Unchanged() => true;

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
        }

        private void RequireSuccess()
        {
            _process.WaitForExit();
            if (_process.ExitCode != 0)
            {
                var said = _errors.GetAwaiter().GetResult().Trim();
                throw new BackupException(
                    FailureKind.Failed, $"The command ended with {_process.ExitCode}{(said.Length == 0 ? "" : $": {said[^Math.Min(said.Length, LongestMessage)..]}")}.", "Run it by hand; what it wrote until then was not made a snapshot.");
            }

            if (_read < _least)
            {
                throw new BackupException(
                    FailureKind.Failed, $"The command wrote {_read} bytes, and at least {_least} are expected.", "Look why it says so little, or lower 'min_bytes'; it was not made a snapshot.");
            }
        }
    }
}
