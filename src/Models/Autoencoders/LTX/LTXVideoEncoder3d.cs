using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// From a video to the moments of its latents, whose variances are all the same at a place. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_ltx.py</c>, <c>LTXVideoEncoder3d</c>.
/// </summary>
internal sealed class LTXVideoEncoder3d : Module<Tensor, Tensor>, IMeasured
{
    private readonly LTXVideoCausalConv3d conv_in;
    private readonly ModuleList<LTXVideoBlocks3D> down_blocks = [];
    private readonly LTXVideoBlocks3D mid_block;
    private readonly LTXVideoCausalConv3d conv_out;
    private readonly int _patch;
    private readonly int _latentChannels;

    public LTXVideoEncoder3d(AutoencoderKLLTXVideoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(LTXVideoEncoder3d))
    {
        (_patch, _latentChannels) = (config.PatchSize, config.LatentChannels);
        long width = config.BlockOutChannels[0];
        conv_in = new LTXVideoCausalConv3d((long)config.InChannels * _patch * _patch, width, config.EncoderCausal, device, dtype);
        foreach (var stage in LTXVideoStages.Downs(config))
        {
            down_blocks.Add(LTXVideoBlocks3D.OfEncoder(stage, config, device, dtype));
            width = stage.Outputs;
        }
        mid_block = LTXVideoBlocks3D.Mid(width, config.LayersPerBlock[^1], config.ResnetNormEps, config.EncoderCausal, false, false, device, dtype);
        conv_out = new LTXVideoCausalConv3d(width, _latentChannels + 1L, config.EncoderCausal, device, dtype);
        RegisterComponents();
    }

    /// <summary>
    /// [batch, channels, frames, height, width] to [batch, 2 × latent channels, latent frames, latent height, latent width]. The caller owns the result.
    /// </summary>
    public override Tensor forward(Tensor sample)
    {
        var hidden = PixelShuffle.IntoChannels(sample, (1, _patch, _patch), columnsFirst: true).Then(conv_in.call);
        foreach (var block in down_blocks)
            hidden = hidden.Then(each => block.call(each, null));
        return hidden
            .Then(each => mid_block.call(each, null))
            .Then(LTXVideoNorm.Apply)
            .Then(each => functional.silu(each))
            .Then(conv_out.call)
            .Then(Moments);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var channels = Footprint.Of(input)
            .Then(input.Times(1, 1.0 / _patch) with { Channels = input.Channels * _patch * _patch })
            .Then(conv_in.Measure).Then(down_blocks).Then(mid_block.Measure)
            .Then(LTXVideoNorm.Measure).ThenEach(1).Then(conv_out.Measure);
        return channels.Then(channels.Output with { Channels = 2 * _latentChannels });
    }

    /// <summary>The last channel is the logarithm of all variances.</summary>
    private Tensor Moments(Tensor channels)
    {
        using var scope = NewDisposeScope();
        var variance = channels.narrow(1, _latentChannels, 1).expand(-1, _latentChannels, -1, -1, -1);
        return cat([channels.narrow(1, 0, _latentChannels), variance], 1).MoveToOuterDisposeScope();
    }
}
