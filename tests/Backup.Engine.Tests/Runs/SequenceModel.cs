namespace Backup.Engine.Tests.Runs;

/// <summary>What must be true of every snapshot and every person, whatever happened. Persons are named by the folder that is theirs.</summary>
internal sealed class SequenceModel
{
    /// <summary>So many snapshots the policy keeps at least.</summary>
    public const int Kept = 3;

    private readonly List<Saved> _saved = [];
    private readonly List<Attempt> _attempts = [];

    /// <summary>What is in the source now: text by path.</summary>
    public Dictionary<string, string> Now { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<Saved> All => _saved;

    public IReadOnlyList<Attempt> Attempts => _attempts;

    /// <summary>Who owns a path; null: nobody.</summary>
    public static string? PersonOf(string path) => path.Split('/') is ["people", var person, ..] ? person : null;

    /// <summary>
    /// A backup begins: whether it commits is not known yet. A machine that knows nothing of an erasure goes on with the person's old domain: what it saves there
    /// goes when it hears of it.
    /// </summary>
    /// <param name="known">Which erasures the machine that saves can know of.</param>
    public Saved Begin(Func<Attempt, bool> known)
    {
        var open = _attempts.Where(attempt => !attempt.IsSettled || !known(attempt)).Select(static attempt => attempt.Person).ToHashSet(StringComparer.Ordinal);
        var saved = new Saved(_saved.Count, new Dictionary<string, string>(Now, StringComparer.Ordinal), open);
        _saved.Add(saved);
        return saved;
    }

    /// <summary>Somebody asks for a person to be erased: everything saved before may go from now on.</summary>
    public Attempt Ask(string person)
    {
        var attempt = new Attempt(person, _saved.Count);
        _attempts.Add(attempt);
        return attempt;
    }

    /// <summary>Takes back an attempt that was refused before anything was touched.</summary>
    public void Refused(Attempt attempt) => _attempts.Remove(attempt);

    /// <summary>Whether the same person was to be erased before.</summary>
    public bool WasAsked(Attempt attempt) => _attempts.Exists(other => other != attempt && other.Person == attempt.Person);

    /// <summary>No request is open anywhere: what is saved from now on is touched by none of them.</summary>
    public void Settle() => _attempts.ForEach(static attempt => attempt.IsSettled = true);

    /// <summary>Somebody forgets: of all that was begun the last <see cref="Kept"/> that are sure stay.</summary>
    public void Forget()
    {
        var later = 0;
        foreach (var saved in _saved.AsEnumerable().Reverse())
        {
            saved.MayBeForgotten |= later >= Kept;
            later++;
        }
    }

    /// <summary>Whether a snapshot must, may or must not have what a person had.</summary>
    /// <param name="saved">The snapshot.</param>
    /// <param name="person">Whose.</param>
    /// <param name="known">Which erasures count.</param>
    public Presence Of(Saved saved, string person, Func<Attempt, bool>? known = null)
    {
        var later = _attempts.Where(attempt => attempt.Person == person && saved.Number < attempt.Before).ToList();
        return later.Exists(attempt => attempt.KeysAreGone && known?.Invoke(attempt) != false) ? Presence.Gone
            : later.Count > 0 || saved.Open.Contains(person) ? Presence.Either
            : Presence.There;
    }

    /// <summary>What a restored snapshot has that it must not have, or lacks; empty if all is well.</summary>
    /// <param name="saved">The snapshot.</param>
    /// <param name="restored">Text by path.</param>
    /// <param name="known">Which erasures count.</param>
    /// <param name="isWhole">Whether what must be there is demanded.</param>
    public IEnumerable<string> Faults(Saved saved, IReadOnlyDictionary<string, string> restored, Func<Attempt, bool>? known = null, bool isWhole = true)
    {
        foreach (var (path, text) in restored.Where(file => saved.Files.GetValueOrDefault(file.Key) != file.Value))
        {
            yield return $"snapshot {saved.Number} gives {path} as '{Short(text)}' and saved '{Short(saved.Files.GetValueOrDefault(path, "nothing"))}'";
        }

        foreach (var own in saved.Files.Keys.GroupBy(static path => PersonOf(path) ?? "", StringComparer.Ordinal))
        {
            var presence = own.Key.Length == 0 ? Presence.There : Of(saved, own.Key, known);
            var found = own.Count(restored.ContainsKey);
            if ((presence == Presence.Gone && found > 0) || (isWhole && presence == Presence.There && found < own.Count()) || (isWhole && found > 0 && found < own.Count()))
            {
                yield return $"snapshot {saved.Number} gives {found} of {own.Count()} files of {(own.Key.Length == 0 ? "nobody" : own.Key)}, who must be {presence}";
            }
        }
    }

    private static string Short(string text) => text.Length > 40 ? text[..40] : text;

    internal enum Presence
    {
        There,
        Either,
        Gone,
    }

    /// <summary>What one backup saw.</summary>
    /// <param name="Number">Of the backups, from 0; the tag of its snapshot.</param>
    /// <param name="Files">Text by path.</param>
    /// <param name="Open">Persons of whom a request may be open: what is saved of them meanwhile goes with the rest.</param>
    internal sealed record Saved(int Number, IReadOnlyDictionary<string, string> Files, IReadOnlySet<string> Open)
    {
        /// <summary>It said that the snapshot is made.</summary>
        public bool IsCommitted { get; set; }

        public bool MayBeForgotten { get; set; }
    }

    /// <summary>One request for erasure.</summary>
    /// <param name="Person">Of whom.</param>
    /// <param name="Before">Backups below this number came before it.</param>
    internal sealed record Attempt(string Person, int Before)
    {
        /// <summary>It said that the keys are gone.</summary>
        public bool KeysAreGone { get; set; }

        public bool IsSettled { get; set; }

        /// <summary>The entries of the ledger that name domains as erased and were new with it.</summary>
        public IReadOnlySet<string> Entries { get; set; } = new HashSet<string>(StringComparer.Ordinal);
    }
}
