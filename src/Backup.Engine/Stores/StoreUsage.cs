namespace Backup.Engine.Stores;

/// <summary>What a run asked of a store: requests cost money at some, and failures that were repeated are seen nowhere else.</summary>
/// <param name="Requests">Calls to the store, repeated ones included; a batch counts each object, a listing as one.</param>
/// <param name="Failures">Those that failed, whether or not a repetition helped.</param>
/// <param name="BytesSent">Of objects.</param>
/// <param name="BytesReceived">Of objects.</param>
public readonly record struct StoreUsage(long Requests, long Failures, long BytesSent, long BytesReceived);
