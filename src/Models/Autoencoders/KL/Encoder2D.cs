using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>From a picture to the moments of its latents. Source: diffusers <c>models/autoencoders/vae.py</c>, <c>Encoder</c>.</summary>
internal sealed class Encoder2D : Module<Tensor, Tensor>, IMeasured
{
    private readonly Convolution conv_in;
    private readonly ModuleList<Blocks2D> down_blocks = [];
    private readonly Blocks2D mid_block;
    private readonly GroupNormalization conv_norm_out;
    private readonly Convolution conv_out;

    public Encoder2D(AutoencoderKLConfig config, Device? device, ScalarType? dtype)
        : base(nameof(Encoder2D))
    {
        var widths = config.BlockOutChannels;
        conv_in = new Convolution(config.InChannels, widths[0], [3, 3], stride: 1, padding: 1, device, dtype);
        for (var i = 0; i < widths.Count; i++)
            down_blocks.Add(Blocks2D.Down(i, config, device, dtype));
        mid_block = Blocks2D.Mid(config, device, dtype);
        conv_norm_out = new GroupNormalization(config.NormNumGroups, widths[^1], 1e-6, device, dtype);
        conv_out = new Convolution(widths[^1], 2L * config.LatentChannels, [3, 3], stride: 1, padding: 1, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, channels, height, width] to [batch, 2 × latent channels, latent height, latent width]. The caller owns the result.
    /// </summary>
    public override Tensor forward(Tensor sample)
    {
        var hidden = conv_in.call(sample);
        foreach (var block in down_blocks)
            hidden = hidden.Then(block.call);
        return hidden
            .Then(mid_block.call)
            .Then(conv_norm_out.call)
            .Then(each => functional.silu(each))
            .Then(conv_out.call);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in.Measure).Then(down_blocks).Then(mid_block.Measure)
        .ThenEach(2).Then(conv_out.Measure);
}
