namespace Backup.Engine.Policies;

/// <summary>A subject rule as the policy writes it.</summary>
public sealed record SubjectRuleConfig
{
    /// <summary>An absolute path with placeholders, like <c>/var/vmail/{domain}/{user}/**</c>.</summary>
    public required string Match { get; init; }

    /// <summary>The identifier with placeholders, like <c>email:{user}@{domain}</c>. Null only for files that mix people.</summary>
    public string? Id { get; init; }

    /// <summary>The class of what matches; null: the source's.</summary>
    public string? Class { get; init; }

    /// <summary><c>year</c>, <c>month</c> or <c>day</c>: how finely; or a text with placeholders that is the period itself. Null: by the class.</summary>
    public string? Period { get; init; }

    /// <summary><c>mtime</c> or a text with placeholders; null: as the class says.</summary>
    public string? Starts { get; init; }

    /// <summary>The files hold records of several people.</summary>
    public bool Mixed { get; init; }

    /// <summary>The beginning of <see cref="Match"/> in which the graft hangs; null: the folder above the person's.</summary>
    public string? GraftAt { get; init; }
}

/// <summary>A subject rule, compiled. Lengths and positions count components of the pattern.</summary>
internal sealed class SubjectRule
{
    public required SubjectRuleConfig Config { get; init; }

    public required PathPattern Pattern { get; init; }

    /// <summary>Up to and with the last component that gives a part of the identifier: the person's folder.</summary>
    public required int FolderLength { get; init; }

    /// <summary>The graft hangs in the directory that the first components, this many, match.</summary>
    public required int CutLength { get; init; }

    /// <summary>Gives the typed identifier.</summary>
    public required TextTemplate Subject { get; init; }

    /// <summary>The class of what matches, or null.</summary>
    public required string? Class { get; init; }

    /// <summary>The period as a text of the match; null if it comes from the mtime or there is none.</summary>
    public TextTemplate? PeriodText { get; init; }

    /// <summary>How finely the period divides; null if there is none.</summary>
    public PeriodUnit? PeriodUnit { get; init; }

    /// <summary>Rules with equal number share the person's folder and the identifier.</summary>
    public int Group { get; set; }

    /// <summary>Of two rules of a group that match one path, the one with the higher rank wins.</summary>
    public int Rank { get; set; }

    public PatternComponent[] Components => Pattern.Components;

    public ReadOnlySpan<PatternComponent> Folder => Components.AsSpan(0, FolderLength);

    /// <summary>What lies in no domain but the rule's: from the first name that must not show.</summary>
    public ReadOnlySpan<PatternComponent> Hidden => Components.AsSpan(0, CutLength + 1);

    public bool HidesParents => CutLength < FolderLength - 1;

    /// <summary>What a placeholder took.</summary>
    public byte[] Value(string name, byte[][] captures)
    {
        var slot = 0;
        foreach (var component in Components)
        {
            foreach (var placeholder in component.Placeholders)
            {
                if (placeholder == name)
                {
                    return captures[slot];
                }

                slot++;
            }
        }

        throw new InvalidOperationException("The reader lets no template name a placeholder that the pattern lacks.");
    }

    public PeriodSource Period(byte[][] captures, out string? problem)
    {
        problem = null;
        if (PeriodText is null)
        {
            return PeriodUnit is { } unit ? PeriodSource.ByMtime(unit) : PeriodSource.None;
        }

        // A period that the rule names stays as it is; a start is cut to what the class divides by.
        var finest = PeriodText.Text == Config.Period ? Policies.PeriodUnit.Day : PeriodUnit!.Value;
        var text = TextTemplate.ToText(PeriodText.Fill(name => Value(name, captures)));
        if (text is not null && Policies.Period.Of(finest, text) is { } period)
        {
            return PeriodSource.Fixed(period);
        }

        problem = $"'{PeriodText.Text}' gives no date (YYYY, YYYY-MM or YYYY-MM-DD), so its mtime counts";
        return PeriodSource.ByMtime(PeriodUnit!.Value);
    }
}
