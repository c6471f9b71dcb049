using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class T5EncoderModel
{
    /// <summary>The token embedding is tied: checkpoints hold it under either name, or both.</summary>
    private static readonly Dictionary<string, string> s_otherNames = new() { ["shared.weight"] = "encoder.embed_tokens.weight" };

    /// <summary>Builds the model of a folder as transformers saves it, and loads its weights. It is in evaluation mode.</summary>
    /// <param name="folder">
    /// The folder of <c>config.json</c> and the weights (in a pipeline's folder, <c>text_encoder</c>).
    /// </param>
    /// <param name="dtype">The type to hold the weights in; <see langword="null"/> for torch's default type.</param>
    /// <param name="device">Where to hold them; <see langword="null"/> for torch's default device.</param>
    /// <param name="progress">Told the bytes read, at the start and every 4 MiB at least.</param>
    /// <param name="cancellationToken">Stops loading; what was built is freed.</param>
    /// <exception cref="FileNotFoundException">There is no config or no checkpoint, or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// The config has a value of another kind, a weight file is malformed, or tensors do not fit the model; the message names them.
    /// </exception>
    public static T5EncoderModel FromPretrained(
        string folder,
        ScalarType? dtype = null,
        Device? device = null,
        IProgress<LoadProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var config = T5EncoderModelConfig.FromFile(Pretrained.ConfigIn(folder));
        return Pretrained.Load(() => new T5EncoderModel(config, device, dtype), folder, progress, cancellationToken, s_otherNames);
    }

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static T5EncoderModel FromConfig(
        T5EncoderModelConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new T5EncoderModel(config, device, dtype);
    }

    /// <summary>Saves <c>config.json</c> and the weights as <see cref="FromPretrained"/> and transformers read them.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="cancellationToken">Stops saving; weights that were there before stay.</param>
    public void SavePretrained(string folder, CancellationToken cancellationToken = default) =>
        Pretrained.Save(this, Config.ToJson(), folder, cancellationToken, Pretrained.TransformersWeights);
}
