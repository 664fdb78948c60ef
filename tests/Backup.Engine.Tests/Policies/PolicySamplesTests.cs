using System.Text;
using Backup.Engine.Policies;
using CsCheck;

namespace Backup.Engine.Tests.Policies;

public sealed class PolicySamplesTests
{
    public static TheoryData<string> Samples => new(PolicyTexts.Samples);

    [Fact]
    public void Samples_Folder_HoldsThoseThatTheManualNames()
    {
        string[] named = ["azure.yaml", "classes.yaml", "four-kinds.yaml", "local-three-cities.yaml", "s3.yaml", "sftp.yaml", "tenants.yaml"];
        Assert.Empty(named.Except(PolicyTexts.Samples, StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Read_Sample_HasNoFaultAndNoWarningButMissingClasses(string sample)
    {
        var policy = PolicyTexts.Read(File.ReadAllBytes(Path.Combine(PolicyTexts.Folder, sample)));
        Assert.NotEmpty(policy.Tenants);
        Assert.All(policy.Tenants, tenant => Assert.True(tenant.Sites.Count >= 3));
        Assert.All(policy.Warnings, warning => Assert.Contains("has no class", warning.Message, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Show_Sample_IsReadBackToTheSameText(string sample)
    {
        var shown = PolicyText.Show(PolicyTexts.Read(File.ReadAllBytes(Path.Combine(PolicyTexts.Folder, sample))));
        var again = PolicyText.Show(PolicyTexts.Read(Encoding.UTF8.GetBytes(shown)));
        Assert.Equal(shown, again);
    }

    [Fact]
    public void Read_SampleWithSlips_IsReadOrRefusedInPlainWords()
    {
        var samples = PolicyTexts.Samples.Select(sample => File.ReadAllText(Path.Combine(PolicyTexts.Folder, sample))).ToArray();
        string[] slips = ["", "x", " ", "\n", "[]", "{}", "~", "-1", ": ", ", ", "\"", "{", "}", "[", "]", "*", "**", "/", "..", "é", "0", "&a ", "*a"];
        Gen.Select(Gen.Int[0, samples.Length - 1], Gen.Double[0, 1], Gen.Int[0, 12], Gen.Int[0, slips.Length - 1]).Sample(
            (sample, place, removed, slip) =>
            {
                var at = (int)(place * samples[sample].Length);
                var text = samples[sample][..at] + slips[slip] + samples[sample][Math.Min(at + removed, samples[sample].Length)..];
                return Record.Exception(() => PolicyTexts.Read(text)) is null or PolicyException { Faults.Count: > 0 };
            },
            iter: 3_000);
    }

    [Fact]
    public void Read_FourKinds_GivesEveryValueOfTheManual()
    {
        var policy = PolicyTexts.Read(File.ReadAllBytes(Path.Combine(PolicyTexts.Folder, "four-kinds.yaml")));
        var tenant = Assert.Single(policy.Tenants);
        Assert.Equal(("as-it", "/var/lib/backup", "/var/lib/backup/as-it"), (tenant.Id, policy.State, tenant.State));
        Assert.Equal("/etc/backup/passphrase", tenant.Keys!.PassphraseFile);

        var local = Assert.IsType<LocalSiteConfig>(tenant.Sites[0]);
        Assert.Equal(("unna", "/srv/backup", "Unna", "DE", new Location(51.535, 7.689)), (local.Id, local.Path, local.City, local.Country, local.Location));
        var sftp = Assert.IsType<SftpSiteConfig>(tenant.Sites[1]);
        Assert.Equal(("bk1.example.net", 22, "backup", "backup", 4), (sftp.Host, sftp.Port, sftp.User, sftp.Path, sftp.Connections));
        Assert.Equal(("/etc/backup/id_ed25519", "/etc/backup/known_hosts", "/etc/backup/nue-delete.json"), (sftp.KeyFile, sftp.KnownHosts, sftp.DeleteCredentialsFile));
        var s3 = Assert.IsType<S3SiteConfig>(tenant.Sites[2]);
        Assert.Equal((new Uri("https://s3.example.net"), "us-east-1", "backup", "as-it", true), (s3.Endpoint, s3.Region, s3.Bucket, s3.Prefix, s3.PathStyle));
        Assert.Equal((new ObjectLock(ObjectLockMode.Compliance, 30), TimeSpan.FromDays(3), "Hoster A"), (s3.Lock, s3.SecretLock, s3.Operator));
        Assert.Equal(new SiteCertificate("ISO-27001-1234", new DateOnly(2027, 5, 31)), s3.Certificate);
        var azure = Assert.IsType<AzureSiteConfig>(tenant.Sites[3]);
        Assert.Equal((new Uri("https://x.blob.core.windows.net"), "backup", 20L << 20), (azure.Endpoint, azure.Container, azure.Upload));

        Assert.Equal(3, tenant.Placement.Cities);
        Assert.Equal(["DE"], tenant.Placement.Countries);
        Assert.Equal(10, tenant.Placement.MinDistanceKm);
        Assert.Equal((256L << 20, 50L << 20, 4L << 30, TimeSpan.FromMinutes(30)), (tenant.Limits.Memory, tenant.Limits.Upload, tenant.Limits.Spool, tenant.Limits.Wait));
    }

    [Fact]
    public void Read_FourKinds_GivesSourcesClassesAndServices()
    {
        var policy = PolicyTexts.Read(File.ReadAllBytes(Path.Combine(PolicyTexts.Folder, "four-kinds.yaml")));
        var tenant = Assert.Single(policy.Tenants);
        var mail = Assert.IsType<FilesSourceConfig>(tenant.Sources[0]);
        Assert.Equal(["/var/vmail"], mail.Roots);
        Assert.Equal(["*.tmp", "**/cache/**"], mail.Exclude);
        Assert.True(mail.OneFileSystem);
        Assert.Equal("correspondence", mail.Class?.Name);
        Assert.Equal(new HookConfig("systemctl start vmail-snapshot", TimeSpan.FromMinutes(10)), Assert.Single(mail.Before));
        var helpdesk = Assert.IsType<DatabaseSourceConfig>(tenant.Sources[1]);
        Assert.Equal((DatabaseKind.MariaDb, "osticket", "/etc/backup/osticket.cnf", "/etc/backup/maps/osticket.yaml"), (helpdesk.Server, helpdesk.Database, helpdesk.ConnectionFile, helpdesk.Map));
        Assert.Equal("ost_", Assert.Contains("prefix", helpdesk.MapParameters));
        var ldap = Assert.IsType<CommandSourceConfig>(tenant.Sources[2]);
        Assert.Equal(("slapcat", "ldap.ldif", 1000L), (Assert.Single(ldap.Command), ldap.Path, ldap.MinBytes));

        Assert.Equal(new KeepCounts(Daily: 7, Weekly: 4, Monthly: 12), tenant.Classes[0].Keep);
        Assert.Equal((CalendarPeriod.OfDays(7), PeriodUnit.Day), (tenant.Classes[1].DeleteAfter, tenant.Classes[1].Unit));
        Assert.Equal((new CalendarPeriod(96, TimeSpan.Zero), RetentionStart.YearEnd, "{year}", "§ 147 AO"), (tenant.Classes[2].RetainUntil, tenant.Classes[2].From, tenant.Classes[2].Starts, tenant.Classes[2].Basis));
        Assert.Equal("/etc/backup/subjects.csv", tenant.SubjectsFile);
        Assert.Equal("0 15 2 * * ?", tenant.Schedule.Backup);
        Assert.Equal(("smtp.example.net", 587), (tenant.Alerts.Mail!.SmtpHost, tenant.Alerts.Mail.SmtpPort));
        Assert.Equal([AlertKind.Failed, AlertKind.Degraded, AlertKind.Damage, AlertKind.Overdue], tenant.Alerts.Webhook!.On);
        Assert.Equal("127.0.0.1:8475", policy.Service.Listen.ToString());
        Assert.False(tenant.Processor);
    }

    [Fact]
    public void Read_Tenants_TakeWhatTheTopSaysForAll()
    {
        var policy = PolicyTexts.Read(File.ReadAllBytes(Path.Combine(PolicyTexts.Folder, "tenants.yaml")));
        Assert.Equal(["as-it", "kunde1"], policy.Tenants.Select(tenant => tenant.Id).ToArray());
        Assert.All(policy.Tenants, tenant => Assert.Equal(("everyday", "0 15 2 * * ?", 50.0), (tenant.Classes[0].Name, tenant.Schedule.Backup, tenant.Placement.MinDistanceKm)));
        Assert.Equal([false, true], policy.Tenants.Select(tenant => tenant.Processor));
        Assert.Equal("/var/lib/backup/kunde1", policy.Tenants[1].State);
    }
}
