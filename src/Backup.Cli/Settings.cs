namespace Backup.Cli;

/// <summary>The global options after the precedence of the contract: flag, environment. What the policy and the defaults add comes when the policy is read.</summary>
internal sealed record Settings
{
    /// <summary>Null: the default places are tried.</summary>
    public string? Policy { get; init; }

    /// <summary>Null: the only tenant, or all of them.</summary>
    public string? Tenant { get; init; }

    /// <summary>Null: what the policy or the default says.</summary>
    public string? State { get; init; }

    public bool Json { get; init; }

    public bool Quiet { get; init; }

    public bool Verbose { get; init; }
}

/// <summary>The process around a command, so that a test can be one.</summary>
internal sealed record Surroundings
{
    public required Stream Output { get; init; }

    public required Stream Error { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal.</summary>
    public int Width { get; init; } = 80;

    /// <summary>An environment variable; null or empty: not set.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Whether the process may write to the system's places.</summary>
    public bool IsRoot { get; init; }

    /// <summary>The working directory.</summary>
    public required string Directory { get; init; }

    public required TimeProvider Clock { get; init; }
}
