using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>A class of models, which a folder may name.</summary>
/// <param name="Name">As in diffusers and transformers.</param>
/// <param name="Type">The class here.</param>
/// <param name="FromConfigFile">As <see cref="IPretrainedModel{TSelf}.FromConfigFile"/>.</param>
/// <param name="FromPretrained">As <see cref="PretrainedModels"/> does it.</param>
internal sealed record ModelClass(
    string Name, Type Type, Func<string, Device?, ScalarType?, nn.Module> FromConfigFile, ModelClass.Loading FromPretrained)
{
    /// <summary>Loads a model of the class.</summary>
    public delegate nn.Module Loading(
        string folder,
        ScalarType? dtype = null,
        Device? device = null,
        IProgress<LoadProgress>? progress = null,
        CancellationToken cancellationToken = default,
        string? variant = null,
        string? revision = null);

    /// <summary>The class of that type.</summary>
    public static ModelClass Of<TModel>() where TModel : nn.Module, IPretrainedModel<TModel> =>
        new(typeof(TModel).Name, typeof(TModel), TModel.FromConfigFile, PretrainedModels.FromPretrained<TModel>);
}
