using System.Text;
using System.Text.Json;
using Backup.Engine.Policies;
using Backup.Engine.Runs;

namespace Backup.Engine.Tests.Runs;

/// <summary>Parts of what archives hold of a person: records in files that mix people, single files, what older rules put elsewhere; and what is given out.</summary>
public sealed class ErasePartTests
{
    private const string Log = "bert came\nanna@example.de went\ncarl stayed\n";
    private const string Mixed = """
          - id: data
            kind: files
            roots: [ '{source}' ]
            class: mail
            subjects:
              - { match: '{source}/people/{user}/**', id: 'customer:{user}' }
              - { match: '{source}/logs/**', mixed: true, class: log }
        """;

    private const string MixedClasses = """
        classes:
          mail: { keep: { last: 50 } }
          log: { keep: { last: 50 }, starts: mtime }
        """;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("shared.log")]
    [InlineData("logs/app.log")]
    public async Task Redact_ALog_TakesOnlyThePersonsLines(string file)
    {
        using var story = await EraseStory.BeginAsync(MixedClasses, sources: Mixed);
        story.Write(file, Log);
        story.Write("logs/other.log", "nobody\n");
        await story.BackupAsync();
        story.Write(file, Log + "anna@example.de again\nthe end");
        await story.BackupAsync();
        story.Write("readme", "newer");
        await story.BackupAsync();
        await story.MustRestoreAsync();

        var status = await RedactAsync(story, "email:anna@example.de", file);

        Assert.Equal(3, status.Level);
        await story.RewriteAsync(file, static text => string.Concat(text.Split('\n').Where(static line => !line.Contains("anna@", StringComparison.Ordinal)).Select(static line => line + "\n")).TrimEnd('\n')
            + (text.EndsWith('\n') ? "\n" : ""));
        await story.MustRestoreAsync();
        var certificate = await EraseRun.CertificateAsync(story.Repository.Context(), status.Request.ToString(), new ReadOptions(), Token);
        Assert.Equal(file == "shared.log", certificate.Body.GetProperty("opens_with_current_keys_where_not_deleted").GetBoolean());
        Assert.Empty(await FindAsync(story, "email:anna@example.de"));

        // The next run reads the file again, which has what it had.
        await story.BackupAsync();
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Redact_NothingMatches_IsRefused()
    {
        using var story = await EraseStory.BeginAsync();
        Assert.Equal(FailureKind.Failed, (await Assert.ThrowsAsync<BackupException>(() => RedactAsync(story, "email:anna@example.de", "none.log"))).Kind);
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Path_OneFileOfAPerson_GoesAndTheRestStays()
    {
        using var story = await EraseStory.BeginAsync();
        var status = await EraseRun.RunAsync(
            story.Repository.Context(), new EraseRequest { Subjects = ["customer:anna"], Reason = "unlawful", Paths = ["**/anna/folder/large"] }, Token);

        Assert.Equal(3, status.Level);
        story.Forget("people/anna/folder/large");
        await story.RewriteAsync("", static text => text);
        await story.MustRestoreAsync();

        File.Delete(story.Repository.InSource("people/anna/folder/large"));
        story.Clean("anna");
        story.Write("people/anna/letter", "a new one");
        await story.BackupAsync();
        await story.MustRestoreAsync();
        Assert.Equal(3, (await story.EraseAsync("customer:anna")).Level);
        story.Forget("people/anna/");
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Erase_SnapshotsOfOlderRules_AreWrittenAnew()
    {
        const string Before = "  - { id: data, kind: files, roots: [ '{source}' ], class: mail }";
        using var story = await EraseStory.BeginAsync(MixedClasses, sources: Before);
        story.Repository.Sources = Mixed;
        await story.BackupAsync();
        await story.MustRestoreAsync();
        var plan = await EraseRun.PlanAsync(story.Repository.Context(), new EraseRequest { Subjects = ["customer:anna"], Reason = "request" }, Token);
        Assert.Equal(2, plan.Outside.Count);

        var status = await story.EraseAsync("customer:anna");

        Assert.Equal(3, status.Level);
        story.Forget("people/anna/");
        await story.RewriteAsync("", static text => text);
        await story.MustRestoreAsync();
    }

    [Fact]
    public async Task Export_APerson_WritesTheNewestOfEachFileAndNothingOfOthers()
    {
        using var story = await EraseStory.BeginAsync();
        File.Delete(story.Repository.InSource("people/anna/folder/large"));
        await story.Repository.BackupAsync();
        var target = story.Repository.At("export");

        var outcome = await ExportRun.RunAsync(story.Repository.Context(), new ExportRequest(["customer:anna"], target, new ReadOptions()), Token);

        var files = Directory.EnumerateFiles(target, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(["large", "letter", "manifest.json"], files);
        Assert.Equal(2, outcome.Files);
        using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Join(target, "manifest.json"), Token));
        Assert.Equal(2, manifest.RootElement.GetProperty("files").GetArrayLength());
        Assert.Equal(3, manifest.RootElement.GetProperty("recipients").GetArrayLength());

        await SubjectRun.RestrictAsync(story.Repository.Context(), new RestrictionRequest(["customer:anna"], null, DryRun: false), Token);
        var refused = await Assert.ThrowsAsync<BackupException>(() =>
            ExportRun.RunAsync(story.Repository.Context(), new ExportRequest(["customer:anna"], target + "2", new ReadOptions()), Token));
        Assert.Equal(FailureKind.Refused, refused.Kind);
    }

    [Fact]
    public async Task Content_AnIdentifierOutsideTheDomain_IsFound()
    {
        using var story = await EraseStory.BeginAsync();
        story.Write("people/bert/mail", "Dear bert, this is ANNA@example.de.");
        story.Write("people/carl/packed.zip", "PK\u0003\u0004 anything");
        await story.BackupAsync();

        var found = await FindAsync(story, "email:anna@example.de");

        Assert.Contains(found, static item => item.Unsearched is null && Encoding.UTF8.GetString(item.Path).EndsWith("bert/mail", StringComparison.Ordinal) && item.Count == 1);
        Assert.Contains(found, static item => item.Unsearched is not null && Encoding.UTF8.GetString(item.Path).EndsWith("packed.zip", StringComparison.Ordinal));
        Assert.Equal(2, found.Count);
    }

    private static async Task<IReadOnlyList<ContentFinding>> FindAsync(EraseStory story, string subject)
    {
        var found = new List<ContentFinding>();
        await foreach (var item in ContentRun.FindAsync(story.Repository.Context(), new ContentRequest([subject], null, new ReadOptions()), Token))
        {
            found.Add(item);
        }

        return found;
    }

    private static Task<EraseStatus> RedactAsync(EraseStory story, string subject, string file)
    {
        var yaml = $"redact:\n  - {{ path: '{story.Repository.InSource(file)}', format: lines }}\n";
        return EraseRun.RunAsync(
            story.Repository.Context(), new EraseRequest { Subjects = [subject], Reason = "request", Redactions = RedactionFile.Read(Encoding.UTF8.GetBytes(yaml), "rules.yaml") }, Token);
    }
}
