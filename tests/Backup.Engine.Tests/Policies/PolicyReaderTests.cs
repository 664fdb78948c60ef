using System.Text;
using Backup.Engine.Policies;

namespace Backup.Engine.Tests.Policies;

public sealed class PolicyReaderTests
{
    [Fact]
    public void Read_SoundPolicy_FillsInDefaults()
    {
        var policy = PolicyTexts.Read(PolicyTexts.Sound);
        var tenant = Assert.Single(policy.Tenants);
        Assert.Equal(("/state", "/state/example"), (policy.State, tenant.State));
        Assert.Equal(3, tenant.Placement.Cities);
        Assert.Empty(tenant.Placement.Countries);
        Assert.Equal((256L << 20, 4L << 30, TimeSpan.FromMinutes(30)), (tenant.Limits.Memory, tenant.Limits.Spool, tenant.Limits.Wait));
        Assert.Null(tenant.Limits.Upload);
        Assert.Equal((1, CalendarPeriod.Zero, 10), (tenant.Erasure.Approvers, tenant.Erasure.CoolingOff, tenant.Erasure.PerDay));
        Assert.Equal(CalendarPeriod.OfDays(30), tenant.Verify.Within);
        Assert.Equal("127.0.0.1:8475", policy.Service.Listen.ToString());
        Assert.Empty(policy.Warnings);
    }

    [Theory]
    [InlineData("cities: 3", 5, 3)]
    [InlineData("", 2, 2)]
    public void Read_PlacementLeftOut_DemandsTheCitiesThereAreThreeAtMost(string placement, int sites, int expected)
    {
        string[] cities = ["Unna", "Nürnberg", "Falkenstein", "Frankfurt", "Dortmund"];
        var list = string.Concat(cities.Take(sites).Select((city, i) => $"  - {{ id: s{i}, kind: local, path: /mnt/{i}, city: {city}, country: DE }}\n"));
        var tenant = PolicyTexts.Read($"version: 1\ntenant: t\nsites:\n{list}placement: {{ {placement} }}\n").Tenants[0];
        Assert.Equal(expected, tenant.Placement.Cities);
    }

    [Fact]
    public void Read_SourcesAndKeysLeftOut_AreNone()
    {
        var tenant = PolicyTexts.Read("{ version: 1, tenant: t, sites: [ { id: a, kind: local, path: x, city: Unna, country: DE } ] }").Tenants[0];
        Assert.Empty(tenant.Sources);
        Assert.Null(tenant.Keys);
        Assert.Equal("/etc/backup/x", Assert.IsType<LocalSiteConfig>(tenant.Sites[0]).Path);
    }

    [Fact]
    public void Read_ManyFaults_TellsAllOfThemInTheOrderOfTheFile()
    {
        var faults = PolicyTexts.Faults("""
            version: 1
            tenant: example
            sites:
              - { id: a, kind: local, path: /mnt/a, city: Unna, country: Germany }
              - { id: a, kind: lokal, path: /mnt/b, city: Unna, country: DE }
              - { id: c, kind: sftp, host: h, user: u, path: p, city: Unna, country: DE }
            sources:
              - { id: data, kind: files, root: [/srv], class: evryday }
            placement: { cities: three }
            classes:
              everyday: { keep: { daily: 0 } }
            limits: { memory: 256 MiB }
            schedule: { backup: "15 2 * * *" }
            """);
        Assert.Equal([4, 5, 5, 6, 6, 8, 8, 8, 9, 11, 12, 13], faults.Select(fault => fault.Line).ToArray());
        Assert.All(faults, fault => Assert.True(fault.Column > 0 && fault.File == "backup.yaml" && fault.Remedy.Length > 0));
    }

