using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Residual blocks of one size, between which there may be attention, and the change to the next size after them. Sources: diffusers
/// <c>models/autoencoders/autoencoder_kl_hunyuan_video.py</c>, <c>HunyuanVideoDownBlock3D</c>, <c>HunyuanVideoMidBlock3D</c>, <c>HunyuanVideoUpBlock3D</c>.
/// </summary>
internal sealed class HunyuanVideoBlocks3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly ModuleList<HunyuanVideoResnetBlockCausal3D> resnets = [];
    private readonly ModuleList<HunyuanVideoAttention>? attentions;
    private readonly ModuleList<HunyuanVideoSampling>? downsamplers;
    private readonly ModuleList<HunyuanVideoSampling>? upsamplers;

    private HunyuanVideoBlocks3D(
        IEnumerable<HunyuanVideoResnetBlockCausal3D> blocks,
        HunyuanVideoAttention? attention = null,
        HunyuanVideoSampling? downsample = null,
        HunyuanVideoSampling? upsample = null)
        : base(nameof(HunyuanVideoBlocks3D))
    {
        foreach (var block in blocks)
            resnets.Add(block);
        attentions = attention is null ? null : [attention];
        downsamplers = downsample is null ? null : [downsample];
        upsamplers = upsample is null ? null : [upsample];
        RegisterComponents();
    }

    /// <summary>One size of the encoder.</summary>
    public static HunyuanVideoBlocks3D Down(int block, AutoencoderKLHunyuanVideoConfig config, Device? device, ScalarType? dtype)
    {
        var (widths, stride) = (config.BlockOutChannels, config.StrideOf(block));
        return new(
            Blocks(config.LayersPerBlock, widths[Math.Max(block - 1, 0)], widths[block], config, device, dtype),
            downsample: stride == (1, 1, 1) ? null : HunyuanVideoSampling.Down(widths[block], stride, device, dtype));
    }

    /// <summary>The smallest size, of the encoder or the decoder.</summary>
    public static HunyuanVideoBlocks3D Mid(AutoencoderKLHunyuanVideoConfig config, Device? device, ScalarType? dtype)
    {
        var channels = config.BlockOutChannels[^1];
        return new(
            Blocks(2, channels, channels, config, device, dtype),
            attention: config.MidBlockAddAttention ? new HunyuanVideoAttention(channels, config.NormNumGroups, device, dtype) : null);
    }

    /// <summary>One size of the decoder.</summary>
    public static HunyuanVideoBlocks3D Up(int block, AutoencoderKLHunyuanVideoConfig config, Device? device, ScalarType? dtype)
    {
        var (widths, factors) = (config.BlockOutChannels, config.StrideOf(block));
        var outputs = widths[^(block + 1)];
        return new(
            Blocks(config.LayersPerBlock + 1, widths[^Math.Max(block, 1)], outputs, config, device, dtype),
            upsample: factors == (1, 1, 1) ? null : HunyuanVideoSampling.Up(outputs, factors, device, dtype));
    }

    /// <summary>[batch, inputs, frames, height, width] to the next size. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        var hidden = resnets[0].call(input);
        if (attentions is not null)
            hidden = hidden.Then(attentions[0].call);
        foreach (var resnet in resnets.Skip(1))
            hidden = hidden.Then(resnet.call);
        if (downsamplers is not null)
            hidden = hidden.Then(downsamplers[0].call);
        return upsamplers is null ? hidden : hidden.Then(upsamplers[0].call);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(resnets[0].Measure)
        .Then((IEnumerable<IMeasured>?)attentions ?? [])
        .Then(resnets.Skip(1))
        .Then(downsamplers?[0])
        .Then(upsamplers?[0]);

    private static IEnumerable<HunyuanVideoResnetBlockCausal3D> Blocks(
        int count, long inputs, long outputs, AutoencoderKLHunyuanVideoConfig config, Device? device, ScalarType? dtype) =>
        Enumerable.Range(0, count).Select(i => new HunyuanVideoResnetBlockCausal3D(i == 0 ? inputs : outputs, outputs, config, device, dtype));
}
