namespace Afterimage.Models.Tests;

/// <summary>
/// Garbage collections, one after another in a thread of their own, until it is disposed of: what nothing holds is freed at once, also
/// while libtorch reads it.
/// </summary>
internal sealed class Collections : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _ends;

    public Collections()
    {
        _thread = new Thread(() =>
        {
            while (!_ends)
                GC.Collect(0, GCCollectionMode.Forced);
        })
        { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
    }
}