    [Fact]
    public void Read_UnknownKey_NamesTheNearestAndItsPlace()
    {
        var fault = PolicyTexts.OnlyFault(PolicyTexts.With("roots: [/srv]", "roots: [/srv], exlude: [a]"));
        Assert.Equal((9, 45), (fault.Line, fault.Column));
        Assert.Contains("'exlude'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("'exclude'", fault.Message, StringComparison.Ordinal);
        Assert.Equal("backup.yaml:9:45: " + fault.Message + " " + fault.Remedy, fault.ToString());
    }

    [Theory]
    [InlineData("version: 1\n", "version: 2\n", 1, "is of version 2")]
    [InlineData("version: 1\n", "", 1, "'version' is missing")]
    [InlineData("tenant: example\n", "", 1, "'tenant' is missing")]
    [InlineData("tenant: example", "tenant:", 2, "has no value")]
    [InlineData("tenant: example", "tenant: [a]", 2, "is text, and not a list")]
    [InlineData("tenant: example", "tenant: ../x", 2, "cannot be typed as a name")]
    [InlineData("tenant: example", "tenant: \"a\\nb\"", 2, "control character")]
    [InlineData("tenant: example", "tenant: example\ntenant: other", 3, "stands twice")]
    [InlineData("keys: { passphrase_file: passphrase }", "keys: { passphrase: hunter2 }", 3, "'passphrase'")]
    [InlineData("keys: { passphrase_file: passphrase }", "keys: {}", 3, "exactly one of")]
    [InlineData("keys: { passphrase_file: passphrase }", "keys: { passphrase_file: a, passphrase_fd: 3 }", 3, "exactly one of")]
    [InlineData("keys: { passphrase_file: passphrase }", "keys: { passphrase_credential: a/b }", 3, "no path")]
    [InlineData("keys: { passphrase_file: passphrase }", "keys: { passphrase_file: ~/secret }", 3, "only a shell understands")]
    [InlineData("keys: { passphrase_file: passphrase }", "keys: passphrase", 3, "mapping of keys, and not text")]
    [InlineData("city: Unna", "city: \"\"", 5, "is empty")]
    [InlineData("city: Unna", "city: \"59423\"", 5, "no name of a city")]
    [InlineData("city: Unna, ", "", 5, "'city' is missing")]
    [InlineData("city: Unna, country: DE", "city: Unna, country: UK", 5, "'country' cannot be 'UK'")]
    [InlineData("city: Unna, country: DE", "city: Unna, country: de", 5, "'country' cannot be 'de'")]
    [InlineData("[51.535, 7.689]", "[151.535, 7.689]", 5, "latitude")]
    [InlineData("[51.535, 7.689]", "[51.535]", 5, "latitude")]
    [InlineData("[51.535, 7.689]", "51.535 7.689", 5, "latitude")]
    [InlineData("path: /mnt/a", "path: /", 5, "folder of its own")]
    [InlineData("id: b", "id: a", 6, "Two sites are called 'a'")]
    [InlineData("path: /mnt/b", "path: /mnt/a/", 6, "are one place")]
    [InlineData("path: /mnt/b", "path: /mnt/a/b", 6, "lie in each other")]
    [InlineData("path: /mnt/a", "path: /state/site", 5, "lie in each other")]
    [InlineData("path: /mnt/a", "path: /mnt/a, port: 22", 5, "'port' in a site of kind local")]
    [InlineData("roots: [/srv]", "roots: []", 9, "is empty")]
    [InlineData("roots: [/srv]", "roots: /srv", 9, "is a list, and not text")]
    [InlineData("roots: [/srv]", "roots: [/srv, /srv/]", 9, "stands twice in this source")]
    [InlineData("roots: [/srv]", "roots: [/mnt/b/x]", 9, "lies in the site 'b'")]
    [InlineData("roots: [/srv]", "roots: [/mnt/b]", 9, "lies in the site 'b'")]
    [InlineData("roots: [/srv]", "roots: [/state/example]", 9, "lies in the state directory")]
    [InlineData("roots: [/srv]", "roots: [/srv], one_file_system: yes", 9, "is true or false")]
    [InlineData("roots: [/srv]", "roots: [/srv], exclude_if_present: [a/b]", 9, "no '/' in its name")]
    [InlineData("roots: [/srv]", "roots: [/srv], exclude_if_present: [..]", 9, "names '..'")]
    [InlineData("roots: [/srv]", "roots: [/srv], exclude_larger_than: 4G", 9, "cannot be '4G'")]
    [InlineData("class: everyday", "class: everday", 9, "'everday' is not defined")]
    [InlineData("keep: { daily: 7 }", "keep: { daily: -1 }", 11, "whole number from 1")]
    [InlineData("keep: { daily: 7 }", "keep: {}", 11, "says nothing")]
    [InlineData("keep: { daily: 7 }", "keep: { daily: \"7\" }", 11, "'7' in quotes")]
    [InlineData("keep: { daily: 7 }", "delete_after: 7d", 11, "does not say from which date")]
    [InlineData("keep: { daily: 7 }", "retain_until: 8y, from: year_end", 11, "does not say from which date")]
    [InlineData("keep: { daily: 7 }", "from: year_end, starts: mtime", 11, "neither 'retain_until' nor")]
    [InlineData("keep: { daily: 7 }", "delete_after: 6y, retain_until: 8y, starts: mtime", 11, "must be deleted after 6y and kept for 8y")]
    [InlineData("keep: { daily: 7 }", "delete_after: 7m, starts: mtime", 11, "cannot be '7m'")]
    [InlineData("keep: { daily: 7 }", "delete_after: 7d, starts: ctime", 11, "neither 'mtime' nor a placeholder")]
    [InlineData("keep: { daily: 7 }", "delete_after: 7d, starts: \"{year}\"", 9, "no rule with that placeholder")]
    [InlineData("keep: { daily: 7 }", "retain_until: 8y, from: year_start, starts: mtime", 11, "none of event, year_end")]
    [InlineData("everyday: { keep", "\"a b\": { keep", 11, "cannot be typed as a name")]
    public void Read_OneThingWrong_SaysWhereAndWhat(string old, string replacement, int line, string message)
    {
        var faults = PolicyTexts.Faults(PolicyTexts.With(old, replacement));
        var fault = Assert.Single(faults, fault => fault.Message.Contains(message, StringComparison.Ordinal));
        Assert.Equal(line, fault.Line);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("placement: { cities: 4 }", "demands 4 cities, and the sites lie in 3 (Unna, Nürnberg, Falkenstein)")]
    [InlineData("placement: { cities: 0 }", "whole number from 1")]
    [InlineData("placement: { countries: [AT] }", "lies in DE, and the placement allows only AT")]
    [InlineData("placement: { countries: [Deutschland] }", "no country code")]
    [InlineData("placement: { min_distance_km: 400 }", "km apart; the placement demands 400 km")]
    [InlineData("placement: { min_distance_km: -1 }", "'min_distance_km' cannot be '-1'")]
    [InlineData("limits: { memory: 1MiB }", "too little to work with")]
    [InlineData("limits: { spool: 100B }", "too little to work with")]
    [InlineData("limits: { wait: 1mo }", "'wait' cannot be '1mo'")]
    [InlineData("limits: { upload: 50Mbit/s }", "'upload' cannot be '50Mbit/s'")]
    [InlineData("limits: { upload: 0MiB/s }", "'upload' cannot be '0MiB/s'")]
    [InlineData("erasure: { per_day: 0 }", "whole number from 1")]
    [InlineData("gc: { max_delete: 0% }", "'max_delete' cannot be '0%'")]
    [InlineData("gc: { max_delete: 30 }", "'max_delete' cannot be '30'")]
    [InlineData("gc: { grace: 1mo }", "'grace' cannot be '1mo'")]
    [InlineData("verify: { within: 1h }", "less than a day")]
    [InlineData("schedule: { backup: \"0 61 2 * * ?\" }", "has '61' as minute")]
    [InlineData("schedule: { backup: \"15 2 * * *\" }", "has 5 fields instead of 6 or 7")]
    [InlineData("alerts: { mail: { to: [it], smtp: smtp.example.net } }", "'it' is no mail address")]
    [InlineData("alerts: { mail: { to: [it@example.net], smtp: \"smtp.example.net:0\" } }", "no host and port")]
    [InlineData("alerts: { mail: { to: [it@example.net] } }", "'smtp' is missing")]
    [InlineData("alerts: { webhook: { url: https://h.example.net, on: [faild] } }", "No alert is called 'faild'")]
    [InlineData("alerts: { webhook: { url: http://h.example.net } }", "plain http to h.example.net")]
    [InlineData("alerts: { heartbeat: { url: \"ftp://h.example.net\" } }", "no http or https address")]
    [InlineData("logs: { otlp: http://169.254.169.254 }", "link-local address 169.254.169.254")]
    [InlineData("service: { listen: 127.0.0.1 }", "'listen' cannot be '127.0.0.1'")]
    [InlineData("processor: ja", "is true or false")]
    [InlineData("tenants: {}", "'tenants' is empty")]
    [InlineData("smtp: x", "Unknown key 'smtp' in a policy")]
    public void Read_OneThingAddedThatIsWrong_SaysWhereAndWhat(string added, string message)
    {
        var faults = PolicyTexts.Faults(PolicyTexts.Sound + added + "\n");
        Assert.Contains(faults, fault => fault.Message.Contains(message, StringComparison.Ordinal) && fault.Line is 12 or 5 or 6 or 7);
    }

    [Theory]
    [InlineData("endpoint: https://s3.example.net, bucket: b", "no name of a bucket")]
    [InlineData("endpoint: https://s3.example.net, bucket: a/b/c", "no name of a bucket")]
    [InlineData("endpoint: s3.example.net, bucket: backup", "no http or https address")]
    [InlineData("endpoint: https://key:hunter2@s3.example.net, bucket: backup", "holds a password, query or token")]
    [InlineData("endpoint: https://s3.example.net/?sig=hunter2, bucket: backup", "holds a password, query or token")]
    [InlineData("endpoint: http://s3.example.net, bucket: backup", "plain http to s3.example.net")]
    [InlineData("endpoint: http://169.254.169.254, bucket: backup, allow_insecure: true", "link-local")]
    [InlineData("endpoint: http://2852039166, bucket: backup, allow_insecure: true", "link-local")]
    [InlineData("endpoint: \"https://[fe80::1]\", bucket: backup", "link-local")]
    [InlineData("endpoint: \"https://[febf::1]:9000\", bucket: backup", "link-local")]
    [InlineData("endpoint: \"https://[::ffff:169.254.1.1]\", bucket: backup", "link-local")]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, prefix: a/../b", "'.' or '..'")]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, lock: { mode: strict, days: 30 }", "none of compliance, governance")]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, lock: { mode: compliance }", "'days' is missing")]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, secret_lock: 3d", "stands without 'lock'")]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, lock: { mode: compliance, days: 30 }, secret_lock: 60d", "delays every erasure")]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, certificate: { number: 1, until: 31.5.2027 }", "'until' cannot be '31.5.2027'")]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, upload: 20MiB", "'upload' cannot be '20MiB'")]
    [InlineData("endpoint: https://s3.example.net", "'bucket' is missing")]
    [InlineData("bucket: backup", "'endpoint' is missing")]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, secrets: backup", "in the site's own place")]
    public void Read_S3SiteWrong_SaysWhat(string keys, string message)
    {
        var fault = PolicyTexts.OnlyFault($"version: 1\ntenant: t\nsites: [ {{ id: a, kind: s3, {keys}, credentials_file: c, city: Unna, country: DE }} ]\n");
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9000")]
    [InlineData("http://localhost:9000")]
    [InlineData("\"http://[::1]:9000\"")]
    [InlineData("http://10.0.0.1:9000, allow_insecure: true")]
    [InlineData("https://10.0.0.1:9000")]
    [InlineData("https://169.253.1.1")]
    public void Read_EndpointThatIsAllowed_Passes(string endpoint) =>
        Assert.NotNull(PolicyTexts.Read($"version: 1\ntenant: t\nsites: [ {{ id: a, kind: s3, endpoint: {endpoint}, bucket: backup, credentials_file: c, city: Unna, country: DE }} ]\n"));

    [Theory]
    [InlineData("host: bk.example.net, user: u, path: p, known_hosts: k", "exactly one of 'key_file' and 'password_file'")]
    [InlineData("host: bk.example.net, user: u, path: p, known_hosts: k, key_file: a, password_file: b", "exactly one of 'key_file' and 'password_file'")]
    [InlineData("host: bk.example.net, user: u, path: p, key_file: a", "'known_hosts' is missing")]
    [InlineData("host: \"bk.example.net:22\", user: u, path: p, known_hosts: k, key_file: a", "no host name or address")]
    [InlineData("host: 169.254.1.1, user: u, path: p, known_hosts: k, key_file: a", "link-local")]
    [InlineData("host: bk.example.net, user: u, path: ../p, known_hosts: k, key_file: a", "without '..' and '~'")]
    [InlineData("host: bk.example.net, user: u, path: /, known_hosts: k, key_file: a", "folder of its own")]
    [InlineData("host: bk.example.net, user: u, path: p, known_hosts: k, key_file: a, port: 70000", "from 1 to 65535")]
    [InlineData("host: bk.example.net, user: u, path: p, known_hosts: k, key_file: a, connections: many", "whole number from 1 to 32, and not 'many'")]
    public void Read_SftpSiteWrong_SaysWhat(string keys, string message)
    {
        var fault = PolicyTexts.OnlyFault($"version: 1\ntenant: t\nsites: [ {{ id: a, kind: sftp, {keys}, city: Unna, country: DE }} ]\n");
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind: mariadb", "'database' is missing")]
    [InlineData("kind: postgres, database: d, unmapped_tables: ignore", "none of fail, shared")]
    [InlineData("kind: mariadb, database: d, map_parameters: { prefix: ost_ }", "stands without 'map'")]
    [InlineData("kind: mariadb, database: d, roots: [/srv]", "Unknown key 'roots' in a source of kind mariadb")]
    [InlineData("kind: command, path: a", "'command' is missing")]
    [InlineData("kind: command, command: [a], path: /a", "is relative")]
    [InlineData("kind: command, command: [a], path: a/../b", "is relative")]
    [InlineData("kind: command, command: [a], path: a, min_bytes: few", "'min_bytes' cannot be 'few'")]
    [InlineData("kind: files, roots: [/srv], before: [ { run: a, timeout: soon } ]", "'timeout' cannot be 'soon'")]
    [InlineData("kind: files, roots: [/srv], before: [ { timeout: 1min } ]", "'run' is missing")]
    [InlineData("kind: file, roots: [/srv]", "none of files, mariadb, postgres, command")]
    [InlineData("roots: [/srv]", "'kind' is missing")]
    public void Read_SourceWrong_SaysWhat(string keys, string message)
    {
        var fault = PolicyTexts.OnlyFault(PolicyTexts.With("{ id: data, kind: files, roots: [/srv], class: everyday }", $"{{ id: data, {keys} }}"));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id: c, kind: local", "kind: lokal", "'id' is missing")]
    [InlineData("id: c, kind: local", "id: a, kind: lokal", "Two sites are called 'a'")]
    [InlineData("id: c, kind: local", "id: c", "'country' cannot be 'UK'")]
    [InlineData("id: c, kind: local", "id: c, kind: lokal, citty: Bonn", "Unknown key 'citty' in a site; the nearest known one is 'city'")]
    [InlineData("id: c, kind: local", "id: c, kind: lokal, upload: fast", "'upload' cannot be 'fast'")]
    [InlineData("id: c, kind: local", "id: c, kind: lokal, certificate: { number: 1 }", "'until' is missing")]
    [InlineData("[50.478, 12.365]", "[50.478]", "latitude")]
    [InlineData("id: c, kind: local", "id: c, kind: sft, host: 169.254.1.1", "link-local")]
    [InlineData("id: c, kind: local", "id: c, kind: minio, endpoint: http://s3.example.net, bucket: backup", "plain http")]
    [InlineData("id: c, kind: local", "id: c, kind: blob, container: a/b", "no name of a container")]
    public void Read_KindOfASiteWrong_HidesNoOtherFault(string old, string replacement, string message)
    {
        var text = PolicyTexts.With("id: c, kind: local", "id: c, kind: lokal").Replace("Falkenstein, country: DE", "Falkenstein, country: UK", StringComparison.Ordinal);
        var faults = PolicyTexts.Faults(text.Replace(old.Replace("local", "lokal", StringComparison.Ordinal), replacement, StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Line == 7 && fault.Message.Contains("kind", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Line == 7 && fault.Message.Contains("'country' cannot be 'UK'", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Line == 7 && fault.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("kind: fils, clas: everyday", "Unknown key 'clas' in a source; the nearest known one is 'class'")]
    [InlineData("kind: fils, class: evryday", "'evryday' is not defined")]
    [InlineData("kind: fils, before: [ { run: a, timeout: soon } ]", "'timeout' cannot be 'soon'")]
    [InlineData("kind: fils, roots: [/mnt/b]", "lies in the site 'b'")]
    [InlineData("kind: fils, roots: [/srv], subjects: [ { id: x } ]", "'match' is missing")]
    [InlineData("kind: mysql, database: d, unmapped_tables: ignore", "none of fail, shared")]
    [InlineData("kind: shell, command: [a], path: /a", "is relative")]
    [InlineData("command: [a], path: /a", "is relative")]
    public void Read_KindOfASourceWrong_HidesNoOtherFault(string keys, string message)
    {
        var faults = PolicyTexts.Faults(PolicyTexts.With("{ id: data, kind: files, roots: [/srv], class: everyday }", $"{{ id: a b, {keys} }}"));
        Assert.Contains(faults, fault => fault.Line == 9 && fault.Message.Contains("kind", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Line == 9 && fault.Message.Contains("cannot be typed as a name", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.Line == 9 && fault.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("webhook: { on: [faild], allow_insecure: yes }", "'url' is missing", "No alert is called 'faild'", "'allow_insecure' is true or false")]
    [InlineData("webhook: { url: \"ftp://h.example.net\", on: [faild] }", "no http or https address", "No alert is called 'faild'")]
    [InlineData("webhook: { url: \"http://u:p@169.254.1.1\", on: x }", "holds a password", "link-local", "plain http", "'on' is a list")]
    public void Read_UrlOfAnAlertWrong_HidesNoOtherFault(string alert, params string[] messages)
    {
        var faults = PolicyTexts.Faults(PolicyTexts.Sound + $"alerts: {{ {alert} }}\n");
        Assert.All(messages, message => Assert.Contains(faults, fault => fault.Message.Contains(message, StringComparison.Ordinal)));
        Assert.Equal(messages.Length, faults.Count);
    }

    [Fact]
    public void Read_NameInExcludeIfPresentWrong_PointsAtTheName() =>
        Assert.Equal((9, 69), PolicyTexts.OnlyFault(PolicyTexts.With("roots: [/srv]", "roots: [/srv], exclude_if_present: [a, b/c]")) is var fault ? (fault.Line, fault.Column) : default);

    [Fact]
    public void Read_TwoSourcesOfOneName_IsAFault() =>
        Assert.Contains("Two sources are called 'data'", PolicyTexts.OnlyFault(PolicyTexts.With("sources:\n", "sources:\n  - { id: data, kind: command, command: [ls], path: x }\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_RootThatContainsASite_IsFine() =>
        Assert.NotNull(PolicyTexts.Read(PolicyTexts.With("roots: [/srv]", "roots: [/, /mnt]")));

    [Fact]
    public void Read_DistanceWithoutLocation_AsksForIt()
    {
        var fault = PolicyTexts.OnlyFault(PolicyTexts.With(", location: [49.452, 11.077]", "") + "placement: { min_distance_km: 10 }\n");
        Assert.Equal(6, fault.Line);
        Assert.Contains("has no location", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwoSitesOfOneCity_CountOnceAndMayBeNear()
    {
        var text = PolicyTexts.With("city: Nürnberg, country: DE, location: [49.452, 11.077]", "city: UNNA, country: DE, location: [51.535, 7.690]");
        Assert.Equal(2, PolicyTexts.Read(text + "placement: { min_distance_km: 10 }\n").Tenants[0].Placement.Cities);
        Assert.Contains("lie in 2 (Unna, Falkenstein)", PolicyTexts.OnlyFault(text + "placement: { cities: 3 }\n").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SiteThatCannotBeRead_BringsNoFaultOfThePlacement()
    {
        var fault = PolicyTexts.OnlyFault(PolicyTexts.With("id: c, kind: local", "id: c, kind: lokal") + "placement: { cities: 3 }\n");
        Assert.Equal(7, fault.Line);
    }

    [Fact]
    public void Read_FewCities_Warns()
    {
        var policy = PolicyTexts.Read("{ version: 1, tenant: t, sites: [ { id: a, kind: local, path: x, city: Unna, country: DE } ] }");
        Assert.Contains("1 city only", Assert.Single(policy.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwoTenantsInOnePlace_IsAFault()
    {
        var fault = PolicyTexts.OnlyFault("""
            version: 1
            tenants:
              one: { sites: [ { id: a, kind: sftp, host: bk.example.net, user: u, path: p/q, key_file: k, known_hosts: h, city: Unna, country: DE } ] }
              two: { sites: [ { id: a, kind: sftp, host: BK.example.net, user: u, path: p/./q, key_file: k, known_hosts: h, city: Unna, country: DE } ] }
            """);
        Assert.Equal(4, fault.Line);
        Assert.Contains("the site 'a' of the tenant 'one' are one place", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RootInTheSiteOfAnotherTenant_IsAFault()
    {
        var fault = PolicyTexts.OnlyFault("""
            version: 1
            tenants:
              one: { sites: [ { id: a, kind: local, path: /mnt/one, city: Unna, country: DE } ], sources: [ { id: d, kind: files, roots: [/mnt/two/x] } ] }
              two: { sites: [ { id: b, kind: local, path: /mnt/two, city: Unna, country: DE } ] }
            """);
        Assert.Equal(3, fault.Line);
        Assert.Contains("lies in the site 'b'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("endpoint: https://s3.example.net, bucket: backup", "endpoint: https://s3.example.net, bucket: backup, prefix: two", true)]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, prefix: one", "endpoint: https://s3.example.net, bucket: backup, prefix: two", false)]
    [InlineData("endpoint: https://s3.example.net, bucket: backup, prefix: one", "endpoint: https://s3.example.net, bucket: backup, prefix: one-more", false)]
    [InlineData("endpoint: https://s3.example.net, bucket: backup", "endpoint: https://s3.example.org, bucket: backup", false)]
    [InlineData("endpoint: https://s3.example.net, bucket: first, secrets: keys", "endpoint: https://s3.example.net, bucket: second, secrets: keys", true)]
    [InlineData("endpoint: https://s3.example.net, bucket: first, secrets: first", "endpoint: https://s3.example.net, bucket: second", true)]
    public void Read_TwoBucketsOrPrefixes_AreOnePlaceOrNot(string first, string second, bool fault)
    {
        var text = $"version: 1\ntenant: t\nsites:\n  - {{ id: a, kind: s3, {first}, credentials_file: c, city: Unna, country: DE }}\n  - {{ id: b, kind: s3, {second}, credentials_file: c, city: Bonn, country: DE }}\n";
        Assert.Equal(fault, Record.Exception(() => PolicyTexts.Read(text)) is PolicyException);
    }

    [Fact]
    public void Read_KeysOfATenantBesideTenants_AreFaults()
    {
        var faults = PolicyTexts.Faults(PolicyTexts.Sound + "tenants: { x: { sites: [ { id: a, kind: local, path: /x, city: Unna, country: DE } ] } }\n");
        Assert.Equal([2, 3, 4, 8], faults.Select(fault => fault.Line).ToArray());
        Assert.All(faults, fault => Assert.Contains("beside 'tenants'", fault.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_Hooks_TakeTheirTimeout()
    {
        var source = PolicyTexts.Read(PolicyTexts.With("roots: [/srv]", "roots: [/srv], before: [ a b, { run: c, timeout: 1h } ]")).Tenants[0].Sources[0];
        Assert.Equal([new HookConfig("a b", TimeSpan.FromMinutes(10)), new HookConfig("c", TimeSpan.FromHours(1))], source.Before);
    }

    [Fact]
    public void Exception_OfOneFault_IsThatFault()
    {
        var exception = Assert.Throws<PolicyException>(() => PolicyTexts.Read(PolicyTexts.With("daily", "dayly")));
        Assert.Equal(FailureKind.Usage, exception.Kind);
        Assert.StartsWith("backup.yaml:11:23: ", exception.Message, StringComparison.Ordinal);
        Assert.Equal(exception.Faults[0].Remedy, exception.Remedy);
    }

    [Fact]
    public void Read_HundredsOfFaults_AreCutOffAndCounted()
    {
        var text = new StringBuilder("version: 1\ntenant: t\n");
        for (var i = 0; i < 300; i++)
        {
            text.Append("key").Append(i).Append(": 1\n");
        }

        var faults = PolicyTexts.Faults(text.ToString());
        Assert.Equal(101, faults.Count);
        Assert.Contains("201 more faults", faults[^1].Message, StringComparison.Ordinal);
    }
}
