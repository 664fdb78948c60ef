namespace Backup.Engine.Sources;

/// <summary>
/// What is left out, in the manner of gitignore, in order; the last pattern that matches decides, and <c>!</c> before a pattern takes back
/// in. What lies in a directory that is left out cannot be taken back in, as it is not entered.
/// <list type="bullet">
/// <item><c>name</c>: that name at any depth.</item>
/// <item><c>/a/b</c>: the absolute path. <c>a/b</c>: below the root <c>/</c> and below each root of the source.</item>
/// <item><c>name/</c>: only if it is a directory.</item>
/// <item><c>**</c> as a whole component: any number of directories; at the end: everything inside.</item>
/// <item>In a component: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[!a-z]</c>, and <c>\</c> before a character that is meant literally.</item>
/// </list>
/// A path is followed name by name: each directory carries how far every pattern has come, so that a path beyond PATH_MAX needs nothing
/// special and an absolute pattern costs nothing elsewhere.
/// </summary>
public sealed class ExcludePatterns
{
    private const int MostComponents = 62;

    private readonly List<Pattern> _patterns = [];

    private ExcludePatterns()
    {
    }

    /// <summary>Nothing is left out.</summary>
    public static ExcludePatterns None { get; } = new();

    public bool IsEmpty => _patterns.Count == 0;

    /// <exception cref="BackupException">Usage: a pattern is no pattern.</exception>
    public static ExcludePatterns Parse(IEnumerable<string> patterns)
    {
        var parsed = new ExcludePatterns();
        foreach (var text in patterns)
        {
            try
            {
                parsed._patterns.Add(Pattern.Parse(text));
            }
            catch (FormatException fault)
            {
                throw new BackupException(
                    FailureKind.Usage,
                    $"The exclude pattern \"{text}\" is not valid: {fault.Message}.",
                    "Correct the pattern in the policy.",
                    fault);
            }
        }

        return parsed;
    }

    /// <summary>How far the patterns are in <c>/</c>, before any name.</summary>
    public ExcludeState Top() => IsEmpty ? default : new ExcludeState([.. _patterns.Select(static pattern => pattern.Start)]);

    /// <summary>How far the patterns are in a directory that is a root of the source: there relative patterns begin anew.</summary>
    public ExcludeState AtRoot(ExcludeState state) => IsEmpty
        ? state
        : new ExcludeState([.. _patterns.Select((pattern, i) => state.Steps![i] | (pattern.IsRelative ? pattern.Start : 0))]);

    /// <summary>How far the patterns are in a directory inside the one that <paramref name="state"/> is of.</summary>
    public ExcludeState Enter(ExcludeState state, ReadOnlySpan<byte> name)
    {
        if (IsEmpty) return state;
        var steps = new ulong[_patterns.Count];
        for (var i = 0; i < steps.Length; i++)
        {
            steps[i] = _patterns[i].Step(state.Steps![i], name, out _);
        }

        return new ExcludeState(steps);
    }

    /// <summary>True if no pattern can match anything in that directory or below it.</summary>
    public bool IsSpent(ExcludeState state) => IsEmpty || !state.Steps!.AsSpan().ContainsAnyExcept(0UL);

    /// <summary>Whether a name in a directory is left out.</summary>
    /// <param name="state">Of the directory.</param>
    /// <param name="name">One component.</param>
    /// <param name="isDirectory">A symbolic link to a directory is none.</param>
    public bool Excludes(ExcludeState state, ReadOnlySpan<byte> name, bool isDirectory)
    {
        for (var i = _patterns.Count - 1; i >= 0; i--)
        {
            var pattern = _patterns[i];
            if (state.Steps![i] == 0 || (pattern.OnlyDirectories && !isDirectory)) continue;
            pattern.Step(state.Steps[i], name, out var matched);
            if (matched) return !pattern.TakesIn;
        }

        return false;
    }

    /// <param name="Components">Null stands for <c>**</c>.</param>
    /// <param name="TakesIn">It began with <c>!</c>.</param>
    /// <param name="OnlyDirectories">It ended with <c>/</c>.</param>
    /// <param name="IsRelative">It begins anew at each root.</param>
    private sealed record Pattern(NamePattern?[] Components, bool TakesIn, bool OnlyDirectories, bool IsRelative)
    {
        /// <summary>Bit n: the first n components are matched.</summary>
        public ulong Start => Reach(0);

        public static Pattern Parse(string text)
        {
            var takesIn = text.StartsWith('!');
            var body = takesIn ? text[1..] : text;
            var onlyDirectories = body.EndsWith('/');
            var parts = body.Split('/', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length == 0) throw new FormatException("it names nothing");
            if (parts.Length > MostComponents) throw new FormatException($"it has more than {MostComponents} components");
            if (parts.Any(static part => part is "." or "..")) throw new FormatException("'.' and '..' have no meaning here");
            if (body.Contains('\0')) throw new FormatException("it holds a NUL");
            var components = parts.Select(static part => part == "**" ? null : new NamePattern(part)).ToList();
            var isAbsolute = body.StartsWith('/');
            var anyDepth = !isAbsolute && parts.Length == 1;
            if (anyDepth && components[0] is not null) components.Insert(0, null);
            return new Pattern([.. components], takesIn, onlyDirectories, !isAbsolute);
        }

        public ulong Step(ulong state, ReadOnlySpan<byte> name, out bool matched)
        {
            ulong next = 0;
            var end = 1UL << Components.Length;
            for (var rest = state; rest != 0; rest &= rest - 1)
            {
                var i = System.Numerics.BitOperations.TrailingZeroCount(rest);
                if (Components[i] is not { } component) next |= i == Components.Length - 1 ? (1UL << i) | end : Reach(i);
                else if (component.Matches(name)) next |= Reach(i + 1);
            }

            matched = (next & end) != 0;
            return next & ~end;
        }

        // "**" before something else may stand for no directory at all; at the end it stands for at least one name.
        private ulong Reach(int matched)
        {
            var reached = 1UL << matched;
            while (matched < Components.Length - 1 && Components[matched] is null)
            {
                reached |= 1UL << ++matched;
            }

            return reached;
        }
    }
}

/// <summary>How far each pattern has come in a directory; made and read by <see cref="ExcludePatterns"/> only.</summary>
public readonly struct ExcludeState
{
    internal ExcludeState(ulong[] steps) => Steps = steps;

    internal ulong[]? Steps { get; }
}
