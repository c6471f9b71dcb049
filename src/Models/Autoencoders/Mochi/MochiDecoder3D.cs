using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// From latents to a video. Source: diffusers <c>models/autoencoders/autoencoder_kl_mochi.py</c>, <c>MochiDecoder3D</c>.
/// </summary>
internal sealed class MochiDecoder3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly Convolution conv_in;
    private readonly MochiBlocks3D block_in;
    private readonly ModuleList<MochiBlocks3D> up_blocks = [];
    private readonly MochiBlocks3D block_out;
    private readonly LinearLayer proj_out;
    private readonly Func<Tensor, Tensor> _activation;

    public MochiDecoder3D(AutoencoderKLMochiConfig config, Device? device, ScalarType? dtype)
        : base(nameof(MochiDecoder3D))
    {
        var (widths, layers) = (config.DecoderBlockOutChannels, config.LayersPerBlock);
        _activation = Activations.Get(config.ActFn);
        conv_in = new Convolution(config.LatentChannels, widths[^1], [1, 1, 1], stride: 1, padding: 0, device, dtype);
        block_in = new MochiBlocks3D(widths[^1], layers[^1], device, dtype);
        for (var i = 1; i < widths.Count; i++)
        {
            long pixels = config.SpatialExpansions[^i];
            up_blocks.Add(new MochiBlocks3D(
                widths[^i], layers[^(i + 1)], widths[^(i + 1)], (config.TemporalExpansions[^i], pixels, pixels), device, dtype));
        }
        block_out = new MochiBlocks3D(widths[0], layers[0], device, dtype);
        proj_out = Dense.Linear(widths[0], config.OutChannels, true, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, latent channels, latent frames, latent height, latent width] to [batch, channels, frames, height, width], all frames that each latent frame makes. The
    /// caller owns the result.
    /// </summary>
    public override Tensor forward(Tensor latents)
    {
        var hidden = conv_in.call(latents).Then(block_in.call);
        foreach (var block in up_blocks)
            hidden = hidden.Then(block.call);
        return hidden.Then(block_out.call).Then(_activation).Then(each => MochiBlocks3D.PerPlace(each, proj_out));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in.Measure).Then(block_in.Measure).Then(up_blocks).Then(block_out.Measure)
        .ThenEach(1).Then(each => MochiBlocks3D.MeasurePerPlace(each, proj_out));
}
