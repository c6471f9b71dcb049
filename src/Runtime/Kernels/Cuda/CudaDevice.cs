using System.Text.RegularExpressions;
using Afterimage.Kernels.Launch;
using ILGPU.Runtime.Cuda;

namespace Afterimage.Kernels.Cuda;

/// <summary>
/// A CUDA device that kernels are loaded on and launched on, in the primary context and in torch's stream. Thread-safe.
/// </summary>
internal sealed partial class CudaDevice : KernelLauncher, IDisposable
{
    private const int BlockSize = 256;
    private const int WarpsPerMultiprocessor = 32;

    private readonly Lock _gate = new();
    private readonly CudaDriver _driver;
    private readonly int _ordinal;
    private readonly int _device;
    private readonly nint _context;
    private readonly Func<int, nint> _currentStream;
    private volatile Dictionary<Kernel, (nint Module, nint Function)> _loaded = [];
    private bool _disposed;

    /// <param name="driver">The driver.</param>
    /// <param name="ordinal">The device's number, as in torch's <c>cuda:0</c>.</param>
    /// <param name="currentStream">The stream to launch in, by the device's number.</param>
    /// <exception cref="CudaException">The driver refuses the device.</exception>
    public CudaDevice(CudaDriver driver, int ordinal, Func<int, nint> currentStream)
    {
        (_driver, _ordinal, _currentStream) = (driver, ordinal, currentStream);
        _device = driver.Device(ordinal);
        Name = driver.NameOf(_device);
        Architecture = new CudaArchitecture(
            driver.AttributeOf(_device, CudaDeviceAttribute.ComputeCapabilityMajor),
            driver.AttributeOf(_device, CudaDeviceAttribute.ComputeCapabilityMinor));
        BusyGroups = driver.AttributeOf(_device, CudaDeviceAttribute.MultiprocessorCount) * WarpsPerMultiprocessor;
        _context = driver.RetainPrimaryContext(_device);
    }

    /// <summary>The device's name for people.</summary>
    public string Name { get; }

    /// <summary>What its code is compiled for.</summary>
    public CudaArchitecture Architecture { get; }

    /// <inheritdoc/>
    public override int WarpSize => 32;

    /// <inheritdoc/>
    public override int BusyGroups { get; }

    /// <summary>Has a kernel ready to launch. What is loaded once stays until the device is disposed of.</summary>
    /// <exception cref="CudaException">The driver does not take the kernel.</exception>
    /// <exception cref="NotSupportedException">The kernel cannot be compiled for the architecture.</exception>
    public void Load(Kernel kernel)
    {
        if (_loaded.ContainsKey(kernel))
            return;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_loaded.ContainsKey(kernel))
                return;
            var ptx = RecordedPtx.Find(kernel, Architecture) ?? PtxCompiler.Compile(kernel, Architecture);
            var module = _driver.LoadModule(_context, ptx);
            try
            {
                var function = _driver.Function(_context, module, EntryPoint().Match(ptx).Groups[1].Value);
                // Launching threads read without the lock, so what they read is never changed.
                _loaded = new(_loaded) { [kernel] = (module, function) };
            }
            catch
            {
                _driver.UnloadModule(_context, module);
                throw;
            }
        }
    }

    /// <summary>How many registers a thread of a loaded kernel takes on this device.</summary>
    public int RegistersOf(Kernel kernel) => _driver.RegistersOf(_context, _loaded[kernel].Function);

    /// <summary>What records graphs on this device. It is good while the device is.</summary>
    /// <param name="torch">Says what is recorded to torch's allocator.</param>
    /// <param name="warn">Is told why something could not be recorded.</param>
    /// <exception cref="CudaException">The driver refuses a stream.</exception>
    public CudaStepRecorder Recorder(TorchCapture torch, Action<string> warn) => new(_driver, _context, _ordinal, _currentStream, torch, warn);

    /// <inheritdoc/>
    public override void Launch(Kernel kernel, int indices, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (indices <= 0)
            return;
        Span<KernelArgument> withIndex = stackalloc KernelArgument[arguments.Length + 1];
        withIndex[0] = indices;
        arguments.CopyTo(withIndex[1..]);
        Start(kernel, (indices + BlockSize - 1) / BlockSize, BlockSize, withIndex);
    }

    /// <inheritdoc/>
    public override void LaunchGroups(Kernel kernel, int groups, params ReadOnlySpan<KernelArgument> arguments) =>
        Start(kernel, groups, WarpSize, arguments);

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            try
            {
                foreach (var (module, _) in _loaded.Values)
                    _driver.UnloadModule(_context, module);
            }
            finally
            {
                _loaded = [];
                _driver.ReleasePrimaryContext(_device);
            }
        }
    }

    private void Start(Kernel kernel, int blocks, int threads, ReadOnlySpan<KernelArgument> arguments)
    {
        if (!_loaded.TryGetValue(kernel, out var loaded))
            throw new InvalidOperationException($"Kernel {kernel} was not loaded on {Name} before its launch.");
        _driver.Launch(_context, loaded.Function, _currentStream(_ordinal), blocks, threads, arguments);
    }

    [GeneratedRegex(@"\.entry (\w+)\(", RegexOptions.CultureInvariant)]
    private static partial Regex EntryPoint();
}
