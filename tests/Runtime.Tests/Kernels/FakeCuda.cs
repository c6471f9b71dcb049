using System.Runtime.InteropServices;
using Afterimage.Kernels.Cuda;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>
/// A CUDA driver of one device that keeps account of what it is asked. Its functions have C's calling convention and so are
/// static: one test at a time.
/// </summary>
internal static unsafe class FakeCuda
{
    private static readonly Dictionary<string, nint> s_exports = new()
    {
        ["cuGetErrorString"] = (nint)(delegate* unmanaged<int, byte**, int>)&ErrorString,
        ["cuInit"] = (nint)(delegate* unmanaged<uint, int>)&Init,
        ["cuDeviceGet"] = (nint)(delegate* unmanaged<int*, int, int>)&DeviceGet,
        ["cuDeviceGetName"] = (nint)(delegate* unmanaged<byte*, int, int, int>)&DeviceGetName,
        ["cuDeviceGetAttribute"] = (nint)(delegate* unmanaged<int*, int, int, int>)&DeviceGetAttribute,
        ["cuDevicePrimaryCtxRetain"] = (nint)(delegate* unmanaged<nint*, int, int>)&Retain,
        ["cuDevicePrimaryCtxRelease_v2"] = (nint)(delegate* unmanaged<int, int>)&Release,
        ["cuCtxPushCurrent_v2"] = (nint)(delegate* unmanaged<nint, int>)&Push,
        ["cuCtxPopCurrent_v2"] = (nint)(delegate* unmanaged<nint*, int>)&Pop,
        ["cuModuleLoadDataEx"] = (nint)(delegate* unmanaged<nint*, byte*, uint, int*, void**, int>)&ModuleLoad,
        ["cuModuleUnload"] = (nint)(delegate* unmanaged<nint, int>)&ModuleUnload,
        ["cuModuleGetFunction"] = (nint)(delegate* unmanaged<nint*, nint, byte*, int>)&GetFunction,
        ["cuFuncGetAttribute"] = (nint)(delegate* unmanaged<int*, int, nint, int>)&FunctionAttribute,
        ["cuLaunchKernel"] = (nint)(delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)&LaunchKernel,
    };

    /// <summary>What was launched, its shape, its stream, and the addresses of its arguments' values.</summary>
    public delegate void OnLaunch(Function function, uint blocks, uint threads, nint stream, nint* arguments);

    public static int InitResult { get; set; }

    public static int ModuleLoadResult { get; set; }

    public static int ModuleUnloadResult { get; set; }

    public static int Capability { get; set; }

    public static int Contexts { get; private set; }

    public static int Modules { get; private set; }

    public static int ModulesEverLoaded { get; private set; }

    public static int Launches { get; private set; }

    public static string LastPtx { get; private set; } = "";

    /// <summary>Runs in place of a kernel; what it throws is the launch's error.</summary>
    public static OnLaunch? Launched { get; set; }

    /// <summary>What a launch that failed is answered with.</summary>
    private const int LaunchFailed = 719;

    private const int NotInAContext = 201;

    private static readonly Lock s_gate = new();
    private static readonly Dictionary<nint, string> s_modules = [];
    private static readonly Dictionary<nint, Function> s_functions = [];
    private static string s_launchFailure = "";

    [ThreadStatic]
    private static int s_depth;

    /// <summary>How deep this thread's stack of current contexts is.</summary>
    public static int ContextDepth => s_depth;

    public static void Reset()
    {
        (InitResult, ModuleLoadResult, ModuleUnloadResult, Capability) = (0, 0, 0, 90);
        (Contexts, Modules, ModulesEverLoaded, Launches) = (0, 0, 0, 0);
        (LastPtx, Launched) = ("", null);
    }

    public static CudaDriver Load() => new(name =>
        s_exports.TryGetValue(name, out var address) || FakeCapture.Driver.TryGetValue(name, out address) ? address : throw new EntryPointNotFoundException($"There is no {name}."));

