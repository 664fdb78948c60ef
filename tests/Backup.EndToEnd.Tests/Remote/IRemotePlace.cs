namespace Backup.EndToEnd.Tests.Remote;

/// <summary>The place of a site at a storage service, as the service's own clients see it.</summary>
internal interface IRemotePlace : IDisposable
{
    /// <summary>What the policy says of the site, but for id, city and country.</summary>
    string PolicyText { get; }

    /// <summary>Length of all objects together.</summary>
    long Bytes();

    /// <summary>Every object, with the bytes it has.</summary>
    IReadOnlyDictionary<string, byte[]> Objects();

    /// <summary>Replaces an object behind the program's back.</summary>
    void Replace(string name, byte[] content);

    /// <summary>Makes it an older image of itself.</summary>
    void Return(IReadOnlyDictionary<string, byte[]> content)
    {
        Wipe();
        foreach (var (name, bytes) in content)
        {
            Replace(name, bytes);
        }
    }

    /// <summary>Removes everything, and leaves the bucket, container or folder.</summary>
    void Wipe();
}
