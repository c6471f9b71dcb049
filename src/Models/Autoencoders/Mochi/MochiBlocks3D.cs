using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Residual blocks of one size of the decoder, and the change to the next size after them (<c>proj</c>), which makes channels pixels. Sources: diffusers
/// <c>models/autoencoders/autoencoder_kl_mochi.py</c>, <c>MochiMidBlock3D</c>, <c>MochiUpBlock3D</c>.
/// </summary>
internal sealed class MochiBlocks3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly ModuleList<MochiResnetBlock3D> resnets = [];
    private readonly LinearLayer? proj;
    private readonly (long Frames, long Rows, long Columns) _expansion;

    /// <summary>Builds blocks that do not change the size.</summary>
    public MochiBlocks3D(long channels, int layers, Device? device, ScalarType? dtype)
        : this(channels, layers, 0, (1, 1, 1), device, dtype)
    {
    }

    /// <summary>Builds blocks that multiply frames, rows and columns.</summary>
    public MochiBlocks3D(
        long channels, int layers, long outputs, (long Frames, long Rows, long Columns) expansion, Device? device, ScalarType? dtype)
        : base(nameof(MochiBlocks3D))
    {
        for (var i = 0; i < layers; i++)
            resnets.Add(new MochiResnetBlock3D(channels, device, dtype));
        _expansion = expansion;
        proj = outputs == 0 ? null : Dense.Linear(channels, outputs * expansion.Frames * expansion.Rows * expansion.Columns, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, channels, frames, height, width] to the next size. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        var hidden = input.alias();
        foreach (var resnet in resnets)
            hidden = hidden.Then(resnet.call);
        return proj is null
            ? hidden
            : hidden.Then(each => PerPlace(each, proj)).Then(channels => PixelShuffle.OutOfChannels(channels, _expansion));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var hidden = Footprint.Of(input).Then(resnets);
        if (proj is null)
            return hidden;
        var (frames, rows, columns) = _expansion;
        var enlarged = input.Times(frames, rows, columns) with { Channels = proj.OutFeatures / (frames * rows * columns) };
        return hidden.Then(each => MeasurePerPlace(each, proj)).Then(enlarged);
    }

    /// <summary>What <see cref="PerPlace"/> holds, with the input in the order of places.</summary>
    public static Footprint MeasurePerPlace(Extent input, LinearLayer projection)
    {
        var output = input with { Channels = projection.OutFeatures };
        return new(output, 2 * input.Bytes + output.Bytes);
    }

    /// <summary>[batch, channels, frames, height, width], projected at every place. The caller owns the result.</summary>
    public static Tensor PerPlace(Tensor video, LinearLayer projection)
    {
        using var scope = NewDisposeScope();
        return projection.call(video.permute(0, 2, 3, 4, 1)).permute(0, 4, 1, 2, 3).MoveToOuterDisposeScope();
    }
}
