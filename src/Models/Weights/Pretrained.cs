using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>What every model does with the folder it is loaded from.</summary>
internal static class Pretrained
{
    /// <summary>The path of a folder's config.</summary>
    public static string ConfigIn(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return Path.Combine(folder, "config.json");
    }

    /// <summary>Builds a model and fills it with a folder's weights; what was built is freed where they do not fit.</summary>
    public static TModel Load<TModel>(
        Func<TModel> build, CheckpointForm form, string folder, string? variant, IProgress<LoadProgress>? progress, CancellationToken cancellationToken)
        where TModel : nn.Module
    {
        TModel model;
        using (WeightInitialization.Skip())
            model = build();
        try
        {
            using var checkpoint = SafetensorsCheckpoint.Open(folder, variant);
            WeightLoader.Load(model, checkpoint, progress, form, cancellationToken);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes weights and config into a folder, which is made if it is not there.</summary>
    public static void Save(nn.Module model, string config, string folder, CheckpointForm form, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        var weights = Path.Combine(folder, form.FileName);
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
