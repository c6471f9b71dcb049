using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>From latents to a video. Source: diffusers <c>models/autoencoders/autoencoder_kl_allegro.py</c>, <c>AllegroDecoder3D</c>.</summary>
internal sealed class AllegroDecoder3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly Convolution conv_in;
    private readonly Convolution temp_conv_in;
    private readonly AllegroBlocks3D mid_block;
    private readonly ModuleList<AllegroBlocks3D> up_blocks = [];
    private readonly GroupNormalization conv_norm_out;
    private readonly Convolution temp_conv_out;
    private readonly Convolution conv_out;

    public AllegroDecoder3D(AutoencoderKLAllegroConfig config, Device? device, ScalarType? dtype)
        : base(nameof(AllegroDecoder3D))
    {
        var widths = config.BlockOutChannels;
        var (first, last) = (widths[^1], widths[0]);
        conv_in = new Convolution(config.LatentChannels, first, [3, 3], stride: 1, padding: 1, device, dtype);
        temp_conv_in = new Convolution(first, first, [3, 1, 1], [1, 1, 1], [1, 0, 0], device, dtype);
        mid_block = AllegroBlocks3D.Mid(config, device, dtype);
        for (var i = 0; i < widths.Count; i++)
            up_blocks.Add(AllegroBlocks3D.Up(i, config, device, dtype));
        conv_norm_out = new GroupNormalization(config.NormNumGroups, last, 1e-6, device, dtype);
        temp_conv_out = new Convolution(last, last, [3, 1, 1], [1, 1, 1], [1, 0, 0], device, dtype);
        conv_out = new Convolution(last, config.OutChannels, [3, 3], stride: 1, padding: 1, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, latent channels, latent frames, latent height, latent width] to [batch, channels, frames, height, width]. The caller owns the
    /// result.
    /// </summary>
    public override Tensor forward(Tensor latents)
    {
        var hidden = Framewise.Apply(latents, conv_in.call)
            .Then(each => temp_conv_in.call(each).Then(each.Plus))
            .Then(mid_block.call);
        foreach (var block in up_blocks)
            hidden = hidden.Then(block.call);
        return hidden
            .Then(each => Framewise.Apply(each, frames => conv_norm_out.call(frames).Then(normalized => functional.silu(normalized))))
            .Then(each => temp_conv_out.call(each).Then(each.Plus))
            .Then(each => Framewise.Apply(each, conv_out.call));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(Framewise.Measure(conv_in.Measure))
        .Then(each => Footprint.Of(each).Then(temp_conv_in.Measure).ThenPlus())
        .Then(mid_block.Measure).Then(up_blocks)
        .Then(Framewise.Measure(each => Footprint.Of(each).ThenEach(2)))
        .Then(each => Footprint.Of(each).Then(temp_conv_out.Measure).ThenPlus())
        .Then(Framewise.Measure(conv_out.Measure));
}