    [UnmanagedCallersOnly]
    private static int Init(uint flags) => InitResult;

    [UnmanagedCallersOnly]
    private static int ErrorString(int code, byte** text)
    {
        *text = (byte*)Marshal.StringToCoTaskMemUTF8(code == LaunchFailed ? s_launchFailure : $"fake error {code}");
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGet(int* device, int ordinal)
    {
        *device = ordinal + 40;
        return ordinal == 0 ? 0 : 101;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetName(byte* name, int length, int device)
    {
        "Fake GPU\0"u8.CopyTo(new Span<byte>(name, length));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int DeviceGetAttribute(int* value, int attribute, int device)
    {
        *value = attribute switch { 75 => Capability / 10, 76 => Capability % 10, _ => 2 };
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int Retain(nint* context, int device)
    {
        *context = 7;
        Contexts++;
        return device == 40 ? 0 : 1;
    }

    [UnmanagedCallersOnly]
    private static int Release(int device)
    {
        Contexts--;
        return device == 40 ? 0 : 1;
    }

    [UnmanagedCallersOnly]
    private static int Push(nint context)
    {
        s_depth++;
        return context == 7 ? 0 : NotInAContext;
    }

    [UnmanagedCallersOnly]
    private static int Pop(nint* context)
    {
        *context = 7;
        return s_depth-- > 0 ? 0 : NotInAContext;
    }

    [UnmanagedCallersOnly]
    private static int ModuleLoad(nint* module, byte* image, uint options, int* names, void** values)
    {
        lock (s_gate)
        {
            if (ModuleLoadResult != 0 || s_depth == 0)
                return ModuleLoadResult == 0 ? NotInAContext : ModuleLoadResult;
            *module = ++ModulesEverLoaded;
            s_modules[*module] = LastPtx = Marshal.PtrToStringUTF8((nint)image)!;
            Modules++;
            return 0;
        }
    }

    [UnmanagedCallersOnly]
    private static int ModuleUnload(nint module)
    {
        lock (s_gate)
        {
            if (ModuleUnloadResult != 0)
                return ModuleUnloadResult;
            Modules--;
            return s_depth > 0 ? 0 : NotInAContext;
        }
    }

    [UnmanagedCallersOnly]
    private static int GetFunction(nint* function, nint module, byte* name)
    {
        lock (s_gate)
        {
            if (s_depth == 0)
                return NotInAContext;
            *function = module + 1000;
            var loaded = new Function(s_modules[module], Marshal.PtrToStringUTF8((nint)name)!);
            s_functions[*function] = loaded;
            return loaded.Ptx.Contains($".entry {loaded.Entry}(", StringComparison.Ordinal) ? 0 : 500;
        }
    }

    [UnmanagedCallersOnly]
    private static int FunctionAttribute(int* value, int attribute, nint function)
    {
        *value = 32;
        return s_depth == 0 ? NotInAContext : attribute == 4 ? 0 : 1;
    }

    [UnmanagedCallersOnly]
    private static int LaunchKernel(
        nint function, uint blocksX, uint blocksY, uint blocksZ, uint threadsX, uint threadsY, uint threadsZ, uint shared, nint stream,
        void** arguments, void** extra)
    {
        lock (s_gate)
        {
            if (s_depth == 0 || (blocksY, blocksZ, threadsY, threadsZ, shared) != (1, 1, 1, 1, 0))
                return 1;
            Launches++;
            try
            {
                Launched?.Invoke(s_functions[function], blocksX, threadsX, stream, (nint*)arguments);
                return 0;
            }
            catch (Exception failure) // which would end the process: the caller is not managed
            {
                s_launchFailure = failure.Message;
                return LaunchFailed;
            }
        }
    }

    /// <summary>An entry point of a module that was loaded.</summary>
    public readonly record struct Function(string Ptx, string Entry);
}
