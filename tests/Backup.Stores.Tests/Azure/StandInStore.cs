using System.Runtime.Versioning;
using Backup.Engine.Stores;
using Backup.Stores.Azure;
using Backup.Stores.Http;
using Backup.Stores.Tests.Local;

namespace Backup.Stores.Tests.Azure;

/// <summary>A store on the stand-in.</summary>
[SupportedOSPlatform("linux")]
internal static class StandInStore
{
    /// <summary>A key that opens nothing: the stand-in checks none.</summary>
    public static string Key { get; } = Convert.ToBase64String(new byte[64]);

    public static AzureCredentials Credentials(string json)
    {
        using var folder = new ScratchFolder();
        var file = folder["credentials.json"];
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var stream = new StreamWriter(file, options))
        {
            stream.Write(json);
        }

        return AzureCredentials.Read(file);
    }

    public static AzureStore Open(AzureStandIn standIn, StoreLock? demanded = null, TransferOptions? transfer = null) => new(new AzureStoreOptions
    {
        Endpoint = standIn.Endpoint,
        Container = AzureStandIn.Container,
        Prefix = "main",
        Credentials = Credentials($$"""{"account_key": "{{Key}}"}"""),
        Lock = demanded,
        Transfer = transfer ?? new TransferOptions(),
    });
}
