using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Stops a run whose latents are not finite, and makes the host wait for no step: each step's verdict is copied to memory of the host in the order
/// of the device's work, and looked at where it has arrived. On the CPU that is at once, on an accelerator some steps later.
/// </summary>
/// <param name="timesteps">Of the run.</param>
internal sealed class StepsCheck(IReadOnlyList<double> timesteps) : IDisposable
{
    private const byte Failed = 1; // and 2 for a step that passed, 0 for one that is not known yet
    private ScalarType _dtype;
    private Tensor? _verdicts;
    private Tensor? _last;

    /// <summary>Has the latents after a step looked at, and looks at what is known of all so far. On META there are no numbers.</summary>
    /// <exception cref="NotFiniteNumberException">Latents after this step or one before are not finite.</exception>
    public void Add(int step, Tensor latents)
    {
        if (latents.device_type == DeviceType.META)
            return;
        using (NewDisposeScope())
        {
            _dtype = latents.dtype;
            _verdicts ??= Unknown(latents.device_type).DetachFromDisposeScope();
            _last?.Dispose();
            _last = FiniteCheck.AreFinite(latents).to(ScalarType.Byte).Plus(Failed).DetachFromDisposeScope();
            _verdicts.select(0, step).Copy_(_last, isQueued: true);
        }
        Look();
    }

    /// <summary>Waits for the verdict of the last step.</summary>
    /// <exception cref="NotFiniteNumberException">Latents after a step are not finite.</exception>
    public void Finish()
    {
        if (_last is null || _last.device_type == DeviceType.CPU)
            return;
        _last.Number<byte>();
        Look();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _verdicts?.Dispose();
        _last?.Dispose();
    }

    private void Look()
    {
        var step = _verdicts!.bytes.IndexOf(Failed);
        if (step >= 0)
            throw FiniteCheck.Failure(_dtype, $"The latents after step {step + 1} of {timesteps.Count} (timestep {timesteps[step]})");
    }

    private Tensor Unknown(DeviceType device)
    {
        var verdicts = zeros([timesteps.Count], ScalarType.Byte, CPU);
        return device == DeviceType.CUDA ? verdicts.pin_memory() : verdicts;
    }
}
