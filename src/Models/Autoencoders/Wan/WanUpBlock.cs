using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One size of the decoder of Wan 2.1; what it enlarges has half the channels after it. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanUpBlock</c>.
/// </summary>
internal sealed class WanUpBlock : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly ModuleList<WanResidualBlock> resnets = [];
    private readonly ModuleList<WanUpsample> upsamplers = [];

    public WanUpBlock(int size, AutoencoderKLWanConfig config, Device? device, ScalarType? dtype)
        : base(nameof(WanUpBlock))
    {
        var (before, outputs) = (config.DecoderWidths[size], config.DecoderWidths[size + 1]);
        var inputs = size == 0 ? before : before / 2;
        for (var i = 0; i <= config.NumResBlocks; i++)
            resnets.Add(new WanResidualBlock(i == 0 ? inputs : outputs, outputs, config.Dropout, device, dtype));
        if (size < config.DimMult.Count - 1)
            upsamplers.Add(new WanUpsample(outputs, outputs / 2, config.DoublesFrames(size), device, dtype));
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to the next size. The caller owns the result.</summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache)
    {
        var hidden = resnets[0].call(input, cache);
        foreach (var layer in resnets.Skip(1).Concat<Module<Tensor, ConvolutionCache, Tensor>>(upsamplers))
            hidden = hidden.Then(each => layer.call(each, cache));
        return hidden;
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input).Then(resnets).Then(upsamplers);
}
