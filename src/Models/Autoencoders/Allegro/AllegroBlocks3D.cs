using TorchSharp.Modules;
using static Afterimage.Models.AllegroTemporalConvLayer;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Residual blocks of one size, each with convolutions over frames, and the change to the next size. Sources: diffusers
/// <c>models/autoencoders/autoencoder_kl_allegro.py</c>, <c>AllegroDownBlock3D</c>, <c>AllegroMidBlock3DConv</c> and <c>AllegroUpBlock3D</c>.
/// </summary>
internal sealed class AllegroBlocks3D : Module<Tensor, Tensor>, IMeasured
{
    private readonly ModuleList<ResnetBlock2D> resnets = [];
    private readonly ModuleList<AllegroTemporalConvLayer> temp_convs = [];
    private readonly ModuleList<PictureAttention> attentions = [];
    private readonly AllegroTemporalConvLayer? temp_convs_down;
    private readonly AllegroTemporalConvLayer? temp_conv_up;
    private readonly ModuleList<Downsample2D>? downsamplers;
    private readonly ModuleList<Upsample2D>? upsamplers;

    private AllegroBlocks3D(
        long inputs, long outputs, int layers, AutoencoderKLAllegroConfig config, Device? device, ScalarType? dtype,
        FrameChange change = FrameChange.None, Downsample2D? downsample = null, Upsample2D? upsample = null, PictureAttention? attention = null)
        : base(nameof(AllegroBlocks3D))
    {
        AllegroTemporalConvLayer Temporal(FrameChange of) => new(outputs, config.NormNumGroups, of, device, dtype);
        for (var i = 0; i < layers; i++)
        {
            resnets.Add(new ResnetBlock2D(i == 0 ? inputs : outputs, outputs, config.NormNumGroups, config.ActFn, device, dtype));
            temp_convs.Add(Temporal(FrameChange.None));
        }
        if (attention is not null)
            attentions.Add(attention);
        temp_convs_down = change == FrameChange.Halved ? Temporal(change) : null;
        temp_conv_up = change == FrameChange.Doubled ? Temporal(change) : null;
        downsamplers = downsample is null ? null : [downsample];
        upsamplers = upsample is null ? null : [upsample];
        RegisterComponents();
    }

    /// <summary>One size of the encoder.</summary>
    public static AllegroBlocks3D Down(int size, AutoencoderKLAllegroConfig config, Device? device, ScalarType? dtype)
    {
        var widths = config.BlockOutChannels;
        return new AllegroBlocks3D(
            widths[Math.Max(size - 1, 0)], widths[size], config.LayersPerBlock, config, device, dtype,
            config.TemporalDownsampleBlocks[size] ? FrameChange.Halved : FrameChange.None,
            downsample: size == widths.Count - 1 ? null : new Downsample2D(widths[size], device, dtype));
    }

    /// <summary>The smallest size, of the encoder or the decoder.</summary>
    public static AllegroBlocks3D Mid(AutoencoderKLAllegroConfig config, Device? device, ScalarType? dtype)
    {
        long width = config.BlockOutChannels[^1];
        return new AllegroBlocks3D(
            width, width, layers: 2, config, device, dtype, attention: new PictureAttention(width, config.NormNumGroups, device, dtype));
    }

    /// <summary>One size of the decoder, which begins with the smallest.</summary>
    public static AllegroBlocks3D Up(int size, AutoencoderKLAllegroConfig config, Device? device, ScalarType? dtype)
    {
        int[] widths = [.. config.BlockOutChannels.Reverse()];
        return new AllegroBlocks3D(
            widths[Math.Max(size - 1, 0)], widths[size], config.LayersPerBlock + 1, config, device, dtype,
            config.TemporalUpsampleBlocks[size] ? FrameChange.Doubled : FrameChange.None,
            upsample: size == widths.Length - 1 ? null : new Upsample2D(widths[size], widths[size], device, dtype));
    }

    /// <summary>[batch, inputs, frames, height, width] to the next size. The caller owns the result.</summary>
    public override Tensor forward(Tensor video)
    {
        var hidden = Framewise.Apply(video, resnets[0].call).Then(temp_convs[0].call);
        for (var i = 1; i < resnets.Count; i++)
        {
            var resnet = resnets[i];
            if (i <= attentions.Count)
                hidden = hidden.Then(each => Framewise.Apply(each, attentions[i - 1].call));
            hidden = hidden.Then(each => Framewise.Apply(each, resnet.call)).Then(temp_convs[i].call);
        }
        if (temp_convs_down is not null)
            hidden = hidden.Then(temp_convs_down.call);
        if (temp_conv_up is not null)
            hidden = hidden.Then(temp_conv_up.call);
        if (downsamplers is not null)
            hidden = hidden.Then(each => Framewise.Apply(each, downsamplers[0].call));
        if (upsamplers is not null)
            hidden = hidden.Then(each => Framewise.Apply(each, upsamplers[0].call));
        return hidden;
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        var hidden = Footprint.Of(input);
        for (var i = 0; i < resnets.Count; i++)
        {
            foreach (var attention in attentions.Skip(i - 1).Take(Math.Min(i, 1)))
                hidden = hidden.Then(Framewise.Measure(attention.Measure));
            hidden = hidden.Then(Framewise.Measure(resnets[i].Measure)).Then(temp_convs[i].Measure);
        }
        hidden = hidden.Then(temp_convs_down).Then(temp_conv_up);
        foreach (var sampling in (IEnumerable<IMeasured>?)downsamplers ?? upsamplers ?? [])
            hidden = hidden.Then(Framewise.Measure(sampling.Measure));
        return hidden;
    }
}
