using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// From a video to the moments of its latents. Source: diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>,
/// <c>CogVideoXEncoder3D</c>.
/// </summary>
internal sealed class CogVideoXEncoder3D : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly CogVideoXCausalConv3d conv_in;
    private readonly ModuleList<CogVideoXBlocks3D> down_blocks = [];
    private readonly CogVideoXBlocks3D mid_block;
    private readonly GroupNormalization norm_out;
    private readonly CogVideoXCausalConv3d conv_out;

    public CogVideoXEncoder3D(AutoencoderKLCogVideoXConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CogVideoXEncoder3D))
    {
        var widths = config.BlockOutChannels;
        conv_in = new CogVideoXCausalConv3d(config.InChannels, widths[0], device, dtype);
        for (var i = 0; i < widths.Count; i++)
        {
            down_blocks.Add(CogVideoXBlocks3D.Down(
                widths[Math.Max(i - 1, 0)], widths[i], i == widths.Count - 1, i < config.TemporalHalvings, config, device, dtype));
        }
        mid_block = CogVideoXBlocks3D.Mid(widths[^1], isConditioned: false, config, device, dtype);
        norm_out = new GroupNormalization(config.NormNumGroups, widths[^1], 1e-6, device, dtype);
        conv_out = new CogVideoXCausalConv3d(widths[^1], 2 * config.LatentChannels, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, channels, frames, height, width] to [batch, 2 × latent channels, latent frames, latent height, latent width]. The
    /// caller owns the result.
    /// </summary>
    public override Tensor forward(Tensor sample, ConvolutionCache cache)
    {
        var hidden = conv_in.call(sample, cache);
        foreach (var block in down_blocks)
            hidden = hidden.Then(each => block.call(each, null, cache));
        return hidden
            .Then(each => mid_block.call(each, null, cache))
            .Then(norm_out.call)
            .Then(each => functional.silu(each))
            .Then(each => conv_out.call(each, cache));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in.Measure).Then(down_blocks).Then(mid_block.Measure)
        .ThenEach(2).Then(conv_out.Measure);
}
