using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// A norm over the channels, dimension 1, that divides by their length (<c>gamma</c>), in float32 for half types. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanRMS_norm</c>.
/// </summary>
internal sealed class WanRmsNorm : Module<Tensor, Tensor>, IMeasured
{
    private readonly Parameter gamma;

    /// <param name="channels">The channels.</param>
    /// <param name="axes">How many axes follow the channels: 2 of a picture, 3 of a video.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public WanRmsNorm(long channels, int axes, Device? device, ScalarType? dtype)
        : base(nameof(WanRmsNorm))
    {
        gamma = Parameter(ones([channels, .. Enumerable.Repeat(1L, axes)], dtype: dtype, device: device));
        RegisterComponents();
    }

    /// <summary>The caller owns the result, of the shape of the input.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scale = gamma.Times(Math.Sqrt(gamma.size(0)));
        return input.to(Precision.AtLeastSingle(input.dtype))
            .Then(Normalized)
            .Then(normalized => normalized.to(input.dtype))
            .Then(normalized => normalized.Times(scale));
    }

    // Where all channels are next to nothing their length is mostly rounding, which dividing by it makes larger: on the CPU it is added up in float64.
    private static Tensor Normalized(Tensor wide)
    {
        const double Least = 1e-12;
        if (wide.device_type != TorchSharp.DeviceType.CPU)
            return functional.normalize(wide);
        using var scope = NewDisposeScope();
        var squares = wide.to(ScalarType.Float64);
        squares.mul_(squares);
        var length = squares.sum(1, keepdim: true).sqrt().AtLeast(Least);
        return wide.div(length.to(wide.dtype)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var normalized = Footprint.Of(input).Then(input.InSingle);
        // A type that is wide enough is not copied.
        return input == input.InSingle ? normalized.Then(input) : normalized.ThenEach(1).Then(input).Then(input);
    }
}
