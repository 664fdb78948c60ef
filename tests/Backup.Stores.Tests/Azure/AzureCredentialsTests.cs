using System.Runtime.Versioning;
using Backup.Engine;
using Backup.Stores.Azure;

namespace Backup.Stores.Tests.Azure;

[SupportedOSPlatform("linux")]
public sealed class AzureCredentialsTests
{
    private const string Secret = "c2VjcmV0c2VjcmV0c2VjcmV0";

    [Theory]
    [InlineData($$"""{"account_key": "{{Secret}}"}""")]
    [InlineData($$""" { "sas" : "?sv=2021-12-02&sr=c&sig={{Secret}}%3D" } """)]
    [InlineData($$"""{"connection_string": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={{Secret}};EndpointSuffix=core.windows.net"}""")]
    [InlineData($$"""{"connection_string": "BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature=sv=2021&sig={{Secret}}"}""")]
    public void Read_Sound_IsReadAndSaysNothing(string json)
    {
        var credentials = StandInStore.Credentials(json);

        Assert.DoesNotContain(Secret, credentials.ToString(), StringComparison.Ordinal);
        var (key, sas) = credentials.For("a");
        Assert.True(key is null != sas is null);
        Assert.NotEqual('?', sas?.Signature[0]);
    }

    [Theory]
    [InlineData($"{Secret}")]
    [InlineData($"\"{Secret}\"")]
    [InlineData($$"""["{{Secret}}"]""")]
    [InlineData($$"""{"key": "{{Secret}}"}""")]
    [InlineData($$"""{"account_key": 5, "sas": "{{Secret}}"}""")]
    [InlineData($$"""{"account_key": "{{Secret}}", "sas": "sig={{Secret}}"}""")]
    [InlineData($$"""{"account_key": "{{Secret}}"} {{Secret}}""")]
    [InlineData($$"""{"account_key": ["{{Secret}}"]}""")]
    [InlineData($$"""{"account_key": "{{Secret}}\""")]
    [InlineData("""{"account_key": ""}""")]
    [InlineData("{}")]
    public void Read_OtherShape_IsRefusedWithoutAWordOfIt(string json) => AssertRefused(FailureKind.Usage, json);

    [Theory]
    [InlineData($$"""{"account_key": "{{Secret}}!"}""")]
    [InlineData($$"""{"sas": "{{Secret}}"}""")]
    [InlineData($$"""{"sas": "https://a.blob.core.windows.net/c?sv=2021&sig={{Secret}}"}""")]
    [InlineData($$"""{"sas": "sv=2021&sig={{Secret}}\nX: y"}""")]
    [InlineData($$"""{"connection_string": "{{Secret}}"}""")]
    [InlineData($$"""{"connection_string": "AccountName=a;AccountName=b;AccountKey={{Secret}}"}""")]
    [InlineData($$"""{"connection_string": "BlobEndpoint=file:///x;AccountName=a;AccountKey={{Secret}}"}""")]
    [InlineData($$"""{"connection_string": "BlobEndpoint=https://a.blob.core.windows.net;AccountKey={{Secret}}"}""")]
    [InlineData($$"""{"connection_string": "AccountName=a;AccountKey={{Secret}};SharedAccessSignature=sig={{Secret}}"}""")]
    [InlineData("""{"connection_string": "UseDevelopmentStorage=true"}""")]
    public void Read_NoSuchSecret_IsRefusedWithoutAWordOfIt(string json) => AssertRefused(FailureKind.WrongKey, json);

    [Theory]
    [InlineData("https://a.blob.core.windows.net", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=QQ==", true)]
    [InlineData("https://a.blob.core.windows.net/", "AccountName=a;AccountKey=QQ==;EndpointSuffix=core.windows.net", true)]
    [InlineData("https://a.blob.core.windows.net", "AccountName=b;AccountKey=QQ==", false)]
    [InlineData("https://a.blob.core.windows.net", "AccountName=a;AccountKey=QQ==;EndpointSuffix=core.chinacloudapi.cn", false)]
    [InlineData("https://a.blob.core.windows.net", "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=QQ==", false)]
    [InlineData("http://127.0.0.1:10000/one", "BlobEndpoint=http://127.0.0.1:10000/two;AccountName=two;AccountKey=QQ==", false)]
    public void Store_ConnectionString_MustBeOfTheAccount(string url, string text, bool agrees)
    {
        var options = new AzureStoreOptions
        {
            Endpoint = new Uri(url),
            Container = "backup",
            Credentials = StandInStore.Credentials($$"""{"connection_string": "{{text}}"}"""),
        };

        var failure = Record.Exception(() => new AzureStore(options));

        Assert.Equal(agrees, failure is null);
        Assert.True(agrees || failure is BackupException { Kind: FailureKind.Usage, Remedy: not null });
    }

    [Theory]
    [InlineData("http://localhost/account")]
    [InlineData("https://a.blob.core.windows.net/elsewhere")]
    public void Store_UrlOfNoAccount_IsRefused(string url)
    {
        var options = new AzureStoreOptions { Endpoint = new Uri(url), Container = "backup", Credentials = StandInStore.Credentials($$"""{"account_key": "{{Secret}}"}""") };

        Assert.Equal(FailureKind.Usage, Assert.Throws<BackupException>(() => new AzureStore(options)).Kind);
    }

    private static void AssertRefused(FailureKind kind, string json)
    {
        var failure = Assert.Throws<BackupException>(() => StandInStore.Credentials(json));

        Assert.Equal(kind, failure.Kind);
        Assert.NotNull(failure.Remedy);
        Assert.DoesNotContain("c2Vj", failure + failure.Remedy, StringComparison.Ordinal);
    }
}
