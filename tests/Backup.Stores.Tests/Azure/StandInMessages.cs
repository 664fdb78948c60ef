using System.Globalization;
using System.Text;
using System.Web;

namespace Backup.Stores.Tests.Azure;

/// <summary>What a client asked of the stand-in.</summary>
public sealed record StandInRequest(string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The blob's name; empty: the container, or the account.</summary>
    public string Blob => Path.Split('/', 4) is [_, _, _, var blob] ? blob : "";

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <returns>Null if the connection ended.</returns>
    public static async Task<StandInRequest?> ReadAsync(Stream stream)
    {
        var head = new List<byte>();
        var next = new byte[1];
        while (head.Count < 4 || !(head[^1] == '\n' && head[^3] == '\n'))
        {
            if (await stream.ReadAsync(next) == 0)
            {
                return null;
            }

            head.Add(next[0]);
        }

        var lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var (method, url) = (lines[0].Split(' ')[0], lines[0].Split(' ')[1].Split('?', 2));
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        var query = HttpUtility.ParseQueryString(url.Length > 1 ? url[1] : "");
        var body = new byte[int.Parse(headers.GetValueOrDefault("Content-Length", "0"), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body);
        return new StandInRequest(
            method, Uri.UnescapeDataString(url[0]), query.AllKeys.ToDictionary(key => key ?? "", key => query[key] ?? "", StringComparer.Ordinal), headers, body);
    }
}

/// <summary>What the stand-in says.</summary>
public sealed record StandInAnswer(int Status)
{
    public Dictionary<string, string> Headers { get; init; } = new(StringComparer.Ordinal);

    public byte[] Body { get; init; } = [];

    /// <summary>Announced, whatever the body has.</summary>
    public long? Length { get; init; }

    /// <summary>Without the number that the service gives each request.</summary>
    public bool IsNotTheService { get; init; }

    /// <summary>The connection ends without a word.</summary>
    public static StandInAnswer Lost => new(0);

    public static StandInAnswer Error(int status, string code, string message = "") => new(status)
    {
        Headers = { ["x-ms-error-code"] = code, ["Content-Type"] = "application/xml" },
        Body = Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"),
    };

    public static StandInAnswer Xml(string text) => new(200) { Headers = { ["Content-Type"] = "application/xml" }, Body = Encoding.UTF8.GetBytes(text) };

    public static StandInAnswer Html(int status, string text) =>
        new(status) { Headers = { ["Content-Type"] = "text/html" }, Body = Encoding.UTF8.GetBytes(text), IsNotTheService = true };

    public async Task WriteAsync(Stream stream, string method, DateTimeOffset time)
    {
        if (Status == 0)
        {
            return;
        }

        var head = new StringBuilder($"HTTP/1.1 {Status} Said\r\nConnection: close\r\n");
        var headers = new Dictionary<string, string>(Headers, StringComparer.OrdinalIgnoreCase);
        headers.TryAdd("Content-Length", (Length ?? Body.Length).ToString(CultureInfo.InvariantCulture));
        headers.TryAdd("Date", time.ToString("R"));
        if (!IsNotTheService)
        {
            headers.TryAdd("x-ms-request-id", "00000000-0000-0000-0000-000000000001");
            headers.TryAdd("x-ms-version", "2021-12-02");
        }

        if (method == "HEAD" && Status >= 400)
        {
            headers.Remove("Content-Type"); // there is no body that it could be the type of
        }

        foreach (var (name, value) in headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(head.Append("\r\n").ToString()));
        await stream.WriteAsync(method == "HEAD" ? [] : Body);
    }
}
