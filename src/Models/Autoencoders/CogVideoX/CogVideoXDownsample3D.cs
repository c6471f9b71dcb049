using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Halves height and width, and the frames where time is compressed. Source: diffusers <c>models/downsampling.py</c>,
/// <c>CogVideoXDownsample3D</c>.
/// </summary>
internal sealed class CogVideoXDownsample3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly Convolution conv;
    private readonly bool _compressesTime;

    public CogVideoXDownsample3D(long channels, bool compressesTime, Device? device, ScalarType? dtype)
        : base(nameof(CogVideoXDownsample3D))
    {
        conv = new Convolution(channels, channels, [3, 3], stride: 2, padding: 0, device, dtype);
        _compressesTime = compressesTime;
        RegisterComponents();
    }

    /// <summary>
    /// [batch, channels, frames, height, width] to the same of half the size; an odd first frame stays. The caller owns the
    /// result.
    /// </summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var kept = _compressesTime ? PairsOfFrames(input) : input;
        return Framewise.Apply(kept, frames => functional.pad(frames, (0, 1, 0, 1)).Then(conv.call)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var kept = _compressesTime ? input with { Frames = Math.Ceiling(input.Frames / 2) } : input;
        return Footprint.Of(input).Then(kept).Then(Framewise.Measure(each => Footprint.Of(each)
            .Then(each with { Height = each.Height + 1, Width = each.Width + 1 })
            .Then(conv.Measure)));
    }

    /// <summary>Means of two frames each.</summary>
    private static Tensor PairsOfFrames(Tensor input)
    {
        var frames = input.size(2);
        var paired = frames / 2 * 2;
        if (paired == 0)
            return input;
        var means = input.narrow(2, frames - paired, paired).unflatten(2, [paired / 2, 2]).mean([3]);
        return paired == frames ? means : cat([input.narrow(2, 0, 1), means], 2);
    }
}
