using Backup.Engine.Format;
using Backup.Engine.Policies;

namespace Backup.Engine.Runs;

/// <summary>Until when a domain must be kept, by its class and by holds.</summary>
/// <param name="Until">Null: nothing keeps it.</param>
/// <param name="By">The duties that count now, each with a reason for the reader.</param>
internal sealed record DomainDuty(DateTimeOffset? Until, IReadOnlyList<DutyItem> By)
{
    /// <summary>Whether it may not be erased now.</summary>
    public bool IsHeld => By.Count > 0;

    /// <summary>What keeps a domain.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="classes">Of the policy: a class that it does not have any more keeps nothing.</param>
    /// <param name="holds">Of the keyring.</param>
    /// <param name="subjects">Identifiers of the same person: a hold on one of them covers all.</param>
    /// <param name="now">The time.</param>
    public static DomainDuty Of(DomainRecord domain, IReadOnlyList<RetentionClass> classes, IReadOnlyList<HoldRecord> holds, IReadOnlySet<string> subjects, DateTimeOffset now)
    {
        var duties = new List<DutyItem>();
        if (classes.FirstOrDefault(each => each.Name == domain.Class) is { } rules && KeptUntil(domain, rules) is { } until)
        {
            duties.Add(new DutyItem(null, domain.Class, until, rules.Basis ?? "the retention class"));
        }

        foreach (var hold in holds.Where(hold => Covers(hold, domain, subjects)))
        {
            duties.Add(new DutyItem(hold.Id, hold.Class, DateTimeOffset.FromUnixTimeSeconds(hold.Until), hold.Reason));
        }

        duties.RemoveAll(duty => duty.Until <= now);
        return new DomainDuty(duties.Count == 0 ? null : duties.Max(static duty => duty.Until), duties);
    }

    private static bool Covers(HoldRecord hold, DomainRecord domain, IReadOnlySet<string> subjects) =>
        (hold.Class is null || hold.Class == domain.Class) && (hold.Subject is null || hold.Subject == domain.Subject || (subjects.Contains(hold.Subject) && domain.Subject is { } own && subjects.Contains(own)));

    /// <summary>
    /// A period is counted from its last day: the youngest of what lies in the domain. What has no date counts from when the domain was made.
    /// </summary>
    private static DateTimeOffset? KeptUntil(DomainRecord domain, RetentionClass rules)
    {
        if (rules.RetainUntil is not { } length)
        {
            return null;
        }

        var start = domain.Period is { } period && Period.TryRange(period, out _, out var next)
            ? new DateTimeOffset(next.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
            : DateTimeOffset.FromUnixTimeSeconds(domain.Created);
        if (rules.From == RetentionStart.YearEnd)
        {
            start = new DateTimeOffset(start.AddTicks(-1).Year + 1, 1, 1, 0, 0, 0, TimeSpan.Zero);
        }

        return length.After(start);
    }
}

/// <summary>One duty to keep.</summary>
/// <param name="Hold">The hold; null: the class itself.</param>
/// <param name="Class">The class it covers; null: every class.</param>
/// <param name="Until">When it ends.</param>
/// <param name="Reason">Of the hold, or the legal basis of the class.</param>
public sealed record DutyItem(Id128? Hold, string? Class, DateTimeOffset Until, string Reason);
