using System.Runtime.InteropServices;

namespace Afterimage.Kernels.Cuda;

/// <summary>
/// torch's part in a capture: its own object for one (<c>at::cuda::CUDAGraph</c>, <c>aten/src/ATen/cuda/CUDAGraph.h</c>), which has its allocator
/// take what is allocated meanwhile from a pool apart. libtorch's C interface has none, so these are C++ functions by the names that they have on
/// Linux; the stream's guard is of the stable C interface.
/// </summary>
/// <remarks>A C++ exception that leaves one of them would end the process: a caller asks for nothing that they refuse.</remarks>
internal sealed unsafe class TorchCapture
{
    private const string Class = "_ZN2at4cuda9CUDAGraph";
    private const int SizeOfObject = 4096; // it has a few hundred bytes

    private readonly delegate* unmanaged<nint, byte, void> _construct;
    private readonly delegate* unmanaged<nint, void> _destruct;
    private readonly delegate* unmanaged<nint, Pool, int, void> _begin;
    private readonly delegate* unmanaged<nint, void> _end;
    private readonly delegate* unmanaged<nint, Pool> _pool;
    private readonly delegate* unmanaged<nint, nint> _raw;
    private readonly delegate* unmanaged<nint, int, nint*, int> _enterStream;
    private readonly delegate* unmanaged<nint, int> _leaveStream;

    /// <param name="export">The address of an exported function of libtorch's CUDA library by its name.</param>
    /// <exception cref="EntryPointNotFoundException">It lacks one.</exception>
    public TorchCapture(Func<string, nint> export)
    {
        _construct = (delegate* unmanaged<nint, byte, void>)export($"{Class}C1Eb");
        _destruct = (delegate* unmanaged<nint, void>)export($"{Class}D1Ev");
        _begin = (delegate* unmanaged<nint, Pool, int, void>)export($"{Class}13capture_beginESt4pairIyyE21cudaStreamCaptureMode");
        _end = (delegate* unmanaged<nint, void>)export($"{Class}11capture_endEv");
        _pool = (delegate* unmanaged<nint, Pool>)export($"{Class}4poolEv");
        _raw = (delegate* unmanaged<nint, nint>)export($"{Class}14raw_cuda_graphEv");
        _enterStream = (delegate* unmanaged<nint, int, nint*, int>)export("aoti_torch_create_cuda_stream_guard");
        _leaveStream = (delegate* unmanaged<nint, int>)export("aoti_torch_delete_cuda_stream_guard");
    }

    /// <summary>Of the libtorch in this process.</summary>
    /// <exception cref="NotSupportedException">It is not one that graphs can be captured with; the message says why.</exception>
    public static TorchCapture Load()
    {
        if (!OperatingSystem.IsLinux())
            throw new NotSupportedException(
                $"{nameof(CacheConfig.CudaGraphs)} is for Linux: libtorch has no C interface for captures, and its C++ functions have other names elsewhere. Leave it out.");
        if (!NativeLibrary.TryLoad("libtorch_cuda.so", out var library)) // in the process already, so no path is needed
            throw new NotSupportedException($"{nameof(CacheConfig.CudaGraphs)} needs libtorch with CUDA: libtorch_cuda.so is not loaded.");
        try
        {
            return new TorchCapture(name => NativeLibrary.GetExport(library, name));
        }
        catch (EntryPointNotFoundException missing)
        {
            throw new NotSupportedException(
                $"{nameof(CacheConfig.CudaGraphs)} is for libtorch {Native.LibTorchFolder.Version}, and this one is another: {missing.Message} Leave it out.", missing);
        }
    }

    /// <summary>Has torch use a stream in this thread, until <see cref="LeaveStream"/>.</summary>
    /// <exception cref="CudaException">torch refuses it.</exception>
    public nint EnterStream(int ordinal, nint stream)
    {
        nint guard;
        return _enterStream(stream, ordinal, &guard) == 0 ? guard : throw new CudaException($"torch could not use a stream on CUDA device {ordinal}.");
    }

    /// <summary>Goes back to the stream before.</summary>
    public void LeaveStream(nint guard) => _ = _leaveStream(guard); // only frees what was allocated

    /// <summary>Begins a capture in this thread's stream, which is not the default one and captures nothing.</summary>
    /// <param name="pool">What an ended capture's <see cref="PoolOf"/> gave, to share its memory; or the default.</param>
    /// <returns>torch's object, to be ended, and then freed once nothing reads what was allocated.</returns>
    public nint Begin(Pool pool)
    {
        const int ThreadLocal = 1;
        var capture = (nint)NativeMemory.AllocZeroed(SizeOfObject);
        _construct(capture, 1); // the graph is kept, and not instantiated: where memory is short, that throws
        _begin(capture, pool, ThreadLocal);
        return capture;
    }

    /// <summary>Ends a capture that is well.</summary>
    public void End(nint capture) => _end(capture);

    /// <summary>The pool of a capture that has ended.</summary>
    public Pool PoolOf(nint capture) => _pool(capture);

    /// <summary>The graph of a capture that has ended; it is torch's.</summary>
    public nint GraphOf(nint capture) => _raw(capture);

    /// <summary>Frees torch's object, with its graph and its share of the pool.</summary>
    public void Free(nint capture)
    {
        _destruct(capture);
        NativeMemory.Free((void*)capture);
    }

    /// <summary>c10's <c>MempoolId_t</c>, a pair of numbers.</summary>
    public readonly record struct Pool(ulong First, ulong Second);
}
