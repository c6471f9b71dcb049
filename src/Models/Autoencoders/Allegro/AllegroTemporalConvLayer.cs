using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// Four convolutions over frames and a residual, which may halve or double the frames. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_allegro.py</c>, <c>AllegroTemporalConvLayer</c>.
/// </summary>
internal sealed class AllegroTemporalConvLayer : Module<Tensor, Tensor>, IMeasured
{
    private const double Eps = 1e-5;
    private const double DropoutShare = 0.1;

    private readonly Sequential conv1;
    private readonly Sequential conv2;
    private readonly Sequential conv3;
    private readonly Sequential conv4;
    private readonly FrameChange _change;

    /// <param name="channels">Of the input and of the output.</param>
    /// <param name="groups">The groups of the norms.</param>
    /// <param name="change">What becomes of the frames.</param>
    /// <param name="device">Where the weights are.</param>
    /// <param name="dtype">The type of the weights.</param>
    public AllegroTemporalConvLayer(long channels, long groups, FrameChange change, Device? device, ScalarType? dtype)
        : base(nameof(AllegroTemporalConvLayer))
    {
        _change = change;
        long around = change == FrameChange.None ? 0 : 1; // Layers that change the frames look at the neighbours of a point, too.
        var size = 1 + 2 * around;
        GroupNormalization Norm() => new(groups, channels, Eps, device, dtype);
        Convolution Layer(long outputs, long frames, long stride) =>
            new(channels, outputs, [frames, size, size], [stride, 1, 1], [0, around, around], device, dtype);
        conv1 = Sequential(Norm(), SiLU(), change switch
        {
            FrameChange.Halved => Layer(channels, 2, 2),
            FrameChange.Doubled => Layer(2 * channels, 1, 1),
            _ => Layer(channels, 3, 1),
        });
        conv2 = Sequential(Norm(), SiLU(), Dropout(DropoutShare), Layer(channels, 3, 1));
        conv3 = Sequential(Norm(), SiLU(), Dropout(DropoutShare), Layer(channels, 3, 1));
        conv4 = Sequential(Norm(), SiLU(), Layer(channels, 3, 1));
        RegisterComponents();
    }

    /// <summary>[batch, channels, frames, height, width] to the same, or of half or double the frames. The caller owns the result.</summary>
    public override Tensor forward(Tensor video)
    {
        using var hidden = First(video)
            .Then(WithEndsRepeated).Then(conv2.call)
            .Then(WithEndsRepeated).Then(conv3.call)
            .Then(WithEndsRepeated).Then(conv4.call);
        using var residual = Residual(video);
        return hidden.Plus(residual);
    }

    /// <inheritdoc/>
    public Footprint Measure(Extent input)
    {
        Footprint hidden = _change switch
        {
            FrameChange.Halved => Footprint.Of(input).Then(each => Measure(conv1, each)),
            FrameChange.Doubled => Footprint.Of(input).Then(each => Measure(conv1, each)).Then(input.Times(2, 1)),
            _ => Footprint.Of(input).Then(WithEndsRepeated(input)).Then(each => Measure(conv1, each)),
        };
        foreach (var layers in (Sequential[])[conv2, conv3, conv4])
            hidden = hidden.Then(WithEndsRepeated(hidden.Output)).Then(each => Measure(layers, each));
        return hidden.ThenPlus(Footprint.Of(input, hidden.Output));
    }

    private static Footprint Measure(Sequential layers, Extent input) => Footprint.Of(input).ThenEach(2).Then(layers.children().OfType<IMeasured>());

    private static Extent WithEndsRepeated(Extent video) => video with { Frames = video.Frames + 2 };

    private Tensor First(Tensor video) => _change switch
    {
        FrameChange.Halved => conv1.call(video),
        FrameChange.Doubled => conv1.call(video).Then(Framewise.Doubled),
        _ => WithEndsRepeated(video).Then(conv1.call),
    };

    private Tensor Residual(Tensor video)
    {
        using var scope = NewDisposeScope();
        return (_change switch
        {
            FrameChange.Halved => video.slice(2, 0, video.size(2), 2),
            FrameChange.Doubled => stack([video, video], 3).flatten(2, 3),
            _ => video.alias(),
        }).MoveToOuterDisposeScope();
    }

    /// <summary>The first and the last frame twice.</summary>
    private static Tensor WithEndsRepeated(Tensor video)
    {
        using var scope = NewDisposeScope();
        return cat([video.narrow(2, 0, 1), video, video.narrow(2, video.size(2) - 1, 1)], 2).MoveToOuterDisposeScope();
    }

    /// <summary>What becomes of the frames in a layer.</summary>
    internal enum FrameChange
    {
        /// <summary>They stay as many as they are.</summary>
        None,

        /// <summary>Two become one.</summary>
        Halved,

        /// <summary>One becomes two.</summary>
        Doubled,
    }
}
