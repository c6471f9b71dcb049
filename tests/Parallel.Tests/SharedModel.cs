using Afterimage.Models;
using Afterimage.Models.Tests;
using static TorchSharp.torch;

namespace Afterimage.Parallel.Tests;

/// <summary>A small model with four heads of attention, the same on every rank, called with both branches of guidance: an odd number of frames, and seven tokens of text.</summary>
internal sealed record SharedModel(nn.Module Module, ICacheableModel Model, Func<int, Tensor> Forward) : IDisposable
{
    /// <summary>The classes that are tested.</summary>
    public static readonly string[] Names = ["cogvideox", "cogvideox with positions", "latte", "wan", "flux"];

    /// <summary>Of every step.</summary>
    public static readonly double[] Timesteps = [.. Enumerable.Range(0, 8).Select(step => 900.0 - 100 * step)];

    private const int Heads = 4;
    private const int Text = 7;
    private const int TextDim = 12;

    /// <summary>Of the first class.</summary>
    public static CogVideoXTransformer3DModelConfig CogVideoX { get; } = new()
    {
        NumAttentionHeads = Heads,
        AttentionHeadDim = 16,
        InChannels = 4,
        OutChannels = 4,
        TimeEmbedDim = 8,
        TextEmbedDim = TextDim,
        NumLayers = 2,
        SampleWidth = 10,
        SampleHeight = 6,
        SampleFrames = 9,
        MaxTextSeqLength = Text,
    };

    /// <summary>Makes one.</summary>
    /// <param name="name">Of <see cref="Names"/>.</param>
    public static SharedModel Create(string name)
    {
        random.manual_seed(5);
        return name switch
        {
            "cogvideox" => OfCogVideoX(hasPositions: false),
            "cogvideox with positions" => OfCogVideoX(hasPositions: true),
            "latte" => OfLatte(),
            "wan" => OfWan(),
            "flux" => OfFlux(),
            _ => throw new ArgumentException(name, nameof(name)),
        };
    }

    public void Dispose() => Module.Dispose();

    private static SharedModel OfCogVideoX(bool hasPositions)
    {
        var model = CogVideoXTransformer3DModel.FromConfig(CogVideoX with { UseRotaryPositionalEmbeddings = hasPositions });
        var rotary = hasPositions ? model.PrepareRotaryPositionalEmbeddings(48, 80, 3) : null;
        return Of(model, model, randn([2, 3, 4, 6, 10]), (latents, text, time) => model.call(latents, text, time, null, null, rotary));
    }

    private static SharedModel OfLatte()
    {
        var model = LatteTransformer3DModel.FromConfig(TinyTransformers.Latte with { NumAttentionHeads = Heads, CrossAttentionDim = 8 * Heads });
        return Of(model, model, randn([2, 4, 3, 8, 8]), (latents, text, time) => model.call(latents, time, text, null, true));
    }

    private static SharedModel OfWan()
    {
        var model = WanTransformer3DModel.FromConfig(TinyTransformers.Wan with { NumAttentionHeads = Heads });
        return Of(model, model, randn([2, 4, 3, 6, 10]), (latents, text, time) => model.call(latents, time, text));
    }

    private static SharedModel OfFlux()
    {
        var model = FluxTransformer2DModel.FromConfig(TinyTransformers.Flux with { NumAttentionHeads = Heads, GuidanceEmbeds = false });
        var (pooled, ids) = (randn([2, 10]), FluxPositionIds.Prepare(Text, 3, 5));
        return Of(model, model, randn([2, 15, 8]), (latents, text, time) => model.call(latents, text, pooled, time.Times(0.001), null, ids));
    }

    private static SharedModel Of(nn.Module module, ICacheableModel model, Tensor latents, Func<Tensor, Tensor, Tensor, Tensor> call)
    {
        var text = randn([2, Text, TextDim]);
        return new(module, model, step =>
        {
            using var scope = NewDisposeScope();
            // What changes from step to step changes more now than then.
            var changed = latents.Times(1 + 0.02 * step * step);
            return call(changed, text, TensorArithmetic.Full([2], Timesteps[step], ScalarType.Float32, CPU)).MoveToOuterDisposeScope();
        });
    }
}
