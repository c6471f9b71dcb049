using Afterimage.Models;
using static TorchSharp.torch;

namespace Afterimage.Cli.Bench;

/// <summary>Writes the checkpoint of a CogVideoX of any size, all zeros, without ever holding its weights.</summary>
internal static class SyntheticCheckpoint
{
    /// <summary>Writes <c>config.json</c> and weights of about <paramref name="bytes"/>, to the next layer.</summary>
    public static void Write(string folder, long bytes, ScalarType dtype, CancellationToken cancellationToken)
    {
        var least = BytesOf(Config(1), dtype);
        var layer = BytesOf(Config(2), dtype) - least;
        var config = Config((int)Math.Max(1, 1 + (bytes - least) / layer));

        using var scope = NewDisposeScope();
        using var model = CogVideoXTransformer3DModel.FromConfig(config, META, dtype);
        // One zero, seen as a tensor of any shape.
        var weights = model.state_dict().ToDictionary(item => item.Key, item => zeros([1], item.Value.dtype).expand(item.Value.shape));
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJson());
        SafetensorsWriter.Write(Path.Combine(folder, "diffusion_pytorch_model.safetensors"), weights, cancellationToken: cancellationToken);
    }

    private static CogVideoXTransformer3DModelConfig Config(int layers) => new()
    {
        NumAttentionHeads = 16,
        AttentionHeadDim = 64,
        NumLayers = layers,
        UseRotaryPositionalEmbeddings = true,
    };

    private static long BytesOf(CogVideoXTransformer3DModelConfig config, ScalarType dtype)
    {
        using var model = CogVideoXTransformer3DModel.FromConfig(config, META, dtype);
        return model.state_dict().Values.Sum(value => value.NumberOfElements * value.ElementSize);
    }
}
