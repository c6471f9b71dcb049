using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Afterimage.Kernels.Cuda;
using Afterimage.Kernels.Launch;
using Afterimage.Runtime.Tests.Kernels.PtxInterpreter;
using Afterimage.Runtime.Tests.Kernels.Recording;
using ILGPU;
using Kernel = Afterimage.Kernels.Launch.Kernel;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>
/// Runs the PTX of kernels on the CPU, over the memory of torch's CPU tensors: the library's own CUDA device loads and launches
/// it, and a driver that interprets gets the arguments as the real one does. One at a time.
/// </summary>
internal sealed unsafe class PtxLauncher : KernelLauncher, IDisposable
{
    private static readonly ConcurrentDictionary<(string File, string Ptx), PtxKernel> s_read = [];

    private readonly Func<Kernel, string, string> _change;
    private readonly LaunchRecording? _recording;
    private readonly CudaDevice _device;
    private readonly HashSet<string> _launched = [];
    private Kernel? _kernel;

    /// <param name="change">Makes another text of a kernel's PTX before it runs.</param>
    /// <param name="recording">Keeps every launch.</param>
    public PtxLauncher(Func<Kernel, string, string>? change = null, LaunchRecording? recording = null)
    {
        _change = change ?? ((_, ptx) => ptx);
        _recording = recording;
        FakeCuda.Reset();
        FakeCuda.Launched = Interpret;
        _device = new CudaDevice(FakeCuda.Load(), 0, _ => 0);
    }

    /// <summary>The names of all kernels that were launched.</summary>
    public IReadOnlySet<string> Launched => _launched;

    public override int WarpSize => _device.WarpSize;

    /// <summary>So few that their threads do several indices each.</summary>
    public override int BusyGroups => 3;

    /// <summary>So few that tensors take several launches, of two blocks each.</summary>
    public override int MaxIndices => 290;

    public override void Launch(Kernel kernel, int indices, params ReadOnlySpan<KernelArgument> arguments)
    {
        Load(kernel);
        _device.Launch(kernel, indices, arguments);
    }

    public override void LaunchGroups(Kernel kernel, int groups, params ReadOnlySpan<KernelArgument> arguments)
    {
        Load(kernel);
        _device.LaunchGroups(kernel, groups, arguments);
    }

    public void Dispose() => _device.Dispose();

    private void Load(Kernel kernel)
    {
        _kernel = kernel;
        _launched.Add(kernel.Name);
        _device.Load(kernel);
    }

    private void Interpret(FakeCuda.Function function, uint blocks, uint threads, nint stream, nint* arguments)
    {
        var declared = _kernel!.Method.GetParameters();
        var kernel = s_read.GetOrAdd(($"{_kernel.Name}.ptx", _change(_kernel, function.Ptx)), text => PtxReader.Read(text.File, text.Ptx));
        Assert.AreSequenceEqual(
            declared.Select(parameter => $"_{parameter.Name}_{parameter.Position}"), kernel.Parameters.Select(parameter => parameter.Name));

        var values = new byte[declared.Length][];
        var views = new List<DeviceMemory.View>();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = new Span<byte>((void*)arguments[i], kernel.Parameters[i].Size).ToArray();
            if (declared[i].ParameterType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(ArrayView<>))
                views.Add(View(declared[i].Name!, type.GenericTypeArguments[0], values[i]));
        }
        var launch = new PtxLaunch(kernel, values, new DeviceMemory(views), blocks, threads);
        if (_recording is null)
            launch.Run();
        else
            _recording.Run(_kernel.Name, function, launch, views);
    }

    private static DeviceMemory.View View(string name, Type element, byte[] argument) => new(
        name, BitConverter.ToUInt64(argument), BitConverter.ToUInt64(argument, sizeof(ulong)) * (ulong)RuntimeHelpers.SizeOf(element.TypeHandle));
}
