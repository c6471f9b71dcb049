using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Residual blocks of one size, and the change of size and channels before or after them. Sources: diffusers
/// <c>models/autoencoders/autoencoder_kl_ltx.py</c>, <c>LTXVideoDownBlock3D</c>, <c>LTXVideo095DownBlock3D</c>, <c>LTXVideoMidBlock3d</c>,
/// <c>LTXVideoUpBlock3d</c>, which differ in that change alone.
/// </summary>
internal sealed class LTXVideoBlocks3D : Module<Tensor, Tensor?, Tensor>, IMeasured
{
    private readonly LTXVideoResnetBlock3d? conv_in;
    private readonly PixArtAlphaTimestepEmbedding? time_embedder;
    private readonly ModuleList<LTXVideoUpsampler3d>? upsamplers;
    private readonly ModuleList<LTXVideoResnetBlock3d> resnets = [];
    private readonly ModuleList<Module<Tensor, Tensor>>? downsamplers;
    private readonly LTXVideoResnetBlock3d? conv_out;

    private LTXVideoBlocks3D(
        IEnumerable<LTXVideoResnetBlock3d> blocks,
        LTXVideoResnetBlock3d? first = null,
        PixArtAlphaTimestepEmbedding? embedder = null,
        LTXVideoUpsampler3d? upsampler = null,
        Module<Tensor, Tensor>? downsampler = null,
        LTXVideoResnetBlock3d? last = null)
        : base(nameof(LTXVideoBlocks3D))
    {
        (conv_in, time_embedder, conv_out) = (first, embedder, last);
        upsamplers = upsampler is null ? null : [upsampler];
        downsamplers = downsampler is null ? null : [downsampler];
        foreach (var block in blocks)
            resnets.Add(block);
        RegisterComponents();
    }

    /// <summary>A block of the encoder.</summary>
    public static LTXVideoBlocks3D OfEncoder(LTXVideoStages.Down stage, AutoencoderKLLTXVideoConfig config, Device? device, ScalarType? dtype)
    {
        LTXVideoResnetBlock3d Block(long outputs) => new(stage.Inputs, outputs, config.ResnetNormEps, config.EncoderCausal, false, false, device, dtype);
        Module<Tensor, Tensor>? downsampler = stage.Downsampling switch
        {
            null => null,
            "conv" => new LTXVideoCausalConv3d(stage.Inputs, stage.Inputs, config.EncoderCausal, device, dtype, stride: 2),
            _ => new LTXVideoDownsampler3d(stage.Inputs, stage.Outputs, stage.Stride, config.EncoderCausal, device, dtype),
        };
        return new(
            Enumerable.Range(0, stage.Layers).Select(_ => Block(stage.Inputs)),
            downsampler: downsampler,
            last: stage.Folds || stage.Inputs == stage.Outputs ? null : Block(stage.Outputs));
    }

    /// <summary>A block of the decoder.</summary>
    public static LTXVideoBlocks3D OfDecoder(LTXVideoStages.Up stage, AutoencoderKLLTXVideoConfig config, Device? device, ScalarType? dtype)
    {
        var (isCausal, isConditioned) = (config.DecoderCausal, config.TimestepConditioning);
        LTXVideoResnetBlock3d Block(long inputs) =>
            new(inputs, stage.Outputs, config.ResnetNormEps, isCausal, stage.InjectsNoise, isConditioned, device, dtype);
        return new(
            Enumerable.Range(0, stage.Layers).Select(_ => Block(stage.Outputs)),
            first: stage.Factor == 1 && stage.Inputs != stage.Outputs ? Block(stage.Inputs) : null,
            embedder: isConditioned ? new PixArtAlphaTimestepEmbedding(4L * stage.Outputs, device, dtype) : null,
            upsampler: stage.Enlarges
                ? new LTXVideoUpsampler3d((long)stage.Outputs * stage.Factor, stage.Factor, stage.IsResidual, isCausal, device, dtype)
                : null);
    }

    /// <summary>The smallest size, of the encoder or the decoder.</summary>
    public static LTXVideoBlocks3D Mid(
        long channels, int layers, double eps, bool isCausal, bool injectsNoise, bool isConditioned, Device? device, ScalarType? dtype) => new(
        Enumerable.Range(0, layers).Select(_ => new LTXVideoResnetBlock3d(channels, channels, eps, isCausal, injectsNoise, isConditioned, device, dtype)),
        embedder: isConditioned ? new PixArtAlphaTimestepEmbedding(4 * channels, device, dtype) : null);

    /// <summary>The caller owns the result.</summary>
    /// <param name="input">[batch, inputs, frames, height, width]</param>
    /// <param name="timestep">[batch] for conditioned blocks.</param>
    /// <returns>[batch, outputs, …] of the next size.</returns>
    public override Tensor forward(Tensor input, Tensor? timestep)
    {
        using var temb = time_embedder?.call(timestep!);
        var hidden = input.alias();
        if (conv_in is not null)
            hidden = hidden.Then(each => conv_in.call(each, null));
        if (upsamplers is not null)
            hidden = hidden.Then(upsamplers[0].call);
        foreach (var resnet in resnets)
            hidden = hidden.Then(each => resnet.call(each, temb));
        if (downsamplers is not null)
            hidden = hidden.Then(downsamplers[0].call);
        return conv_out is null ? hidden : hidden.Then(each => conv_out.call(each, null));
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input)
        .Then(conv_in).Then(upsamplers?[0]).Then(resnets).Then((IMeasured?)downsamplers?[0]).Then(conv_out);
}
