using System.Diagnostics;
using Afterimage.Kernels.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Kernels.Launch;

/// <summary>
/// Where an operation runs: on the CUDA device that its tensors are on, or in torch operations. What goes wrong on the way to a
/// kernel is one warning, and torch operations from then on. Thread-safe.
/// </summary>
internal sealed class KernelDevices(Func<CudaDriver> loadDriver, Func<int, nint> currentStream, Action<string> warn) : IDisposable
{
    private const string Variable = "AFTERIMAGE_KERNELS";
    private const string Torch = "torch";

    private static readonly string? s_setting = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? value : null;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, CudaDevice> _devices = [];
    private readonly Dictionary<int, string> _failures = [];
    private readonly Dictionary<int, StepRecorder> _recorders = [];
    private CudaDriver? _driver;

    /// <summary>The devices of this process.</summary>
    public static KernelDevices Default { get; } = new(CudaDriver.Load, TorchStream.Current, message => Trace.TraceWarning(message));

    /// <summary>Whether the environment asks for torch operations everywhere.</summary>
    public static bool IsTorchForced => s_setting switch
    {
        null => false,
        Torch => true,
        _ => throw new InvalidOperationException(
            $"{Variable} is '{s_setting}' in the environment: expected '{Torch}', for torch operations in place of kernels, or nothing."),
    };

    /// <summary>Says at once what the first operation on a CUDA device would.</summary>
    /// <exception cref="InvalidOperationException">The environment asks for what is not known.</exception>
    public static void CheckEnvironment() => _ = IsTorchForced;

    /// <summary>
    /// What launches <paramref name="kernels"/> on the tensor's device, all of them loaded; <see langword="null"/> where the
    /// operation is torch's to do, as it is where a kernel does not exist.
    /// </summary>
    public static KernelLauncher? For(Tensor tensor, params ReadOnlySpan<Kernel?> kernels) =>
        tensor.device_type != DeviceType.CUDA || IsTorchForced || kernels.Contains(null) ? null : Default.Ready(tensor.device_index, kernels!);

    /// <summary>A device with all kernels loaded, or <see langword="null"/> after a warning.</summary>
    public CudaDevice? Ready(int ordinal, params ReadOnlySpan<Kernel> kernels)
    {
        try
        {
            if (Device(ordinal) is not { } device)
                return null;
            foreach (var kernel in kernels)
                device.Load(kernel);
            return device;
        }
        catch (Exception failure) when (failure is CudaException or DllNotFoundException or EntryPointNotFoundException
            or NotSupportedException or ILGPU.InternalCompilerException)
        {
            Fail(ordinal, failure.Message);
            return null;
        }
    }

    /// <summary>What records graphs on a device; it stays, since torch keeps what it makes for the stream that they are captured in.</summary>
    /// <param name="ordinal">The device's number.</param>
    /// <param name="loadTorch">torch's part in that.</param>
    /// <exception cref="NotSupportedException">There are none on the device; the message says why.</exception>
    public StepRecorder Recorder(int ordinal, Func<TorchCapture> loadTorch)
    {
        var device = Ready(ordinal)
            ?? throw new NotSupportedException($"{nameof(CacheConfig.CudaGraphs)} needs the CUDA driver: {FailureOf(ordinal)} Leave it out.");
        lock (_gate)
        {
            if (!_recorders.TryGetValue(ordinal, out var recorder))
                _recorders[ordinal] = recorder = device.Recorder(loadTorch(), warn);
            return recorder;
        }
    }

    /// <summary>Why a device's operations are torch's to do, if they are.</summary>
    public string? FailureOf(int ordinal)
    {
        lock (_gate)
            return _failures.GetValueOrDefault(ordinal);
    }

    /// <summary>Unloads all kernels and gives the contexts back. What failed may be tried again.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            CudaDevice[] devices = [.. _devices.Values];
            _devices.Clear(); // first: a driver that refuses to unload leaves no device here that cannot be used again
            _failures.Clear();
            foreach (var device in devices)
                device.Dispose();
        }
    }

    private CudaDevice? Device(int ordinal)
    {
        lock (_gate)
        {
            if (_failures.ContainsKey(ordinal))
                return null;
            if (_devices.TryGetValue(ordinal, out var device))
                return device;
            _driver ??= loadDriver();
            return _devices[ordinal] = new CudaDevice(_driver, ordinal, currentStream);
        }
    }

    /// <summary>Another thread may be launching what was loaded before, so that stays until the end.</summary>
    private void Fail(int ordinal, string why)
    {
        lock (_gate)
        {
            if (!_failures.TryAdd(ordinal, why))
                return;
        }
        warn($"Afterimage's kernels do not run on CUDA device {ordinal}; torch operations take their place. {why}");
    }
}
