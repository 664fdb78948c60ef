using System.Text;

namespace Backup.Engine.Policies;

/// <summary>Reads a whole policy: bytes to records, or everything that is wrong with them.</summary>
internal static class PolicyReader
{
    public static readonly string[] TopKeys = ["version", "state", "logs", "service"];
    public static readonly string[] SingleKeys = [.. TopKeys, "tenant", .. TenantReader.Keys];
    public static readonly string[] SeveralKeys = [.. TopKeys, "tenants", .. TenantReader.SharedKeys];

    private const int KnownVersion = 1;

    /// <summary>Reads a policy.</summary>
    /// <param name="content">The bytes of the file.</param>
    /// <param name="file">The file as it was named, for messages.</param>
    /// <param name="directory">Absolute; relative paths in the policy begin there.</param>
    /// <param name="state">Gives the state directory from what the policy says, or null if it says nothing.</param>
    /// <param name="judge">If anything is wrong, look at all that it names too: nothing runs with it, so all is said at once. Null: do not look.</param>
    /// <exception cref="PolicyException">All that is wrong.</exception>
    public static Policy Read(ReadOnlySpan<byte> content, string file, string directory, Func<string?, string> state, TermJudge? judge = null)
    {
        var faults = new PolicyFaults(file);
        var reading = new PolicyReading(faults, directory);
        var text = Decode(content, faults);
        var node = text is null ? null : PolicyTree.Parse(text, faults);
        var root = node is null ? null : PolicyFields.OfAny(node, "a policy", reading);
        var policy = root is null ? null : Read(root, reading, state);
        if (faults.Any && policy is not null && judge is not null)
        {
            faults.AddProblems(policy.Files);
            faults.AddRefusals(policy, judge);
        }

        faults.ThrowIfAny();
        return policy!;
    }

    private static string? Decode(ReadOnlySpan<byte> content, PolicyFaults faults)
    {
        content = content.StartsWith("\ufeff"u8) ? content[3..] : content;
        var (line, column) = (1, 1);
        for (var rest = content; !rest.IsEmpty;)
        {
            var status = Rune.DecodeFromUtf8(rest, out var rune, out var length);
            if (status != System.Buffers.OperationStatus.Done)
            {
                faults.Add(line, column, "The policy is not UTF-8 here.", "Save the file as UTF-8.");
                return null;
            }

            if (Rune.IsControl(rune) && rune.Value is not ('\n' or '\r' or '\t'))
            {
                faults.Add(
                    line,
                    column,
                    $"A control character (U+{rune.Value:X4}) stands here.",
                    "Remove it; text in double quotes may hold \"\\x07\" and the like.");
                return null;
            }

            (line, column) = rune.Value == '\n' ? (line + 1, 1) : (line, column + 1);
            rest = rest[length..];
        }

        return Encoding.UTF8.GetString(content);
    }

    private static Policy? Read(PolicyFields root, PolicyReading reading, Func<string?, string> state)
    {
        var several = root.Has("tenants");
        CheckKeys(root, several);
        CheckVersion(root);
        var stateRoot = state(root.FilePath("state"));
        var reader = new TenantReader(reading, stateRoot);
        var tenants = several ? Several(root, reader) : [reader.Read(PolicyKinds.Id(root, "tenant"), root, root)];
        PlaceChecks.Sites(reader.Sites, stateRoot);
        foreach (var source in reader.Sources)
        {
            PlaceChecks.Roots(source, reader.Sites, stateRoot);
        }

        return new Policy
        {
            File = reading.Faults.File,
            State = stateRoot,
            Tenants = tenants,
            Logs = SectionReader.Logs(root.Find("logs"), reading),
            Service = SectionReader.Service(root.Find("service"), reading),
            Warnings = reading.Warnings.ToList(),
            Files = reading.Files,
            Terms = reading.Terms,
        };
    }

    private static void CheckKeys(PolicyFields root, bool several)
    {
        if (!several)
        {
            root.CheckKeys("a policy", SingleKeys);
            return;
        }

        foreach (var key in root.Entries.Select(entry => entry.Key))
        {
            if (SingleKeys.Contains(key.Text, StringComparer.Ordinal) && !SeveralKeys.Contains(key.Text, StringComparer.Ordinal))
            {
                root.Faults.Add(
                    key,
                    $"'{key.Text}' stands beside 'tenants', where it belongs to nobody.",
                    key.Text == "tenant" ? "Remove it, or remove 'tenants'." : "Move it into a tenant.");
            }
        }

        root.CheckKeys("a policy", [.. SeveralKeys, .. SingleKeys]);
    }

    private static void CheckVersion(PolicyFields root)
    {
        _ = root.Require("version");
        var version = root.Integer("version", KnownVersion, 1, int.MaxValue);
        if (version != KnownVersion)
        {
            root.Fault(
                "version",
                $"The policy is of version {version}, and this program knows version {KnownVersion}.",
                "Use a newer backupctl.");
        }
    }

    private static List<Tenant> Several(PolicyFields root, TenantReader reader)
    {
        var tenants = new List<Tenant>();
        if (root.Find("tenants") is not { } node || PolicyFields.OfAny(node, "the tenants", root.Reading) is not { } all)
        {
            return tenants;
        }

        foreach (var (name, value) in all.Entries)
        {
            if (!PolicyKinds.IsId(name.Text))
            {
                root.Faults.Add(
                    name,
                    $"The tenant is called {PolicyReading.Quote(name.Text)}, which cannot be a folder's name.",
                    PolicyKinds.IdForm);
            }

            if (PolicyFields.Of(value, "a tenant", TenantReader.Keys, root.Reading) is { } own)
            {
                tenants.Add(reader.Read(name.Text, own, root));
            }
        }

        if (all.Entries.Count == 0)
        {
            root.Fault("tenants", "'tenants' is empty.", "Add a tenant, or write 'tenant: NAME' for the only one.");
        }

        return tenants;
    }
}
