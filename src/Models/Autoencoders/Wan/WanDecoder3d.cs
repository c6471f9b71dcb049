using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>From latents to a video. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanDecoder3d</c>.</summary>
internal sealed class WanDecoder3d : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly Convolution conv_in;
    private readonly WanMidBlock mid_block;
    private readonly ModuleList<Module<Tensor, ConvolutionCache, Tensor>> up_blocks = [];
    private readonly WanRmsNorm norm_out;
    private readonly Convolution conv_out;

    public WanDecoder3d(AutoencoderKLWanConfig config, Device? device, ScalarType? dtype)
        : base(nameof(WanDecoder3d))
    {
        var widths = config.DecoderWidths;
        conv_in = new Convolution(config.ZDim, widths[0], [3, 3, 3], stride: 1, padding: 1, device, dtype);
        mid_block = new WanMidBlock(widths[0], config.Dropout, device, dtype);
        for (var i = 0; i < config.DimMult.Count; i++)
            up_blocks.Add(config.IsResidual ? new WanResidualUpBlock(i, config, device, dtype) : new WanUpBlock(i, config, device, dtype));
        norm_out = new WanRmsNorm(widths[^1], 3, device, dtype);
        conv_out = new Convolution(widths[^1], config.OutChannels, [3, 3, 3], stride: 1, padding: 1, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, latent channels, latent frames, latent height, latent width] to [batch, channels, frames, height, width]. The caller owns the
    /// result.
    /// </summary>
    public override Tensor forward(Tensor latents, ConvolutionCache cache)
    {
        var hidden = conv_in.Causally(latents, cache).Then(each => mid_block.call(each, cache));
        foreach (var block in up_blocks)
            hidden = hidden.Then(each => block.call(each, cache));
        return hidden
            .Then(norm_out.call)
            .Then(each => functional.silu(each))
            .Then(each => conv_out.Causally(each, cache));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in.MeasureCausally).Then(mid_block.Measure).Then(up_blocks.Cast<IMeasured>())
        .Then(norm_out.Measure).ThenEach(1).Then(conv_out.MeasureCausally);
}
