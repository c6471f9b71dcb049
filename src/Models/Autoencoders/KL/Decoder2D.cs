using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>From latents to a picture. Source: diffusers <c>models/autoencoders/vae.py</c>, <c>Decoder</c> with group norms.</summary>
internal sealed class Decoder2D : Module<Tensor, Tensor>, IMeasured
{
    private readonly Convolution conv_in;
    private readonly Blocks2D mid_block;
    private readonly ModuleList<Blocks2D> up_blocks = [];
    private readonly GroupNormalization conv_norm_out;
    private readonly Convolution conv_out;

    public Decoder2D(AutoencoderKLConfig config, Device? device, ScalarType? dtype)
        : base(nameof(Decoder2D))
    {
        var widths = config.BlockOutChannels;
        conv_in = new Convolution(config.LatentChannels, widths[^1], [3, 3], stride: 1, padding: 1, device, dtype);
        mid_block = Blocks2D.Mid(config, device, dtype);
        for (var i = 0; i < widths.Count; i++)
            up_blocks.Add(Blocks2D.Up(i, config, device, dtype));
        conv_norm_out = new GroupNormalization(config.NormNumGroups, widths[0], 1e-6, device, dtype);
        conv_out = new Convolution(widths[0], config.OutChannels, [3, 3], stride: 1, padding: 1, device, dtype);
        RegisterComponents();
    }

    /// <summary>[batch, latent channels, latent height, latent width] to [batch, channels, height, width]. The caller owns the result.</summary>
    public override Tensor forward(Tensor latents)
    {
        var hidden = conv_in.call(latents).Then(mid_block.call);
        foreach (var block in up_blocks)
            hidden = hidden.Then(block.call);
        return hidden
            .Then(conv_norm_out.call)
            .Then(each => functional.silu(each))
            .Then(conv_out.call);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in.Measure).Then(mid_block.Measure).Then(up_blocks)
        .ThenEach(2).Then(conv_out.Measure);
}
