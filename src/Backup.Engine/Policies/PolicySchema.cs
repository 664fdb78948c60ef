namespace Backup.Engine.Policies;

/// <summary>The JSON schema of a policy, for editors and for those who generate one.</summary>
public static class PolicySchema
{
    private const string Resource = "policy.schema.json";

    /// <summary>The text of <c>policies/schema.json</c>: JSON Schema, draft 2020-12.</summary>
    public static string Text
    {
        get
        {
            using var stream = typeof(PolicySchema).Assembly.GetManifestResourceStream(Resource)!;
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd();
        }
    }
}
