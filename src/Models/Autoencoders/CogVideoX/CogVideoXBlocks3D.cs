using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Residual blocks of one size, and the change to the next size after them. Sources: diffusers
/// <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>, <c>CogVideoXDownBlock3D</c>, <c>CogVideoXMidBlock3D</c>,
/// <c>CogVideoXUpBlock3D</c>, which differ in that change alone.
/// </summary>
internal sealed class CogVideoXBlocks3D : Module<Tensor, Tensor?, ConvolutionCache, Tensor>, IMeasured
{
    private readonly ModuleList<CogVideoXResnetBlock3D> resnets = [];
    private readonly ModuleList<CogVideoXDownsample3D>? downsamplers;
    private readonly ModuleList<CogVideoXUpsample3D>? upsamplers;

    private CogVideoXBlocks3D(
        IEnumerable<CogVideoXResnetBlock3D> blocks, CogVideoXDownsample3D? downsample = null, CogVideoXUpsample3D? upsample = null)
        : base(nameof(CogVideoXBlocks3D))
    {
        foreach (var block in blocks)
            resnets.Add(block);
        downsamplers = downsample is null ? null : [downsample];
        upsamplers = upsample is null ? null : [upsample];
        RegisterComponents();
    }

    /// <summary>One size of the encoder.</summary>
    public static CogVideoXBlocks3D Down(
        long inputs, long outputs, bool isLast, bool compressesTime, AutoencoderKLCogVideoXConfig config, Device? device, ScalarType? dtype) => new(
        Enumerable.Range(0, config.LayersPerBlock).Select(i =>
            new CogVideoXResnetBlock3D(i == 0 ? inputs : outputs, outputs, isConditioned: false, config, device, dtype)),
        downsample: isLast ? null : new CogVideoXDownsample3D(outputs, compressesTime, device, dtype));

    /// <summary>The smallest size, of the encoder or the decoder.</summary>
    public static CogVideoXBlocks3D Mid(
        long channels, bool isConditioned, AutoencoderKLCogVideoXConfig config, Device? device, ScalarType? dtype) => new(
        Enumerable.Range(0, 2).Select(_ => new CogVideoXResnetBlock3D(channels, channels, isConditioned, config, device, dtype)));

    /// <summary>One size of the decoder.</summary>
    public static CogVideoXBlocks3D Up(
        long inputs, long outputs, bool isLast, bool compressesTime, AutoencoderKLCogVideoXConfig config, Device? device, ScalarType? dtype) => new(
        Enumerable.Range(0, config.LayersPerBlock + 1).Select(i =>
            new CogVideoXResnetBlock3D(i == 0 ? inputs : outputs, outputs, isConditioned: true, config, device, dtype)),
        upsample: isLast ? null : new CogVideoXUpsample3D(outputs, compressesTime, device, dtype));

    /// <summary>[batch, inputs, frames, height, width] to the next size. The caller owns the result.</summary>
    public override Tensor forward(Tensor input, Tensor? latents, ConvolutionCache cache)
    {
        var hidden = resnets[0].call(input, latents, cache);
        foreach (var resnet in resnets.Skip(1))
            hidden = hidden.Then(each => resnet.call(each, latents, cache));
        if (downsamplers is not null)
            hidden = hidden.Then(downsamplers[0].call);
        if (upsamplers is not null)
            hidden = hidden.Then(upsamplers[0].call);
        return hidden;
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input).Then(resnets).Then(downsamplers?[0]).Then(upsamplers?[0]);
}
