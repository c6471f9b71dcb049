using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Residual blocks of one size, attention after some of them, and the change to the next size. Sources: diffusers
/// <c>models/unets/unet_2d_blocks.py</c>, <c>DownEncoderBlock2D</c>, <c>AttnDownEncoderBlock2D</c>, <c>UNetMidBlock2D</c>,
/// <c>UpDecoderBlock2D</c> and <c>AttnUpDecoderBlock2D</c>.
/// </summary>
internal sealed class Blocks2D : Module<Tensor, Tensor>, IMeasured
{
    private readonly ModuleList<ResnetBlock2D> resnets = [];
    private readonly ModuleList<PictureAttention> attentions = [];
    private readonly ModuleList<Downsample2D>? downsamplers;
    private readonly ModuleList<Upsample2D>? upsamplers;

    private Blocks2D(
        long inputs, long outputs, int layers, int attentiveLayers, AutoencoderKLConfig config, Device? device, ScalarType? dtype,
        Downsample2D? downsample = null, Upsample2D? upsample = null)
        : base(nameof(Blocks2D))
    {
        for (var i = 0; i < layers; i++)
            resnets.Add(new ResnetBlock2D(i == 0 ? inputs : outputs, outputs, config.NormNumGroups, config.ActFn, device, dtype));
        for (var i = 0; i < attentiveLayers; i++)
            attentions.Add(new PictureAttention(outputs, config.NormNumGroups, device, dtype));
        downsamplers = downsample is null ? null : [downsample];
        upsamplers = upsample is null ? null : [upsample];
        RegisterComponents();
    }

    /// <summary>One size of the encoder.</summary>
    public static Blocks2D Down(int size, AutoencoderKLConfig config, Device? device, ScalarType? dtype)
    {
        var widths = config.BlockOutChannels;
        var layers = config.LayersPerBlock;
        return new Blocks2D(
            widths[Math.Max(size - 1, 0)], widths[size], layers,
            config.DownBlockTypes[size] == AutoencoderKLConfig.AttentiveDownBlock ? layers : 0, config, device, dtype,
            downsample: size == widths.Count - 1 ? null : new Downsample2D(widths[size], device, dtype));
    }

    /// <summary>The smallest size, of the encoder or the decoder.</summary>
    public static Blocks2D Mid(AutoencoderKLConfig config, Device? device, ScalarType? dtype) => new(
        config.BlockOutChannels[^1], config.BlockOutChannels[^1], layers: 2, config.MidBlockAddAttention ? 1 : 0, config, device, dtype);

    /// <summary>One size of the decoder, which begins with the smallest.</summary>
    public static Blocks2D Up(int size, AutoencoderKLConfig config, Device? device, ScalarType? dtype)
    {
        int[] widths = [.. config.BlockOutChannels.Reverse()];
        var layers = config.LayersPerBlock + 1;
        return new Blocks2D(
            widths[Math.Max(size - 1, 0)], widths[size], layers,
            config.UpBlockTypes[size] == AutoencoderKLConfig.AttentiveUpBlock ? layers : 0, config, device, dtype,
            upsample: size == widths.Length - 1 ? null : new Upsample2D(widths[size], widths[size], device, dtype));
    }

    /// <summary>[batch, inputs, height, width] to the next size. The caller owns the result.</summary>
    public override Tensor forward(Tensor input)
    {
        var hidden = resnets[0].call(input);
        foreach (var layer in Layers().Skip(1))
            hidden = hidden.Then(layer.call);
        return hidden;
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input) => Footprint.Of(input).Then(Layers().Cast<IMeasured>());

    /// <summary>In the order they run.</summary>
    private IEnumerable<Module<Tensor, Tensor>> Layers()
    {
        for (var i = 0; i < resnets.Count; i++)
        {
            yield return resnets[i];
            if (i < attentions.Count)
                yield return attentions[i];
        }
        if (downsamplers is not null)
            yield return downsamplers[0];
        if (upsamplers is not null)
            yield return upsamplers[0];
    }
}
