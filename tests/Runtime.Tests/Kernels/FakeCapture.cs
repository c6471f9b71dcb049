using System.Runtime.InteropServices;
using Afterimage.Kernels.Cuda;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>
/// The calls of the driver and of torch that graphs take, of <see cref="FakeCuda"/>'s device: they keep a list of themselves, and refuse what the
/// real ones do. Where torch would throw a C++ exception, which ends a process, there is a word in the list.
/// </summary>
internal static unsafe class FakeCapture
{
    public const int Refusal = 2;
    private const nint Stream = 0x51de;
    private const nint Capture = 0xca9;
    private const nint Executable = 0xe8ec;

    private static bool s_isOpen;
    private static bool s_isBroken;

    /// <summary>The driver's.</summary>
    public static Dictionary<string, nint> Driver { get; } = new()
    {
        ["cuStreamCreate"] = (nint)(delegate* unmanaged<nint*, uint, int>)&StreamCreate,
        ["cuStreamIsCapturing"] = (nint)(delegate* unmanaged<nint, int*, int>)&StreamIsCapturing,
        ["cuStreamBeginCapture_v2"] = (nint)(delegate* unmanaged<nint, int, int>)&BeginCapture,
        ["cuStreamEndCapture"] = (nint)(delegate* unmanaged<nint, nint*, int>)&EndCapture,
        ["cuGraphInstantiateWithFlags"] = (nint)(delegate* unmanaged<nint*, nint, ulong, int>)&Instantiate,
        ["cuGraphLaunch"] = (nint)(delegate* unmanaged<nint, nint, int>)&Launch,
        ["cuGraphExecDestroy"] = (nint)(delegate* unmanaged<nint, int>)&DestroyExecutable,
    };

    /// <summary>torch's.</summary>
    public static Dictionary<string, nint> Torch { get; } = new()
    {
        ["_ZN2at4cuda9CUDAGraphC1Eb"] = (nint)(delegate* unmanaged<nint, byte, void>)&Construct,
        ["_ZN2at4cuda9CUDAGraphD1Ev"] = (nint)(delegate* unmanaged<nint, void>)&Destruct,
        ["_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode"] = (nint)(delegate* unmanaged<nint, TorchCapture.Pool, int, void>)&TorchBegin,
        ["_ZN2at4cuda9CUDAGraph11capture_endEv"] = (nint)(delegate* unmanaged<nint, void>)&TorchEnd,
        ["_ZN2at4cuda9CUDAGraph4poolEv"] = (nint)(delegate* unmanaged<nint, TorchCapture.Pool>)&TorchPool,
        ["_ZN2at4cuda9CUDAGraph14raw_cuda_graphEv"] = (nint)(delegate* unmanaged<nint, nint>)&TorchGraph,
        ["aoti_torch_create_cuda_stream_guard"] = (nint)(delegate* unmanaged<nint, int, nint*, int>)&EnterStream,
        ["aoti_torch_delete_cuda_stream_guard"] = (nint)(delegate* unmanaged<nint, int>)&LeaveStream,
    };

    /// <summary>What was called, in order.</summary>
    public static List<string> Calls { get; } = [];

    /// <summary>torch's objects that have not been freed.</summary>
    public static int Alive { get; private set; }

    /// <summary>A call that is refused.</summary>
    public static string? Refused { get; set; }

    public static TorchCapture Load() => new(name =>
        Torch.TryGetValue(name, out var address) ? address : throw new EntryPointNotFoundException($"There is no {name}."));

    public static void Reset()
    {
        Calls.Clear();
        (s_isOpen, s_isBroken, Alive, Refused) = (false, false, 0, null);
    }

    /// <summary>What a call that waits for the device does to a capture.</summary>
    public static void Break() => s_isBroken = true;

    [UnmanagedCallersOnly]
    private static int StreamCreate(nint* stream, uint flags)
    {
        *stream = Stream;
        return Driven("create stream", flags == 1);
    }

    [UnmanagedCallersOnly]
    private static int StreamIsCapturing(nint stream, int* status)
    {
        *status = !s_isOpen ? 0 : s_isBroken ? 2 : 1;
        return Driven("is capturing", stream == Stream);
    }

    [UnmanagedCallersOnly]
    private static int BeginCapture(nint stream, int mode)
    {
        var result = Driven("begin", stream == Stream && mode == 1 && !s_isOpen);
        s_isOpen = true;
        return result;
    }

    [UnmanagedCallersOnly]
    private static int EndCapture(nint stream, nint* graph)
    {
        var isBroken = s_isBroken;
        (s_isOpen, s_isBroken, *graph) = (false, false, 0);
        return Driven("end", stream == Stream && !isBroken);
    }

    [UnmanagedCallersOnly]
    private static int Instantiate(nint* executable, nint graph, ulong flags)
    {
        *executable = Executable;
        return Driven("instantiate", graph == Capture && flags == 0);
    }

    [UnmanagedCallersOnly]
    private static int Launch(nint executable, nint stream) => Driven($"launch in {stream:x}", executable == Executable);

    [UnmanagedCallersOnly]
    private static int DestroyExecutable(nint executable) => Driven("destroy", executable == Executable);

    private static int Driven(string call, bool isValid)
    {
        Calls.Add(call);
        return FakeCuda.ContextDepth == 0 ? 201 : call == Refused ? Refusal : isValid ? 0 : 1;
    }

    [UnmanagedCallersOnly]
    private static void Construct(nint self, byte keepsGraph)
    {
        *(long*)self = 42;
        Alive++;
        Calls.Add(keepsGraph == 1 ? "torch makes" : "torch instantiates, and may throw");
    }

    [UnmanagedCallersOnly]
    private static void Destruct(nint self)
    {
        Alive--;
        Calls.Add(*(long*)self == 42 ? "torch frees" : "torch crashes");
    }

    [UnmanagedCallersOnly]
    private static void TorchBegin(nint self, TorchCapture.Pool pool, int mode)
    {
        Calls.Add(s_isOpen || mode != 1 ? "torch throws" : $"torch begins in pool {pool.First}, {pool.Second}");
        s_isOpen = true;
    }

    [UnmanagedCallersOnly]
    private static void TorchEnd(nint self)
    {
        Calls.Add(s_isOpen && !s_isBroken ? "torch ends" : "torch throws");
        s_isOpen = false;
    }

    [UnmanagedCallersOnly]
    private static TorchCapture.Pool TorchPool(nint self) => new(7, 0);

    [UnmanagedCallersOnly]
    private static nint TorchGraph(nint self) => Capture;

    [UnmanagedCallersOnly]
    private static int EnterStream(nint stream, int ordinal, nint* guard)
    {
        *guard = 5;
        Calls.Add("enter stream");
        return stream == Stream && ordinal == 0 && "enter stream" != Refused ? 0 : 1;
    }

    [UnmanagedCallersOnly]
    private static int LeaveStream(nint guard)
    {
        Calls.Add("leave stream");
        return guard == 5 ? 0 : 1;
    }
}
