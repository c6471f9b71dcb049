using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One size of the encoder of Wan 2.2. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanResidualDownBlock</c>.
/// </summary>
internal sealed class WanResidualDownBlock : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly ModuleList<WanResidualBlock> resnets = [];
    private readonly WanDownsample? downsampler;
    private readonly WanShortcut _shortcut;

    public WanResidualDownBlock(int size, AutoencoderKLWanConfig config, Device? device, ScalarType? dtype)
        : base(nameof(WanResidualDownBlock))
    {
        var (inputs, outputs) = (config.EncoderWidths[size], config.EncoderWidths[size + 1]);
        var (isLast, halvesFrames) = (size == config.DimMult.Count - 1, config.HalvesFrames(size));
        for (var i = 0; i < config.NumResBlocks; i++)
            resnets.Add(new WanResidualBlock(i == 0 ? inputs : outputs, outputs, config.Dropout, device, dtype));
        downsampler = isLast ? null : new WanDownsample(outputs, halvesFrames, device, dtype);
        _shortcut = new WanShortcut(outputs, halvesFrames ? 2 : 1, isLast ? 1 : 2);
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to the next size. The caller owns the result.</summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache)
    {
        var hidden = resnets[0].call(input, cache);
        foreach (var resnet in resnets.Skip(1))
            hidden = hidden.Then(each => resnet.call(each, cache));
        if (downsampler is not null)
            hidden = hidden.Then(each => downsampler.call(each, cache));
        return hidden.Then(each => _shortcut.Down(input).Then(each.Plus));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var hidden = Footprint.Of(input).Then(resnets).Then(downsampler);
        return hidden.ThenPlus(_shortcut.MeasureDown(input, hidden.Output));
    }
}
