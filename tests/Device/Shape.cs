using Afterimage.Cli;
using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Device;

/// <summary>A CogVideoX of a known size, with random weights. diffusers_bench.py has the same.</summary>
internal sealed record Shape(string Name, CogVideoXTransformer3DModelConfig Config)
{
    private static readonly Shape[] s_all =
    [
        // For a try without a GPU.
        new("tiny", new CogVideoXTransformer3DModelConfig
        {
            NumAttentionHeads = 2,
            AttentionHeadDim = 16,
            NumLayers = 2,
            TextEmbedDim = 32,
            TimeEmbedDim = 32,
            MaxTextSeqLength = 8,
            SampleHeight = 10,
            SampleWidth = 12,
            SampleFrames = 5,
        }),
        // CogVideoX-2b is what the config's defaults are.
        new("2b", new CogVideoXTransformer3DModelConfig()),
        new("5b", new CogVideoXTransformer3DModelConfig
        {
            NumAttentionHeads = 48,
            NumLayers = 42,
            UseRotaryPositionalEmbeddings = true,
        }),
    ];

    /// <summary>The type that models run in.</summary>
    public const ScalarType Dtype = ScalarType.BFloat16;

    /// <summary>What there is.</summary>
    public static IEnumerable<string> Names => s_all.Select(shape => shape.Name);

    /// <summary>The shape of a name.</summary>
    public static Shape Of(string name) => s_all.Single(shape => shape.Name == name);

    /// <summary>The latents without guidance: [1, frames, channels, height, width].</summary>
    public long[] Latents =>
        [1, (Config.SampleFrames - 1) / Config.TemporalCompressionRatio + 1, Config.InChannels, Config.SampleHeight, Config.SampleWidth];

    /// <summary>What a cache keeps of one attention, with guidance: [2, tokens, width].</summary>
    public long[] Attention
    {
        get
        {
            var patches = Latents[1] * (Config.SampleHeight / Config.PatchSize) * (Config.SampleWidth / Config.PatchSize);
            return [2, patches + Config.MaxTextSeqLength, Config.InnerDim];
        }
    }

    /// <summary>Builds the model with seeded random weights, made on the device itself, and inputs for it.</summary>
    public Subject Build(Place place, long seed = 0)
    {
        manual_seed(seed);
        CogVideoXTransformer3DModel model;
        // TorchSharp initialises layers on the CPU, in float32, one after another: for a 5b that is minutes.
        using (WeightInitialization.Skip())
            model = CogVideoXTransformer3DModel.FromConfig(Config, place.Torch, Dtype);
        using (no_grad())
        {
            foreach (var (name, parameter) in model.named_parameters())
                Fill(name, parameter);
        }
        return Subject.Of(model, Dtype, place.Torch);
    }

    /// <summary>As torch's own layers begin: matrices uniform by their inputs, norms as the identity, no biases.</summary>
    private static void Fill(string name, Tensor parameter)
    {
        if (parameter.dim() > 1)
        {
            var bound = 1 / Math.Sqrt((double)parameter.numel() / parameter.size(0));
            nn.init.uniform_(parameter, -bound, bound);
        }
        else
        {
            _ = name.EndsWith("weight", StringComparison.Ordinal) ? nn.init.ones_(parameter) : nn.init.zeros_(parameter);
        }
    }
}
