using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Doubles height and width, and the frames where time was compressed. Source: diffusers <c>models/upsampling.py</c>,
/// <c>CogVideoXUpsample3D</c>.
/// </summary>
internal sealed class CogVideoXUpsample3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly Convolution conv;
    private readonly bool _compressesTime;

    public CogVideoXUpsample3D(long channels, bool compressesTime, Device? device, ScalarType? dtype)
        : base(nameof(CogVideoXUpsample3D))
    {
        conv = new Convolution(channels, channels, [3, 3], stride: 1, padding: 1, device, dtype);
        _compressesTime = compressesTime;
        RegisterComponents();
    }

    /// <summary>
    /// [batch, channels, frames, height, width] to the same of double the size; a first frame that is odd, or the only one,
    /// stays one. The caller owns the result.
    /// </summary>
    public override Tensor forward(Tensor input)
    {
        var frames = input.size(2);
        var doubled = !_compressesTime || frames == 1 ? Enlarge(input, frames)
            : frames % 2 == 0 ? Enlarge(input, 2 * frames)
            : EnlargeAllButFirst(input);
        return doubled.Then(each => Framewise.Apply(each, conv.call));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var apart = input.Frames % 2;
        var doubled = input.Times(1, 2) with { Frames = _compressesTime && input.Frames > 1 ? apart + 2 * (input.Frames - apart) : input.Frames };
        // Where the first frame is apart, it and the others are joined.
        return Footprint.Of(input)
            .Then(each => new(doubled, each.Bytes + (_compressesTime ? 1 + apart : 1) * doubled.Bytes))
            .Then(Framewise.Measure(conv.Measure));
    }

    private static Tensor EnlargeAllButFirst(Tensor input)
    {
        using var scope = NewDisposeScope();
        var others = input.size(2) - 1;
        return cat([Enlarge(input.narrow(2, 0, 1), 1), Enlarge(input.narrow(2, 1, others), 2 * others)], 2).MoveToOuterDisposeScope();
    }

    private static Tensor Enlarge(Tensor input, long frames) =>
        functional.interpolate(input, [frames, 2 * input.size(3), 2 * input.size(4)]);
}
