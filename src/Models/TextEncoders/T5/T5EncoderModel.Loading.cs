using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class T5EncoderModel
{
    /// <summary>The token embedding is tied: checkpoints hold it under either name, or both.</summary>
    private static readonly Dictionary<string, string> s_otherNames = new() { ["shared.weight"] = "encoder.embed_tokens.weight" };

    /// <summary>What a whole T5 holds besides: its decoder is not needed here.</summary>
    private static readonly string[] s_decoder = ["decoder.", "lm_head."];

    /// <summary>Builds the model of a folder as transformers saves it, and loads its weights. It is in evaluation mode.</summary>
    /// <param name="folder">
    /// The folder of <c>config.json</c> and the weights (in a pipeline's folder, <c>text_encoder</c>), or a name in the Hub's cache
    /// (<see cref="HubCache"/>), as <c>org/name/text_encoder</c>.
    /// </param>
    /// <param name="dtype">The type to hold the weights in; <see langword="null"/> for torch's default type.</param>
    /// <param name="device">Where to hold them; <see langword="null"/> for torch's default device.</param>
    /// <param name="progress">Told the bytes read, at the start and every 4 MiB at least.</param>
    /// <param name="cancellationToken">Stops loading; what was built is freed.</param>
    /// <param name="variant">Which of several sets of weights, as <c>fp16</c>; <see langword="null"/> for the plain one, or the only one.</param>
    /// <param name="revision">The branch, tag or commit of a snapshot in the Hub's cache; <see langword="null"/> for main.</param>
    /// <exception cref="FileNotFoundException">There is no config, no checkpoint or no such variant, or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// The config has a value of another kind, a weight file is malformed, or tensors do not fit the model; the message names them.
    /// </exception>
    public static T5EncoderModel FromPretrained(
        string folder,
        ScalarType? dtype = null,
        Device? device = null,
        IProgress<LoadProgress>? progress = null,
        CancellationToken cancellationToken = default,
        string? variant = null,
        string? revision = null)
    {
        folder = HubCache.FolderOf(folder, revision);
        var config = T5EncoderModelConfig.FromFile(Pretrained.ConfigIn(folder));
        return Pretrained.Load(() => new T5EncoderModel(config, device, dtype), folder, variant, progress, cancellationToken, s_otherNames, s_decoder);
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
