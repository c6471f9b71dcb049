using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// One size of the decoder of Wan 2.2. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanResidualUpBlock</c>.
/// </summary>
internal sealed class WanResidualUpBlock : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly ModuleList<WanResidualBlock> resnets = [];
    private readonly WanUpsample? upsampler;
    private readonly WanShortcut? _shortcut;

    public WanResidualUpBlock(int size, AutoencoderKLWanConfig config, Device? device, ScalarType? dtype)
        : base(nameof(WanResidualUpBlock))
    {
        var (inputs, outputs) = (config.DecoderWidths[size], config.DecoderWidths[size + 1]);
        for (var i = 0; i <= config.NumResBlocks; i++)
            resnets.Add(new WanResidualBlock(i == 0 ? inputs : outputs, outputs, config.Dropout, device, dtype));
        if (size < config.DimMult.Count - 1)
        {
            upsampler = new WanUpsample(outputs, outputs, config.DoublesFrames(size), device, dtype);
            _shortcut = new WanShortcut(outputs, config.DoublesFrames(size) ? 2 : 1, 2);
        }
        RegisterComponents();
    }

    /// <summary>[batch, inputs, frames, height, width] to the next size. The caller owns the result.</summary>
    public override Tensor forward(Tensor input, ConvolutionCache cache)
    {
        var hidden = resnets[0].call(input, cache);
        foreach (var resnet in resnets.Skip(1))
            hidden = hidden.Then(each => resnet.call(each, cache));
        return upsampler is null
            ? hidden
            : hidden.Then(each => upsampler.call(each, cache)).Then(each => _shortcut!.Up(input, each.size(2)).Then(each.Plus));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var hidden = Footprint.Of(input).Then(resnets);
        if (upsampler is null)
            return hidden;
        hidden = hidden.Then(upsampler.Measure);
        return hidden.ThenPlus(_shortcut!.MeasureUp(input, hidden.Output));
    }
}
