using Afterimage.Kernels.Launch;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Kernels.Cuda;

/// <summary>
/// Records bodies as CUDA graphs: captured in a stream of its own, in which torch and our kernels put their work meanwhile, and launched in the
/// stream that is torch's current one. All graphs share one pool of memory, since one runs at a time and what each gives stays allocated.
/// Thread-safe.
/// </summary>
/// <param name="driver">The driver.</param>
/// <param name="context">The primary context of the device.</param>
/// <param name="ordinal">The device's number.</param>
/// <param name="currentStream">The stream to launch in, by the device's number.</param>
/// <param name="torch">Says what is recorded to torch's allocator.</param>
/// <param name="warn">Is told why something could not be recorded.</param>
internal sealed class CudaStepRecorder(
    CudaDriver driver, nint context, int ordinal, Func<int, nint> currentStream, TorchCapture torch, Action<string> warn) : StepRecorder
{
    // Never destroyed: torch keeps what it has made for a stream by the stream's address.
    private readonly nint _stream = driver.CreateStream(context);
    private readonly Lock _gate = new();
    private TorchCapture.Pool _pool;

    private CudaDriver Driver => driver;

    private nint Context => context;

    private nint CurrentStream => currentStream(ordinal);

    /// <summary>A recorder for the device that a forward's tensors are on.</summary>
    /// <param name="inputs">The tensors.</param>
    /// <param name="names">What they are called.</param>
    /// <exception cref="NotSupportedException">They are not on one CUDA device, or there are no graphs on it; the message says why, and the
    /// remedy.</exception>
    public static StepRecorder Of(ReadOnlySpan<Tensor?> inputs, IReadOnlyList<string> names)
    {
        var ordinal = default(int?);
        for (var i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is not { } input)
                continue;
            if (input.device_type != DeviceType.CUDA || input.device_index != (ordinal ??= input.device_index))
                throw new NotSupportedException(
                    $"{nameof(CacheConfig.CudaGraphs)} expects all tensors of a forward on one CUDA device, and '{names[i]}' is on {input.device}. "
                    + $"Move it there, or leave out {nameof(CacheConfig.CudaGraphs)}.");
        }
        return KernelDevices.Default.Recorder(ordinal ?? 0, TorchCapture.Load);
    }

    /// <inheritdoc/>
    /// <exception cref="CudaException">The driver fails where no body can be the reason.</exception>
    public override RecordedStep? Record(Func<Tensor> body)
    {
        lock (_gate)
        {
            var capture = Capture(body, out var output, out var failure);
            try
            {
                if (failure is null)
                {
                    _pool = torch.PoolOf(capture);
                    return new Graph(this, capture, driver.InstantiateGraph(context, torch.GraphOf(capture)), output!);
                }
            }
            catch (CudaException exception)
            {
                failure = exception.Message;
            }
            output?.Dispose();
            torch.Free(capture);
            warn($"A step could not be recorded as a CUDA graph, so steps run as they do without: {failure}");
            return null;
        }
    }

    /// <returns>torch's object of the capture, which has ended.</returns>
    private nint Capture(Func<Tensor> body, out Tensor? output, out string? failure)
    {
        var guard = torch.EnterStream(ordinal, _stream);
        try
        {
            var capture = torch.Begin(_pool);
            output = Run(body, out failure);
            if (!driver.IsCapturing(context, _stream))
            {
                failure ??= "something in it waits for the device.";
                driver.RestartCapture(context, _stream);
            }
            torch.End(capture);
            return capture;
        }
        finally
        {
            torch.LeaveStream(guard);
        }
    }

    /// <summary>
    /// A body that is refused in a capture, whatever the reason, may run well without; one that fails without too says so itself then.
    /// </summary>
    private static Tensor? Run(Func<Tensor> body, out string? failure)
    {
        failure = null;
        try
        {
            using var output = body();
            return output.alias().DetachFromDisposeScope();
        }
        catch (Exception exception)
        {
            failure = exception.Message;
            return null;
        }
    }

    private void Free(nint capture) => torch.Free(capture);

    private sealed class Graph(CudaStepRecorder owner, nint capture, nint executable, Tensor output) : RecordedStep(output)
    {
        public override void Replay() => owner.Driver.LaunchGraph(owner.Context, executable, owner.CurrentStream);

        public override void Dispose()
        {
            try
            {
                owner.Driver.DestroyGraph(owner.Context, executable);
            }
            finally
            {
                base.Dispose();
                owner.Free(capture);
            }
        }
    }
}
