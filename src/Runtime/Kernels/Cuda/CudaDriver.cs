using System.Runtime.InteropServices;
using System.Text;
using Afterimage.Kernels.Launch;

namespace Afterimage.Kernels.Cuda;

/// <summary>
/// The calls of NVIDIA's driver library that loading and launching a kernel, or a graph, takes. A caller passes handles that came from here or from
/// torch, and views of memory that it keeps alive.
/// </summary>
internal sealed unsafe partial class CudaDriver
{
    private readonly delegate* unmanaged<uint, int> _init;
    private readonly delegate* unmanaged<int*, int, int> _deviceGet;
    private readonly delegate* unmanaged<byte*, int, int, int> _deviceGetName;
    private readonly delegate* unmanaged<int*, int, int, int> _deviceGetAttribute;
    private readonly delegate* unmanaged<nint*, int, int> _primaryContextRetain;
    private readonly delegate* unmanaged<int, int> _primaryContextRelease;
    private readonly delegate* unmanaged<nint, int> _contextPush;
    private readonly delegate* unmanaged<nint*, int> _contextPop;
    private readonly delegate* unmanaged<nint*, byte*, uint, int*, void**, int> _moduleLoad;
    private readonly delegate* unmanaged<nint, int> _moduleUnload;
    private readonly delegate* unmanaged<nint*, nint, byte*, int> _moduleGetFunction;
    private readonly delegate* unmanaged<int*, int, nint, int> _functionGetAttribute;
    private readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> _launch;
    private readonly delegate* unmanaged<nint*, uint, int> _streamCreate;
    private readonly delegate* unmanaged<nint, int*, int> _streamIsCapturing;
    private readonly delegate* unmanaged<nint, int, int> _streamBeginCapture;
    private readonly delegate* unmanaged<nint, nint*, int> _streamEndCapture;
    private readonly delegate* unmanaged<nint*, nint, ulong, int> _graphInstantiate;
    private readonly delegate* unmanaged<nint, nint, int> _graphLaunch;
    private readonly delegate* unmanaged<nint, int> _graphDestroy;
    private readonly delegate* unmanaged<int, byte**, int> _errorText;

