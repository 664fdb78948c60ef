namespace Backup.Engine.Policies;

/// <summary>Checks that nothing lies in anything else: sites in sites, sites in the state, sources in either.</summary>
internal static class PlaceChecks
{
    /// <summary>A fault for each two sites, of one tenant or of two, that would write to one place.</summary>
    public static void Sites(IReadOnlyList<LocatedSite> sites, string stateRoot)
    {
        var places = new List<Place>();
        foreach (var site in sites)
        {
            CheckState(site, stateRoot);
            foreach (var place in PlacesOf(site))
            {
                if (places.Find(place.Overlaps) is { } taken)
                {
                    Fault(place, taken);
                }

                places.Add(place);
            }
        }
    }

    /// <summary>
    /// A fault for each root that is, or lies in, a site of any tenant or the state. A root that contains one is fine: the walk leaves it out.
    /// </summary>
    public static void Roots(LocatedSource source, IReadOnlyList<LocatedSite> sites, string stateRoot)
    {
        var fields = source.Fields;
        if (source.Source is not FilesSourceConfig files)
        {
            return;
        }

        foreach (var item in fields.Items("roots"))
        {
            var root = item is ScalarNode { Text: { Length: > 0 } text } ? fields.Reading.Absolute(text) : "";
            if (!files.Roots.Contains(root, StringComparer.Ordinal))
            {
                continue;
            }

            if (LiesIn(root, stateRoot))
            {
                fields.Faults.Add(
                    item,
                    $"The root {root} lies in the state directory {stateRoot}: an archive would hold its own keys.",
                    "Remove it from 'roots'.");
            }

            foreach (var (_, site, _) in sites)
            {
                if (site is LocalSiteConfig { Path: { Length: > 0 } path } && LiesIn(root, path))
                {
                    fields.Faults.Add(
                        item,
                        $"The root {root} lies in the site '{site.Id}' ({path}): the backup would back up itself.",
                        "Remove it from 'roots', or move the site.");
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
            site.Fields.Fault(
                "path",
                $"The site '{site.Site.Id}' ({path}) and the state directory {stateRoot} lie in each other.",
                "Move one of the two, best to another disk.");
        }
    }

    /// <summary>Whether a path is a folder or lies below it; both absolute, without '.', '..' and final slashes.</summary>
    public static bool LiesIn(string path, string folder) =>
        folder == "/" || path == folder || (path.StartsWith(folder, StringComparison.Ordinal) && path[folder.Length] == '/');

    private static void Fault(Place place, Place taken)
    {
        var (site, other) = (place.Site, taken.Site);
        if (site == other)
        {
            site.Fields.Fault(
                place.Key,
                $"'secrets' of the site '{site.Site.Id}' is in the site's own place.",
                "Name another one, without default retention, or remove 'secrets'.");
            return;
        }

        var whose = $"the site '{other.Site.Id}'" + (other.Tenant == site.Tenant ? "" : $" of the tenant '{other.Tenant}'");
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
                yield return new Place(located, "path", "local:", local.Path);
                if (local.Secrets is { } folder)
                {
                    yield return new Place(located, "secrets", "local:", folder);
                }

                break;
            case SftpSiteConfig { Host.Length: > 0, Path.Length: > 0 } sftp:
                yield return Sftp(located, sftp, "path", sftp.Path);
                if (sftp.Secrets is { } remote)
                {
                    yield return Sftp(located, sftp, "secrets", remote);
                }

                break;
            case CloudSiteConfig cloud:
                var (key, bucket) = cloud is S3SiteConfig s3 ? ("bucket", s3.Bucket) : ("container", ((AzureSiteConfig)cloud).Container);
                if (bucket.Length > 0 && located.Fields.Has(cloud is S3SiteConfig ? "endpoint" : "account_url"))
                {
                    yield return Cloud(located, cloud, key, bucket);
                    if (cloud.Secrets is { } secrets)
                    {
                        yield return Cloud(located, cloud, "secrets", secrets);
                    }
                }

                break;
        }
    }

    /// <summary>A relative path begins in the user's folder, an absolute one is the same for all users.</summary>
    private static Place Sftp(LocatedSite located, SftpSiteConfig site, string key, string path)
    {
        var host = $"sftp:{site.Host.ToLowerInvariant()}:{site.Port}:";
        return path.StartsWith('/') ? new Place(located, key, host, path) : new Place(located, key, $"{host}{site.User}:", "/" + path);
    }

    private static Place Cloud(LocatedSite located, CloudSiteConfig site, string key, string bucket) =>
        new(
            located,
            key,
            $"{site.Kind}:{site.Endpoint.Authority.ToLowerInvariant()}{site.Endpoint.AbsolutePath.TrimEnd('/')}:",
            $"/{bucket}/{site.Prefix}".TrimEnd('/'));

    /// <param name="Site">Whose place it is.</param>
    /// <param name="Key">The key that names it.</param>
    /// <param name="Store">Which server and account.</param>
    /// <param name="Path">Absolute there.</param>
    private sealed record Place(LocatedSite Site, string Key, string Store, string Path)
    {
        public bool Overlaps(Place other) => Store == other.Store && (LiesIn(Path, other.Path) || LiesIn(other.Path, Path));
    }
}
