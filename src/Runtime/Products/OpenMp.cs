using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Afterimage;

/// <summary>
/// Runs work on the threads that libtorch computes on, as many as <c>torch.set_num_threads</c> says. Threads of .NET would share the processors with
/// libtorch's, which wait for their next work by spinning.
/// </summary>
internal static unsafe class OpenMp
{
    // void GOMP_parallel(void (*body)(void*), void* data, unsigned threads, unsigned flags), which the compilers' OpenMP libraries all export.
    private static readonly delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void> s_parallel =
        NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out var library) && NativeLibrary.TryGetExport(library, "GOMP_parallel", out var export)
            ? (delegate* unmanaged[Cdecl]<delegate* unmanaged[Cdecl]<void*, void>, void*, uint, uint, void>)export
            : null;

    /// <summary>Whether libtorch brings such threads in a way that others can use: on Linux.</summary>
    public static bool IsAvailable => s_parallel is not null;

    /// <summary>Calls a body once for each number below a count, and returns when all are done. The first exception is thrown on.</summary>
    public static void For(int count, Action<int> body)
    {
        var loop = new Loop(count, body);
        s_parallel(&Join, Unsafe.AsPointer(ref loop), 0, 0);
        loop.Failure?.Throw();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Join(void* loop) => Unsafe.AsRef<Loop>(loop).Run();

    /// <summary>Lies on the stack of the thread that waits for the loop.</summary>
    private sealed class Loop(int count, Action<int> body)
    {
        private int _next = -1;

        public ExceptionDispatchInfo? Failure { get; private set; }

        public void Run()
        {
            try
            {
                for (var index = Interlocked.Increment(ref _next); index < count; index = Interlocked.Increment(ref _next))
                    body(index);
            }
            // Nothing may leave by native frames.
            catch (Exception exception)
            {
                Failure ??= ExceptionDispatchInfo.Capture(exception);
            }
        }
    }
}
