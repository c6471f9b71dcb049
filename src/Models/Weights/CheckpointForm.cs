using System.Collections.ObjectModel;

namespace Afterimage.Models;

/// <summary>How a library writes a model's weights.</summary>
/// <param name="FileName">The file that they are saved in.</param>
/// <param name="OtherNames">Names under which a checkpoint may hold tensors, instead or as well, and what the model calls those.</param>
/// <param name="PassedOver">How the names begin of what a checkpoint may hold and the model has not.</param>
public sealed record CheckpointForm(string FileName, IReadOnlyDictionary<string, string> OtherNames, IReadOnlyList<string> PassedOver)
{
    /// <summary>The modules, at any place in the model, that a checkpoint may hold and the model has not.</summary>
    public IReadOnlyList<string> PassedOverModules { get; init; } = [];

    /// <summary>As diffusers does.</summary>
    public static CheckpointForm Diffusers { get; } = new("diffusion_pytorch_model.safetensors", ReadOnlyDictionary<string, string>.Empty, []);

    /// <summary>As transformers does.</summary>
    public static CheckpointForm Transformers { get; } = Diffusers with { FileName = "model.safetensors" };

    /// <summary>Whether a checkpoint may hold a tensor that the model has not.</summary>
    internal bool PassesOver(string name) =>
        OtherNames.Values.Contains(name)
        || PassedOver.Any(start => name.StartsWith(start, StringComparison.Ordinal))
        || name.Split('.').Any(PassedOverModules.Contains);
}
