using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Sines and cosines of a timestep, in float32 whatever the model's type. Source: diffusers <c>models/embeddings.py</c>
/// (Timesteps, get_timestep_embedding).
/// </summary>
/// <param name="channels">The width of the result.</param>
/// <param name="flipSinToCos">Whether the cosines come first.</param>
/// <param name="downscaleFreqShift">Taken off the number of frequencies in the exponent.</param>
/// <param name="scale">Multiplies the angles.</param>
/// <param name="maxPeriod">The period of the slowest frequency over 2π.</param>
public sealed class Timesteps(
    long channels, bool flipSinToCos, double downscaleFreqShift, double scale = 1, double maxPeriod = 10000)
    : Module<Tensor, Tensor>(nameof(Timesteps))
{
    private readonly LastValue<(DeviceType Type, int Index), Tensor> _tables = new();

    // Not a tensor of torch's making: see SingleExponential.
    private readonly float[] _frequencies =
        [.. Enumerable.Range(0, (int)(channels / 2)).Select(i => Frequency(i, channels / 2 - downscaleFreqShift, maxPeriod))];

    /// <summary>Embeds timesteps, which may be fractional.</summary>
    /// <param name="timesteps">[batch]</param>
    /// <returns>[batch, channels], float32</returns>
    /// <exception cref="ArgumentException"><paramref name="timesteps"/> is not one-dimensional.</exception>
    [NoSideEffects]
    public override Tensor forward(Tensor timesteps)
    {
        if (timesteps.dim() != 1)
            throw new ArgumentException($"expected timesteps [batch], found [{string.Join(", ", timesteps.shape)}]", nameof(timesteps));

        using var scope = NewDisposeScope();
        var angles = timesteps.to(ScalarType.Float32).unsqueeze(1) * OnDevice(timesteps.device);
        if (scale != 1)
            angles = angles.Times(scale);
        var (first, second) = flipSinToCos ? (angles.cos(), angles.sin()) : (angles.sin(), angles.cos());
        var embedding = channels % 2 == 0
            ? cat([first, second], dim: 1)
            : cat([first, second, zeros(angles.size(0), 1, dtype: ScalarType.Float32, device: timesteps.device)], dim: 1);
        return embedding.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _tables.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>The frequencies, which are copied to a device once and not at every step, where the copy would be waited for.</summary>
    private Tensor OnDevice(Device device) =>
        _tables.For((device.type, device.index), () => HostTraffic.Sent(_frequencies, device).DetachFromDisposeScope());

    /// <summary>maxPeriod^(−i/count), rounded to float32 after every operation.</summary>
    private static float Frequency(int i, double count, double maxPeriod) =>
        SingleExponential.Of((float)-Math.Log(maxPeriod) * i / (float)count);
}
