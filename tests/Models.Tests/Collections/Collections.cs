using System.Diagnostics;

namespace Afterimage.Models.Tests;

/// <summary>
/// Garbage collections in a thread of their own until it is disposed of: what nothing holds is freed at once, also while libtorch reads it. Between two of them the others
/// have twice the time that one takes, without which they hardly get on where suspending a thread is slow.
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
            {
                var start = Stopwatch.GetTimestamp();
                GC.Collect(0, GCCollectionMode.Forced);
                var end = Stopwatch.GetTimestamp();
                while (Stopwatch.GetTimestamp() - end < 2 * (end - start))
                    Thread.SpinWait(1);
            }
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
