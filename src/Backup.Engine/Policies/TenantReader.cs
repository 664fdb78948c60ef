namespace Backup.Engine.Policies;

/// <summary>Where a site stands in the file, for checks across sites and tenants.</summary>
internal sealed record LocatedSite(string Tenant, SiteConfig Site, PolicyFields Fields);

/// <summary>Reads one tenant.</summary>
internal sealed class TenantReader(PolicyReading reading, string stateRoot)
{
    /// <summary>What a policy of several tenants may also say once for all of them; a tenant's own key counts instead, whole.</summary>
    public static readonly string[] SharedKeys = ["placement", "limits", "classes", "erasure", "verify", "gc", "schedule", "alerts"];

    public static readonly string[] Keys = ["keys", "sites", "sources", "subjects_file", "processor", .. SharedKeys];

    /// <summary>The sites of all tenants read so far.</summary>
    public List<LocatedSite> Sites { get; } = [];

    /// <summary>The sources of all tenants read so far.</summary>
    public List<LocatedSource> Sources { get; } = [];

    /// <param name="id">The tenant's id.</param>
    /// <param name="own">The tenant's mapping.</param>
    /// <param name="shared">The mapping of the whole policy.</param>
    public Tenant Read(string id, PolicyFields own, PolicyFields shared)
    {
        reading.Tenant = id;
        var state = Path.Combine(stateRoot, id.Length > 0 ? id : "tenant");
        var classes = new ClassReader(Section("classes"), reading);
        var sites = ReadSites(own);
        var placement = PlacementReader.Read(Section("placement"), sites, UnreadSites(own, sites), own.At("sites"), reading);
        var sources = ReadSources(own, classes);
        classes.CheckStarts();
        return new Tenant
        {
            Id = id,
            State = state,
            Keys = SectionReader.Keys(own.Find("keys"), reading),
            Sites = sites.ConvertAll(each => each.Site),
            Placement = placement,
            Limits = SectionReader.Limits(Section("limits"), reading),
            Sources = sources,
            // One of the policy counts before one of a map.
            Classes = [.. classes.Classes.Concat(sources.OfType<DatabaseSourceConfig>().SelectMany(static source => source.DataMap?.Classes ?? [])).DistinctBy(static each => each.Name, StringComparer.Ordinal)],
            SubjectsFile = own.File("subjects_file", PolicyPart.Subjects, null, secret: false),
            Erasure = SectionReader.Erasure(Section("erasure"), reading),
            Verify = SectionReader.Verify(Section("verify"), reading),
            Gc = SectionReader.Gc(Section("gc"), reading),
            Schedule = SectionReader.Schedule(Section("schedule"), reading),
            Alerts = AlertsReader.Read(Section("alerts"), reading),
            Processor = own.Flag("processor"),
        };

        PolicyNode? Section(string key) => own.Has(key) ? own.Find(key) : shared.Find(key);
    }

    private static int UnreadSites(PolicyFields own, List<LocatedSite> sites) => own.At("sites") is ListNode list ? list.Items.Count - sites.Count : 0;

    private List<LocatedSite> ReadSites(PolicyFields own)
    {
        var sites = new List<LocatedSite>();
        foreach (var node in own.Items("sites", required: true))
        {
            if (SiteConfigReader.Read(node, reading) is not { } located)
            {
                continue;
            }

            var (_, site, fields) = located;
            if (site.Id.Length > 0 && sites.Find(each => each.Site.Id == site.Id) is { } twin)
            {
                fields.Fault(
                    "id",
                    $"Two sites are called '{site.Id}'; the first is in line {twin.Fields.Node.Line}.",
                    "Give each site an id of its own.");
            }

            sites.Add(located);
        }

        Sites.AddRange(sites);
        return sites;
    }

    private List<SourceConfig> ReadSources(PolicyFields own, ClassReader classes)
    {
        var sources = new List<SourceConfig>();
        var reader = new SourceReader(reading, classes);
        foreach (var node in own.Items("sources"))
        {
            if (reader.Read(node) is not { } located)
            {
                continue;
            }

            var (source, fields) = located;
            Sources.Add(located);

            if (source.Id.Length > 0 && sources.Exists(each => each.Id == source.Id))
            {
                fields.Fault("id", $"Two sources are called '{source.Id}'.", "Give each source an id of its own.");
            }

            sources.Add(source);
        }

        return sources;
    }
}
