namespace Afterimage.Server.Working;

/// <summary>Whether the server takes no more jobs, since it is about to end.</summary>
internal sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _began = new();
    private readonly CancellationTokenSource _over = new();

    /// <summary>Workers take no more jobs.</summary>
    public CancellationToken Began => _began.Token;

    /// <summary>What they are at goes back to the queue.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>Begins it.</summary>
    public void Begin() => _began.Cancel();

    /// <summary>Ends it.</summary>
    public void End()
    {
        _began.Cancel();
        _over.Cancel();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _began.Dispose();
        _over.Dispose();
    }
}
