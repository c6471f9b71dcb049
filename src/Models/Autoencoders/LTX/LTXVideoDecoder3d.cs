using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// From latents to a video, where the config says so for a timestep. Source: diffusers <c>models/autoencoders/autoencoder_kl_ltx.py</c>, <c>LTXVideoDecoder3d</c>.
/// </summary>
internal sealed class LTXVideoDecoder3d : Module<Tensor, Tensor?, Tensor>, IMeasured
{
    private readonly LTXVideoCausalConv3d conv_in;
    private readonly LTXVideoBlocks3D mid_block;
    private readonly ModuleList<LTXVideoBlocks3D> up_blocks = [];
    private readonly LTXVideoCausalConv3d conv_out;
    private readonly Parameter? timestep_scale_multiplier;
    private readonly PixArtAlphaTimestepEmbedding? time_embedder;
    private readonly Parameter? scale_shift_table; // [2, channels]: shift and scale
    private readonly int _patch;

    public LTXVideoDecoder3d(AutoencoderKLLTXVideoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(LTXVideoDecoder3d))
    {
        _patch = config.PatchSize;
        var (isCausal, isConditioned) = (config.DecoderCausal, config.TimestepConditioning);
        long width = config.DecoderBlockOutChannels[^1];
        conv_in = new LTXVideoCausalConv3d(config.LatentChannels, width, isCausal, device, dtype);
        mid_block = LTXVideoBlocks3D.Mid(
            width, config.DecoderLayersPerBlock[^1], config.ResnetNormEps, isCausal, config.DecoderInjectNoise[^1], isConditioned, device, dtype);
        foreach (var stage in LTXVideoStages.Ups(config))
        {
            up_blocks.Add(LTXVideoBlocks3D.OfDecoder(stage, config, device, dtype));
            width = stage.Outputs;
        }
        conv_out = new LTXVideoCausalConv3d(width, (long)config.OutChannels * _patch * _patch, isCausal, device, dtype);
        if (isConditioned)
        {
            timestep_scale_multiplier = Parameter(TensorArithmetic.Full([], 1000.0, dtype ?? get_default_dtype(), device));
            time_embedder = new PixArtAlphaTimestepEmbedding(2 * width, device, dtype);
            scale_shift_table = ModulationTable.New([2, width], device, dtype);
        }
        RegisterComponents();
    }

    /// <summary>The caller owns the result.</summary>
    /// <param name="latents">[batch, latent channels, latent frames, latent height, latent width]</param>
    /// <param name="temb">[batch] for a conditioned decoder.</param>
    /// <returns>[batch, channels, frames, height, width]</returns>
    public override Tensor forward(Tensor latents, Tensor? temb)
    {
        using var timestep = timestep_scale_multiplier is null ? null : temb! * timestep_scale_multiplier;
        var hidden = conv_in.call(latents).Then(each => mid_block.call(each, timestep));
        foreach (var block in up_blocks)
            hidden = hidden.Then(each => block.call(each, timestep));
        hidden = hidden.Then(LTXVideoNorm.Apply);
        if (timestep is not null)
            hidden = hidden.Then(each => Modulate(each, timestep));
        return hidden
            .Then(each => functional.silu(each))
            .Then(conv_out.call)
            .Then(each => PixelShuffle.OutOfChannels(each, (1, _patch, _patch), columnsFirst: true));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var patches = Footprint.Of(input).Then(conv_in.Measure).Then(mid_block.Measure).Then(up_blocks)
            .Then(LTXVideoNorm.Measure).ThenEach(timestep_scale_multiplier is null ? 1 : 2).Then(conv_out.Measure);
        return patches.Then(patches.Output.Times(1, _patch) with { Channels = patches.Output.Channels / _patch / _patch });
    }

    private Tensor Modulate(Tensor hidden, Tensor timestep)
    {
        using var scope = NewDisposeScope();
        var rows = time_embedder!.call(timestep).unflatten(1, [2, -1]).Plus(scale_shift_table!).unbind(1);
        return LTXVideoNorm.Modulate(hidden, scale: rows[1], shift: rows[0]).MoveToOuterDisposeScope();
    }
}
