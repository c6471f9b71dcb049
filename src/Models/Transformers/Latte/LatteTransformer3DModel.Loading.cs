using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class LatteTransformer3DModel
{
    /// <summary>Builds the model of a folder as diffusers saves it, and loads its weights. It is in evaluation mode.</summary>
    /// <param name="folder">
    /// The folder of <c>config.json</c> and the weights (in a pipeline's folder, <c>transformer</c>), or a name in the Hub's cache
    /// (<see cref="HubCache"/>), as <c>org/name/transformer</c>.
    /// </param>
    /// <param name="dtype">The type to hold the weights in; <see langword="null"/> for torch's default type.</param>
    /// <param name="device">Where to hold them; <see langword="null"/> for torch's default device.</param>
    /// <param name="progress">Told the bytes read, at the start and every 4 MiB at least.</param>
    /// <param name="cancellationToken">Stops loading; what was built is freed.</param>
    /// <param name="variant">Which of several sets of weights, as <c>fp16</c>; <see langword="null"/> for the plain one, or the only one.</param>
    /// <param name="revision">The branch, tag or commit of a snapshot in the Hub's cache; <see langword="null"/> for main.</param>
    /// <exception cref="FileNotFoundException">There is no config, no checkpoint or no such variant, or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// The config has a value that cannot be used, a weight file is malformed, or tensors do not fit the model; the message names them.
    /// </exception>
    public static LatteTransformer3DModel FromPretrained(
        string folder,
        ScalarType? dtype = null,
        Device? device = null,
        IProgress<LoadProgress>? progress = null,
        CancellationToken cancellationToken = default,
        string? variant = null,
        string? revision = null)
    {
        folder = HubCache.FolderOf(folder, revision);
        var config = LatteTransformer3DModelConfig.FromFile(Pretrained.ConfigIn(folder));
        return Pretrained.Load(() => new LatteTransformer3DModel(config, device, dtype), folder, variant, progress, cancellationToken);
    }

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static LatteTransformer3DModel FromConfig(
        LatteTransformer3DModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new LatteTransformer3DModel(config, device, dtype);
    }

    /// <summary>Saves <c>config.json</c> and the weights as <see cref="FromPretrained"/> and diffusers read them.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="cancellationToken">Stops saving; weights that were there before stay.</param>
    public void SavePretrained(string folder, CancellationToken cancellationToken = default) =>
        Pretrained.Save(this, Config.ToJson(), folder, cancellationToken);
}
