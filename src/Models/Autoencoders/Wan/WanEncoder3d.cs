using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// From a video to the moments of its latents. Source: diffusers <c>models/autoencoders/autoencoder_kl_wan.py</c>, <c>WanEncoder3d</c>.
/// </summary>
internal sealed class WanEncoder3d : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly Convolution conv_in;
    private readonly ModuleList<Module<Tensor, ConvolutionCache, Tensor>> down_blocks = [];
    private readonly WanMidBlock mid_block;
    private readonly WanRmsNorm norm_out;
    private readonly Convolution conv_out;

    public WanEncoder3d(AutoencoderKLWanConfig config, Device? device, ScalarType? dtype)
        : base(nameof(WanEncoder3d))
    {
        var widths = config.EncoderWidths;
        conv_in = new Convolution(config.InChannels, widths[0], [3, 3, 3], stride: 1, padding: 1, device, dtype);
        for (var i = 0; i < config.DimMult.Count; i++)
        {
            foreach (var layer in Layers(i, config, device, dtype))
                down_blocks.Add(layer);
        }
        mid_block = new WanMidBlock(widths[^1], config.Dropout, device, dtype);
        norm_out = new WanRmsNorm(widths[^1], 3, device, dtype);
        conv_out = new Convolution(widths[^1], 2L * config.ZDim, [3, 3, 3], stride: 1, padding: 1, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, channels, frames, height, width] to [batch, 2 × latent channels, latent frames, latent height, latent width]. The caller owns
    /// the result.
    /// </summary>
    public override Tensor forward(Tensor sample, ConvolutionCache cache)
    {
        var hidden = conv_in.Causally(sample, cache);
        foreach (var block in down_blocks)
            hidden = hidden.Then(each => block.call(each, cache));
        return hidden
            .Then(each => mid_block.call(each, cache))
            .Then(norm_out.call)
            .Then(each => functional.silu(each))
            .Then(each => conv_out.Causally(each, cache));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in.MeasureCausally).Then(down_blocks.Cast<IMeasured>()).Then(mid_block.Measure)
        .Then(norm_out.Measure).ThenEach(1).Then(conv_out.MeasureCausally);

    /// <summary>One size: a block, or in Wan 2.1 what would be in it.</summary>
    private static IEnumerable<Module<Tensor, ConvolutionCache, Tensor>> Layers(
        int size, AutoencoderKLWanConfig config, Device? device, ScalarType? dtype)
    {
        if (config.IsResidual)
        {
            yield return new WanResidualDownBlock(size, config, device, dtype);
            yield break;
        }
        var (inputs, outputs) = (config.EncoderWidths[size], config.EncoderWidths[size + 1]);
        for (var i = 0; i < config.NumResBlocks; i++)
        {
            yield return new WanResidualBlock(i == 0 ? inputs : outputs, outputs, config.Dropout, device, dtype);
            if (config.AttnScales.Contains(1.0 / (1 << size)))
                yield return new WanAttentionBlock(outputs, device, dtype);
        }
        if (size < config.DimMult.Count - 1)
            yield return new WanDownsample(outputs, config.HalvesFrames(size), device, dtype);
    }
}
