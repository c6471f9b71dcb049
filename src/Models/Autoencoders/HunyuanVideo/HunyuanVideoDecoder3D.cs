using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// From latents to a video. Source: diffusers <c>models/autoencoders/autoencoder_kl_hunyuan_video.py</c>, <c>HunyuanVideoDecoder3D</c>.
/// </summary>
internal sealed class HunyuanVideoDecoder3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly CausalConvolution conv_in;
    private readonly HunyuanVideoBlocks3D mid_block;
    private readonly ModuleList<HunyuanVideoBlocks3D> up_blocks = [];
    private readonly GroupNormalization conv_norm_out;
    private readonly CausalConvolution conv_out;

    public HunyuanVideoDecoder3D(AutoencoderKLHunyuanVideoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(HunyuanVideoDecoder3D))
    {
        var widths = config.BlockOutChannels;
        conv_in = new CausalConvolution(config.LatentChannels, widths[^1], device, dtype);
        mid_block = HunyuanVideoBlocks3D.Mid(config, device, dtype);
        for (var i = 0; i < widths.Count; i++)
            up_blocks.Add(HunyuanVideoBlocks3D.Up(i, config, device, dtype));
        conv_norm_out = new GroupNormalization(config.NormNumGroups, widths[0], HunyuanVideoResnetBlockCausal3D.Epsilon, device, dtype);
        conv_out = new CausalConvolution(widths[0], config.OutChannels, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, latent channels, latent frames, latent height, latent width] to [batch, channels, frames, height, width]. The caller owns the result.
    /// </summary>
    public override Tensor forward(Tensor latents)
    {
        var hidden = conv_in.call(latents).Then(mid_block.call);
        foreach (var block in up_blocks)
            hidden = hidden.Then(block.call);
        return hidden.Then(conv_norm_out.call).Then(each => functional.silu(each)).Then(conv_out.call);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in.Measure).Then(mid_block.Measure).Then(up_blocks)
        .ThenEach(2).Then(conv_out.Measure);
}
