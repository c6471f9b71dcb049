using System.Collections.ObjectModel;
using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What every model does with the folder it is loaded from.</summary>
internal static class Pretrained
{
    /// <summary>What transformers calls a model's weights.</summary>
    public const string TransformersWeights = "model.safetensors";

    private const string DiffusersWeights = "diffusion_pytorch_model.safetensors";

    /// <summary>The path of a folder's config.</summary>
    public static string ConfigIn(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Path.Combine(folder, "config.json");
    }

    /// <summary>
    /// Builds a model and fills it with a folder's weights; what was built is freed where they do not fit. A checkpoint may hold
    /// tensors under <paramref name="otherNames"/>, by their names in the model: instead, or as well. Those whose names begin with one
    /// of <paramref name="passedOver"/> are not for the model.
    /// </summary>
    public static TModel Load<TModel>(
        Func<TModel> build, string folder, string? variant, IProgress<LoadProgress>? progress, CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string>? otherNames = null, IReadOnlyList<string>? passedOver = null)
        where TModel : nn.Module
    {
        TModel model;
        using (WeightInitialization.Skip())
            model = build();
        try
        {
            using var checkpoint = SafetensorsCheckpoint.Open(folder, variant);
            WeightLoader.Load(
                model, checkpoint, progress, otherNames ?? ReadOnlyDictionary<string, string>.Empty, passedOver ?? [], cancellationToken);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes weights and config into a folder, which is made if it is not there.</summary>
    public static void Save(
        nn.Module model, string config, string folder, CancellationToken cancellationToken, string weightsName = DiffusersWeights)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        var weights = Path.Combine(folder, weightsName);
        SafetensorsWriter.Write(weights, model.state_dict(), cancellationToken: cancellationToken);
        // The index of another checkpoint would be taken before these weights.
        File.Delete(weights + ".index.json");
        WholeFile.WriteText(ConfigIn(folder), config);
    }

    /// <summary>Readies a model for inference: weights ask for no gradients, and it is in evaluation mode.</summary>
    public static void Freeze(nn.Module model)
    {
        foreach (var parameter in model.parameters())
            parameter.requires_grad = false;
        model.eval();
    }
}
