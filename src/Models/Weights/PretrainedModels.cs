using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>Loading and saving, which all models do alike: <c>WanTransformer3DModel.FromPretrained(folder)</c>, <c>model.SavePretrained(folder)</c>.</summary>
public static class PretrainedModels
{
    extension<TModel>(TModel) where TModel : nn.Module, IPretrainedModel<TModel>
    {
        /// <summary>Builds the model of a folder as diffusers (or transformers) saves it, and loads its weights. It is in evaluation mode.</summary>
        /// <param name="folder">
        /// The folder of <c>config.json</c> and the weights (in a pipeline's folder, the part's), or a name in the Hub's cache
        /// (<see cref="HubCache"/>), as <c>org/name/transformer</c>.
        /// </param>
        /// <param name="dtype">
        /// The type to hold the weights in, but for those that a model's own page says stay float32; <see langword="null"/> for torch's default type.
        /// </param>
        /// <param name="device">Where to hold them; <see langword="null"/> for torch's default device.</param>
        /// <param name="progress">Told the bytes read, at the start and every 4 MiB at least.</param>
        /// <param name="cancellationToken">Stops loading; what was built is freed.</param>
        /// <param name="variant">Which of several sets of weights, as <c>fp16</c>; <see langword="null"/> for the plain one, or the only one.</param>
        /// <param name="revision">The branch, tag or commit of a snapshot in the Hub's cache; <see langword="null"/> for main.</param>
        /// <exception cref="FileNotFoundException">There is no config, no checkpoint or no such variant, or a shard is missing.</exception>
        /// <exception cref="InvalidDataException">
        /// The config has a value that cannot be used, a weight file is malformed, or tensors do not fit the model; the message names them.
        /// </exception>
        public static TModel FromPretrained(
            string folder,
            ScalarType? dtype = null,
            Device? device = null,
            IProgress<LoadProgress>? progress = null,
            CancellationToken cancellationToken = default,
            string? variant = null,
            string? revision = null)
        {
            folder = HubCache.FolderOf(folder, revision);
            return Pretrained.Load(() => TModel.FromConfigFile(Pretrained.ConfigIn(folder), device, dtype), TModel.Form, folder, variant, progress, cancellationToken);
        }
    }

    extension<TModel>(TModel model) where TModel : nn.Module, IPretrainedModel<TModel>
    {
        /// <summary>Saves <c>config.json</c> and the weights as <c>FromPretrained</c> and diffusers (or transformers) read them.</summary>
        /// <param name="folder">Made if it is not there.</param>
        /// <param name="cancellationToken">Stops saving; weights that were there before stay.</param>
        public void SavePretrained(string folder, CancellationToken cancellationToken = default) =>
            Pretrained.Save(model, model.ConfigJson, folder, TModel.Form, cancellationToken);
    }
}
