using System.Runtime.CompilerServices;
using Afterimage.Kernels.Launch;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using IlgpuKernel = ILGPU.Runtime.Kernel;
using Kernel = Afterimage.Kernels.Launch.Kernel;

namespace Afterimage.Runtime.Tests.Kernels;

/// <summary>Runs kernels on ILGPU's CPU accelerator, over the memory of torch's CPU tensors.</summary>
internal sealed class CpuLauncher : KernelLauncher, IDisposable
{
    private readonly Context _context = Context.Create(builder => builder.EnableAlgorithms().CPU(CPUDevice.Default));
    private readonly CPUAccelerator _accelerator;
    private readonly Dictionary<Kernel, IlgpuKernel> _compiled = [];

    public CpuLauncher() => _accelerator = CPUDevice.Default.CreateCPUAccelerator(_context);

    public override int WarpSize => _accelerator.WarpSize;

    public override int BusyGroups => 3;

    /// <summary>So few that small tensors take several launches.</summary>
    public override int MaxIndices => 37;

    public override void Launch(Kernel kernel, int indices, params ReadOnlySpan<KernelArgument> arguments)
    {
        using var buffers = new Buffers(_accelerator);
        Compiled(kernel).Launch(_accelerator.DefaultStream, indices, buffers.Boxed(kernel, arguments));
        _accelerator.Synchronize();
    }

    public override void LaunchGroups(Kernel kernel, int groups, params ReadOnlySpan<KernelArgument> arguments)
    {
        using var buffers = new Buffers(_accelerator);
        Compiled(kernel).Launch(_accelerator.DefaultStream, new KernelConfig(groups, WarpSize), buffers.Boxed(kernel, arguments));
        _accelerator.Synchronize();
    }

    public void Dispose()
    {
        _accelerator.Dispose();
        _context.Dispose();
    }

    private IlgpuKernel Compiled(Kernel kernel)
    {
        if (!_compiled.TryGetValue(kernel, out var compiled))
            _compiled[kernel] = compiled = kernel.IsIndexed ? _accelerator.LoadAutoGroupedKernel(kernel.Method) : _accelerator.LoadKernel(kernel.Method);
        return compiled;
    }

    /// <summary>ILGPU's views of the arguments' memory.</summary>
    private sealed class Buffers(CPUAccelerator accelerator) : IDisposable
    {
        private readonly List<MemoryBuffer> _buffers = [];

        public object[] Boxed(Kernel kernel, ReadOnlySpan<KernelArgument> arguments)
        {
            var parameters = kernel.Method.GetParameters()[(kernel.IsIndexed ? 1 : 0)..];
            Assert.HasCount(arguments.Length, parameters);
            var boxed = new object[arguments.Length];
            for (var i = 0; i < boxed.Length; i++)
                boxed[i] = Boxed(arguments[i], parameters[i].ParameterType);
            return boxed;
        }

        public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

        private object Boxed(KernelArgument argument, Type type) => argument.Kind switch
        {
            KernelArgumentKind.Int32 => argument.Int32,
            KernelArgumentKind.Stride => argument.Distance,
            KernelArgumentKind.Single => argument.Single,
            _ => View(argument, type),
        };

        private object View(KernelArgument argument, Type type)
        {
            var buffer = CPUMemoryBuffer.Create(accelerator, argument.Address, argument.Length, argument.ElementSize);
            _buffers.Add(buffer);
            var size = typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type.GenericTypeArguments[0]).Invoke(null, null);
            Assert.AreEqual(size, argument.ElementSize, type.ToString());
            return Activator.CreateInstance(type, buffer, 0L, argument.Length)!;
        }
    }
}
