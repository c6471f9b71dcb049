namespace Afterimage.Models;

/// <summary>Leaves out the random initialisation of weights that a checkpoint is about to overwrite.</summary>
internal static class WeightInitialization
{
    [ThreadStatic]
    private static int s_skipped;

    /// <summary>Whether the layers that this thread builds may leave their weights as the allocator gave them.</summary>
    public static bool IsSkipped => s_skipped > 0;

    /// <summary>Skips initialisation on this thread until the result is disposed.</summary>
    public static IDisposable Skip() => new Scope();

    private sealed class Scope : IDisposable
    {
        private bool _disposed;

        public Scope() => s_skipped++;

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            s_skipped--;
        }
    }
}