    /// <param name="export">The address of an exported function by its name.</param>
    /// <exception cref="CudaException">The driver does not start.</exception>
    /// <exception cref="EntryPointNotFoundException">The driver lacks a function.</exception>
    public CudaDriver(Func<string, nint> export)
    {
        _errorText = (delegate* unmanaged<int, byte**, int>)export("cuGetErrorString");
        _init = (delegate* unmanaged<uint, int>)export("cuInit");
        _deviceGet = (delegate* unmanaged<int*, int, int>)export("cuDeviceGet");
        _deviceGetName = (delegate* unmanaged<byte*, int, int, int>)export("cuDeviceGetName");
        _deviceGetAttribute = (delegate* unmanaged<int*, int, int, int>)export("cuDeviceGetAttribute");
        _primaryContextRetain = (delegate* unmanaged<nint*, int, int>)export("cuDevicePrimaryCtxRetain");
        _primaryContextRelease = (delegate* unmanaged<int, int>)export("cuDevicePrimaryCtxRelease_v2");
        _contextPush = (delegate* unmanaged<nint, int>)export("cuCtxPushCurrent_v2");
        _contextPop = (delegate* unmanaged<nint*, int>)export("cuCtxPopCurrent_v2");
        _moduleLoad = (delegate* unmanaged<nint*, byte*, uint, int*, void**, int>)export("cuModuleLoadDataEx");
        _moduleUnload = (delegate* unmanaged<nint, int>)export("cuModuleUnload");
        _moduleGetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)export("cuModuleGetFunction");
        _functionGetAttribute = (delegate* unmanaged<int*, int, nint, int>)export("cuFuncGetAttribute");
        _launch = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)export("cuLaunchKernel");
        _streamCreate = (delegate* unmanaged<nint*, uint, int>)export("cuStreamCreate");
        _streamIsCapturing = (delegate* unmanaged<nint, int*, int>)export("cuStreamIsCapturing");
        _streamBeginCapture = (delegate* unmanaged<nint, int, int>)export("cuStreamBeginCapture_v2");
        _streamEndCapture = (delegate* unmanaged<nint, nint*, int>)export("cuStreamEndCapture");
        _graphInstantiate = (delegate* unmanaged<nint*, nint, ulong, int>)export("cuGraphInstantiateWithFlags");
        _graphLaunch = (delegate* unmanaged<nint, nint, int>)export("cuGraphLaunch");
        _graphDestroy = (delegate* unmanaged<nint, int>)export("cuGraphExecDestroy");
        Check(_init(0), "start");
    }

    /// <summary>Loads the driver of this machine.</summary>
    /// <exception cref="DllNotFoundException">There is none.</exception>
    public static CudaDriver Load()
    {
        var file = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        if (!NativeLibrary.TryLoad(file, out var library))
            throw new DllNotFoundException($"There is no CUDA driver: {file} was not found.");
        return new CudaDriver(name => NativeLibrary.GetExport(library, name));
    }

    /// <summary>A device by the number that torch knows it by.</summary>
    public int Device(int ordinal)
    {
        int device;
        Check(_deviceGet(&device, ordinal), "find the device");
        return device;
    }

    /// <summary>A device's name for people.</summary>
    public string NameOf(int device)
    {
        var name = stackalloc byte[256];
        Check(_deviceGetName(name, 256, device), "name the device");
        return Marshal.PtrToStringUTF8((nint)name)!;
    }

    /// <summary>One of a device's numbers.</summary>
    public int AttributeOf(int device, CudaDeviceAttribute attribute)
    {
        int value;
        Check(_deviceGetAttribute(&value, (int)attribute, device), $"tell {attribute}");
        return value;
    }

    /// <summary>Takes part in the device's primary context, the one that torch's memory is in.</summary>
    public nint RetainPrimaryContext(int device)
    {
        nint context;
        Check(_primaryContextRetain(&context, device), "open the primary context");
        return context;
    }

    /// <summary>Gives back what <see cref="RetainPrimaryContext"/> took.</summary>
    public void ReleasePrimaryContext(int device) => Check(_primaryContextRelease(device), "close the primary context");

    /// <summary>Compiles PTX for the context's device.</summary>
    public nint LoadModule(nint context, string ptx) => Within(context, () =>
    {
        nint module;
        fixed (byte* image = ZeroEnded(ptx))
            Check(_moduleLoad(&module, image, 0, null, null), "compile the kernel");
        return module;
    });

    /// <summary>Forgets a module.</summary>
    public void UnloadModule(nint context, nint module) => Within(context, () =>
    {
        Check(_moduleUnload(module), "unload the kernel");
        return module;
    });

    /// <summary>An entry point of a module of the context.</summary>
    public nint Function(nint context, nint module, string name) => Within(context, () =>
    {
        nint function;
        fixed (byte* bytes = ZeroEnded(name))
            Check(_moduleGetFunction(&function, module, bytes), $"find {name}");
        return function;
    });

    /// <summary>How many registers a thread of a function of the context takes.</summary>
    public int RegistersOf(nint context, nint function) => Within(context, () =>
    {
        const int NumberOfRegisters = 4;
        int value;
        Check(_functionGetAttribute(&value, NumberOfRegisters, function), "tell the registers");
        return value;
    });

    /// <summary>Puts a kernel into a stream and does not wait for it.</summary>
    /// <param name="context">The context that the function was loaded in.</param>
    /// <param name="function">The kernel.</param>
    /// <param name="stream">The stream; 0 is the default one.</param>
    /// <param name="blocks">Blocks along the only dimension.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="arguments">Its arguments as ILGPU lays them out: a view is an address and a length, 16 bytes together.</param>
    public void Launch(nint context, nint function, nint stream, int blocks, int threads, ReadOnlySpan<KernelArgument> arguments)
    {
        const int SlotSize = 16;
        var slots = stackalloc byte[SlotSize * arguments.Length];
        var addresses = stackalloc void*[arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            var slot = slots + i * SlotSize;
            Write(arguments[i], slot);
            addresses[i] = slot;
        }
        Check(_contextPush(context), "enter the primary context");
        var result = _launch(function, (uint)blocks, 1, 1, (uint)threads, 1, 1, 0, stream, addresses, null);
        nint left;
        Check(_contextPop(&left), "leave the primary context");
        Check(result, "launch the kernel");
    }

    private static void Write(KernelArgument argument, byte* slot)
    {
        switch (argument.Kind)
        {
            case KernelArgumentKind.View or KernelArgumentKind.Table:
                ((long*)slot)[0] = argument.Address;
                ((long*)slot)[1] = argument.Length;
                break;
            case KernelArgumentKind.Stride:
                *(long*)slot = argument.Distance;
                break;
            case KernelArgumentKind.Int32:
                *(int*)slot = argument.Int32;
                break;
            default:
                *(float*)slot = argument.Single;
                break;
        }
    }

    private T Within<T>(nint context, Func<T> action)
    {
        Check(_contextPush(context), "enter the primary context");
        try
        {
            return action();
        }
        finally
        {
            nint left;
            Check(_contextPop(&left), "leave the primary context");
        }
    }

    private void Check(int result, string what)
    {
        if (result == 0)
            return;
        byte* text = null;
        var known = _errorText(result, &text) == 0 && text != null;
        throw new CudaException($"The CUDA driver could not {what}: {(known ? Marshal.PtrToStringUTF8((nint)text) : "unknown error")} ({result}).");
    }

    private static byte[] ZeroEnded(string text) => Encoding.ASCII.GetBytes(text + '\0');
}
