using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Two convolutions and a residual, which may be modulated by a timestep and add noise. Source: diffusers <c>models/autoencoders/autoencoder_kl_ltx.py</c>,
/// <c>LTXVideoResnetBlock3d</c>.
/// </summary>
internal sealed class LTXVideoResnetBlock3d : Module<Tensor, Tensor?, Tensor>, IMeasured
{
    private readonly LTXVideoCausalConv3d conv1;
    private readonly LTXVideoCausalConv3d conv2;
    private readonly LayerNormalization? norm3;
    private readonly LTXVideoCausalConv3d? conv_shortcut;
    private readonly Parameter? per_channel_scale1; // [channels, 1, 1]
    private readonly Parameter? per_channel_scale2;
    private readonly Parameter? scale_shift_table; // [4, channels]: shift and scale of each convolution

    /// <summary>Builds a block; only one whose channels do not change may be modulated or add noise.</summary>
    public LTXVideoResnetBlock3d(
        long inputs, long outputs, double eps, bool isCausal, bool injectsNoise, bool isConditioned, Device? device, ScalarType? dtype)
        : base(nameof(LTXVideoResnetBlock3d))
    {
        conv1 = new LTXVideoCausalConv3d(inputs, outputs, isCausal, device, dtype);
        conv2 = new LTXVideoCausalConv3d(outputs, outputs, isCausal, device, dtype);
        if (inputs != outputs)
        {
            norm3 = new LayerNormalization(inputs, eps, true, device, dtype);
            conv_shortcut = new LTXVideoCausalConv3d(inputs, outputs, isCausal, device, dtype, kernel: 1);
        }
        if (injectsNoise)
        {
            per_channel_scale1 = Parameter(zeros(inputs, 1, 1, dtype: dtype, device: device));
            per_channel_scale2 = Parameter(zeros(inputs, 1, 1, dtype: dtype, device: device));
        }
        scale_shift_table = isConditioned ? ModulationTable.New([4, inputs], device, dtype) : null;
        RegisterComponents();
    }

    /// <summary>The caller owns the result.</summary>
    /// <param name="input">[batch, inputs, frames, height, width]</param>
    /// <param name="temb">[batch, 4 · inputs] for a conditioned block.</param>
    /// <returns>[batch, outputs, frames, height, width]</returns>
    public override Tensor forward(Tensor input, Tensor? temb)
    {
        using var scope = NewDisposeScope();
        var rows = scale_shift_table is null ? null : temb!.unflatten(1, [4, -1]).Plus(scale_shift_table).unbind(1);
        var hidden = Part(LTXVideoNorm.Apply(input), conv1, per_channel_scale1, rows?[0], rows?[1]);
        hidden = Part(hidden.Then(LTXVideoNorm.Apply), conv2, per_channel_scale2, rows?[2], rows?[3]);
        var residual = conv_shortcut is null
            ? input
            : norm3!.call(input.movedim([1], [-1])).Then(each => each.movedim([-1], [1])).Then(conv_shortcut.call);
        return hidden.Plus(residual).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        Footprint Part(Footprint normalized, LTXVideoCausalConv3d convolution, Parameter? noiseScale) =>
            normalized.ThenEach(scale_shift_table is null ? 1 : 2).Then(convolution.Measure).ThenEach(noiseScale is null ? 0 : 1);
        var first = Part(Footprint.Of(input).Then(LTXVideoNorm.Measure), conv1, per_channel_scale1);
        return Part(first.Then(LTXVideoNorm.Measure), conv2, per_channel_scale2)
            .ThenPlus(conv_shortcut is null ? null : Footprint.Of(input).ThenEach(1).Then(conv_shortcut.Measure));
    }

    /// <summary>Takes over what is normalised.</summary>
    private static Tensor Part(Tensor normalized, LTXVideoCausalConv3d convolution, Parameter? noiseScale, Tensor? shift, Tensor? scale)
    {
        if (scale is not null)
            normalized = normalized.Then(each => LTXVideoNorm.Modulate(each, scale, shift!));
        var hidden = normalized.Then(each => functional.silu(each)).Then(convolution.call);
        return noiseScale is null ? hidden : hidden.Then(each => WithNoise(each, noiseScale));
    }

    /// <summary>Adds one picture of noise, scaled for every channel, to all frames of the batch.</summary>
    private static Tensor WithNoise(Tensor hidden, Parameter scale)
    {
        using var scope = NewDisposeScope();
        var noise = randn([hidden.size(-2), hidden.size(-1)], dtype: hidden.dtype, device: hidden.device);
        return hidden.Plus((noise * scale).unsqueeze(1)).MoveToOuterDisposeScope();
    }
}
