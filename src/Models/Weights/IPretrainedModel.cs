using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A model that is loaded from a folder of a config and weights: what <see cref="PretrainedModels"/> asks of it.</summary>
/// <typeparam name="TSelf">The model.</typeparam>
public interface IPretrainedModel<TSelf> where TSelf : nn.Module, IPretrainedModel<TSelf>
{
    /// <summary>How its weights are written.</summary>
    static virtual CheckpointForm Form => CheckpointForm.Diffusers;

    /// <summary>Its config as the text of a <c>config.json</c>.</summary>
    string ConfigJson { get; }

    /// <summary>Builds a model with random weights, in evaluation mode, from a <c>config.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where the weights are; <see langword="null"/> for torch's default device.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    static abstract TSelf FromConfigFile(string path, Device? device, ScalarType? dtype);
}
