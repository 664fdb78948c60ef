namespace Backup.Engine.Tests.Sites;

/// <summary>Counts how often the bytes it stands for were released.</summary>
public sealed class Owner : IDisposable
{
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Action? _onDispose;
    private int _disposals;

    public Owner(Action? onDispose = null) => _onDispose = onDispose;

    public int Disposals => Volatile.Read(ref _disposals);

    public Task Disposed => _disposed.Task;

    public void Dispose()
    {
        Interlocked.Increment(ref _disposals);
        _onDispose?.Invoke();
        _disposed.TrySetResult();
    }
}
