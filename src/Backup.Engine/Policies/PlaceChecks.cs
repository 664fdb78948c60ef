namespace Backup.Engine.Policies;

/// <summary>Checks that nothing lies in anything else: sites in sites, sites in the state, sources in either.</summary>
internal static class PlaceChecks
{
    /// <summary>A fault for each two sites, of one tenant or of two, that would write to one place.</summary>
    public static void Sites(IReadOnlyList<LocatedSite> sites, string stateRoot)
    {
        var places = new List<(Place Place, LocatedSite Site)>();
        foreach (var site in sites)
        {
            CheckState(site, stateRoot);
            foreach (var place in PlacesOf(site))
            {
                if (places.Find(each => each.Place.Overlaps(place)) is { Site: { } other } found)
                {
                    Fault(site, place, other, found.Place);
                }

                places.Add((place, site));
            }
        }
    }

    /// <summary>A fault for each root that is, or lies in, a site or the state. A root that contains one is fine: the walk leaves it out.</summary>
    public static void Roots(SourceConfig source, PolicyFields fields, IReadOnlyList<LocatedSite> sites, string stateRoot)
    {
        if (source is not FilesSourceConfig files)
        {
            return;
        }

        foreach (var item in fields.Items("roots"))
        {
            if (item is not ScalarNode { Text: { Length: > 0 } text } || !files.Roots.Contains(fields.Reading.Absolute(text), StringComparer.Ordinal))
            {
                continue;
            }

            var root = fields.Reading.Absolute(text);
            if (LiesIn(root, stateRoot))
            {
                fields.Faults.Add(item, $"The root {root} lies in the state directory {stateRoot}: an archive would hold its own keys.", "Remove it from 'roots'.");
            }

            foreach (var (_, site, _) in sites)
            {
                if (site is LocalSiteConfig { Path: { Length: > 0 } path } && LiesIn(root, path))
                {
                    fields.Faults.Add(item, $"The root {root} lies in the site '{site.Id}' ({path}): the backup would back up itself.", "Remove it from 'roots', or move the site.");
                }
            }
        }
    }

    private static void CheckState(LocatedSite site, string stateRoot)
    {
        if (site.Site is not LocalSiteConfig { Path: { Length: > 0 } path })
        {
            return;
        }

        if (LiesIn(path, stateRoot) || LiesIn(stateRoot, path))
        {
            site.Fields.Fault("path", $"The site '{site.Site.Id}' ({path}) and the state directory {stateRoot} lie in each other.", "Move one of the two, best to another disk.");
        }
    }

    private static bool LiesIn(string path, string folder) =>
        folder == "/" || path == folder || (path.StartsWith(folder, StringComparison.Ordinal) && path[folder.Length] == '/');

    private static void Fault(LocatedSite site, Place place, LocatedSite other, Place taken)
    {
        var whose = other.Tenant == site.Tenant ? $"the site '{other.Site.Id}'" : $"the site '{other.Site.Id}' of the tenant '{other.Tenant}'";
        var message = place.Path == taken.Path
            ? $"The site '{site.Site.Id}' and {whose} are one place."
            : $"The places of the site '{site.Site.Id}' and {whose} lie in each other.";
        var remedy = other.Tenant == site.Tenant ? "Give each site a place of its own." : "Give each tenant a folder, prefix or bucket of its own.";
        site.Fields.Fault(place.Key, message, remedy);
    }

    private static IEnumerable<Place> PlacesOf(LocatedSite located)
    {
        switch (located.Site)
        {
            case LocalSiteConfig { Path.Length: > 0 } local:
                yield return new Place("path", "local:", local.Path);
                if (local.Secrets is { } folder)
                {
                    yield return new Place("secrets", "local:", folder);
                }

                break;
            case SftpSiteConfig { Host.Length: > 0, Path.Length: > 0 } sftp:
                yield return Sftp(sftp, "path", sftp.Path);
                if (sftp.Secrets is { } remote)
                {
                    yield return Sftp(sftp, "secrets", remote);
                }

                break;
            case CloudSiteConfig cloud:
                var (key, bucket) = cloud is S3SiteConfig s3 ? ("bucket", s3.Bucket) : ("container", ((AzureSiteConfig)cloud).Container);
                if (bucket.Length > 0 && located.Fields.Has(cloud is S3SiteConfig ? "endpoint" : "account_url"))
                {
                    yield return Cloud(cloud, key, bucket);
                    if (cloud.Secrets is { } secrets)
                    {
                        yield return Cloud(cloud, "secrets", secrets);
                    }
                }

                break;
        }
    }

    /// <summary>A relative path begins in the user's folder, an absolute one is the same for all users.</summary>
    private static Place Sftp(SftpSiteConfig site, string key, string path)
    {
        var host = $"sftp:{site.Host.ToLowerInvariant()}:{site.Port}:";
        return path.StartsWith('/') ? new Place(key, host, path) : new Place(key, $"{host}{site.User}:", "/" + path);
    }

    private static Place Cloud(CloudSiteConfig site, string key, string bucket) =>
        new(key, $"{site.Kind}:{site.Endpoint.Authority.ToLowerInvariant()}{site.Endpoint.AbsolutePath.TrimEnd('/')}:", $"/{bucket}/{site.Prefix}".TrimEnd('/'));

    /// <param name="Key">The key that names it.</param>
    /// <param name="Store">Which server and account.</param>
    /// <param name="Path">Absolute there.</param>
    private sealed record Place(string Key, string Store, string Path)
    {
        public bool Overlaps(Place other) => Store == other.Store && (LiesIn(Path, other.Path) || LiesIn(other.Path, Path));
    }
}
