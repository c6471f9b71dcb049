using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// From a video to the moments of its latents. Source: diffusers <c>models/autoencoders/autoencoder_kl_hunyuan_video.py</c>, <c>HunyuanVideoEncoder3D</c>.
/// </summary>
internal sealed class HunyuanVideoEncoder3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly CausalConvolution conv_in;
    private readonly ModuleList<HunyuanVideoBlocks3D> down_blocks = [];
    private readonly HunyuanVideoBlocks3D mid_block;
    private readonly GroupNormalization conv_norm_out;
    private readonly CausalConvolution conv_out;

    public HunyuanVideoEncoder3D(AutoencoderKLHunyuanVideoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(HunyuanVideoEncoder3D))
    {
        var widths = config.BlockOutChannels;
        conv_in = new CausalConvolution(config.InChannels, widths[0], device, dtype);
        for (var i = 0; i < widths.Count; i++)
            down_blocks.Add(HunyuanVideoBlocks3D.Down(i, config, device, dtype));
        mid_block = HunyuanVideoBlocks3D.Mid(config, device, dtype);
        conv_norm_out = new GroupNormalization(config.NormNumGroups, widths[^1], HunyuanVideoResnetBlockCausal3D.Epsilon, device, dtype);
        conv_out = new CausalConvolution(widths[^1], 2L * config.LatentChannels, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, channels, frames, height, width] to [batch, 2 × latent channels, latent frames, latent height, latent width]. The caller owns the result.
    /// </summary>
    public override Tensor forward(Tensor sample)
    {
        var hidden = conv_in.call(sample);
        foreach (var block in down_blocks)
            hidden = hidden.Then(block.call);
        return hidden.Then(mid_block.call).Then(conv_norm_out.call).Then(each => functional.silu(each)).Then(conv_out.call);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in.Measure).Then(down_blocks).Then(mid_block.Measure)
        .ThenEach(2).Then(conv_out.Measure);
}
