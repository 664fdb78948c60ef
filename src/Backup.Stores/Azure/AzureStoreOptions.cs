using Backup.Engine.Stores;
using Backup.Stores.Http;

namespace Backup.Stores.Azure;

/// <summary>One place in Azure Blob Storage, and how it is reached.</summary>
public sealed record AzureStoreOptions
{
    /// <summary>The account's URL: <c>https://account.blob.core.windows.net</c>, or an emulator's <c>http://127.0.0.1:10000/account</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>It must be there: no store makes one.</summary>
    public required string Container { get; init; }

    /// <summary>Begins every object's name, without a slash at either end; may be empty.</summary>
    public string Prefix { get; init; } = "";

    public required AzureCredentials Credentials { get; init; }

    /// <summary>Serve to remove objects and for nothing else. Null: <see cref="Credentials"/> do.</summary>
    public AzureCredentials? DeleteCredentials { get; init; }

    /// <summary>How long each new object is kept against everybody. Null: it is not. The container needs version-level immutability.</summary>
    public StoreLock? Lock { get; init; }

    /// <summary>Pace, patience and clock.</summary>
    public TransferOptions Transfer { get; init; } = new();
}
