using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// From latents to a video. Source: diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>, <c>CogVideoXDecoder3D</c>.
/// </summary>
internal sealed class CogVideoXDecoder3D : Module<Tensor, ConvolutionCache, Tensor>, IMeasured
{
    private readonly CogVideoXCausalConv3d conv_in;
    private readonly CogVideoXBlocks3D mid_block;
    private readonly ModuleList<CogVideoXBlocks3D> up_blocks = [];
    private readonly CogVideoXSpatialNorm3D norm_out;
    private readonly CogVideoXCausalConv3d conv_out;

    public CogVideoXDecoder3D(AutoencoderKLCogVideoXConfig config, Device? device, ScalarType? dtype)
        : base(nameof(CogVideoXDecoder3D))
    {
        int[] widths = [.. config.BlockOutChannels.Reverse()];
        conv_in = new CogVideoXCausalConv3d(config.LatentChannels, widths[0], device, dtype);
        mid_block = CogVideoXBlocks3D.Mid(widths[0], isConditioned: true, config, device, dtype);
        for (var i = 0; i < widths.Length; i++)
        {
            up_blocks.Add(CogVideoXBlocks3D.Up(
                widths[Math.Max(i - 1, 0)], widths[i], i == widths.Length - 1, i < config.TemporalHalvings, config, device, dtype));
        }
        norm_out = new CogVideoXSpatialNorm3D(widths[^1], config.LatentChannels, config.NormNumGroups, device, dtype);
        conv_out = new CogVideoXCausalConv3d(widths[^1], config.OutChannels, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, latent channels, latent frames, latent height, latent width] to [batch, channels, frames, height, width]. The
    /// caller owns the result.
    /// </summary>
    public override Tensor forward(Tensor latents, ConvolutionCache cache)
    {
        var hidden = conv_in.call(latents, cache).Then(each => mid_block.call(each, latents, cache));
        foreach (var block in up_blocks)
            hidden = hidden.Then(each => block.call(each, latents, cache));
        return hidden
            .Then(each => norm_out.call(each, latents))
            .Then(each => functional.silu(each))
            .Then(each => conv_out.call(each, cache));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in.Measure).Then(mid_block.Measure).Then(up_blocks)
        .Then(norm_out.Measure).ThenEach(1).Then(conv_out.Measure);
}
