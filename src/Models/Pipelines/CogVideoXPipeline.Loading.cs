using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Models;

public sealed partial class CogVideoXPipeline
{
    private const string SchedulerPart = "scheduler";
    private const string TextEncoderPart = "text_encoder";
    private const string TokenizerPart = "tokenizer";
    private const string TransformerPart = "transformer";
    private const string VaePart = "vae";

    /// <summary>
    /// Loads the folder of a pipeline as diffusers saves it: <c>model_index.json</c>, and a folder for each part. Configs, the index and the
    /// headers of all weights are looked at before the first weight is read; what was built is freed where loading fails.
    /// </summary>
    /// <param name="folder">The folder of <c>model_index.json</c>, or a name in the Hub's cache (<see cref="HubCache"/>).</param>
    /// <param name="dtype">The type of all weights: bfloat16 for 5b and 1.5, float16 for 2b, as they were trained, or float32.</param>
    /// <param name="progress">Told the part and the bytes of all parts, at the start of each and every 4 MiB at least.</param>
    /// <param name="cancellationToken">Stops loading.</param>
    /// <param name="variant">Which of several sets of weights, of all models, as <c>fp16</c>; <see langword="null"/> for the plain or only one.</param>
    /// <param name="revision">The branch, tag or commit of a snapshot in the Hub's cache; <see langword="null"/> for main.</param>
    /// <returns>A pipeline on the CPU.</returns>
    /// <exception cref="FileNotFoundException">It is no such folder, or a part, a file of one or a shard is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// The index names other classes, a file is malformed, weights do not fit, or the parts do not go together; the message says which.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static CogVideoXPipeline FromPretrained(
        string folder,
        ScalarType dtype = ScalarType.Float32,
        IProgress<LoadProgress>? progress = null,
        CancellationToken cancellationToken = default,
        string? variant = null,
        string? revision = null)
    {
        folder = HubCache.FolderOf(folder, revision);
        var index = ReadIndex(folder);
        var scheduler = LoadScheduler(index);
        var tokenizer = T5Tokenizer.FromPretrained(index.FolderOf(TokenizerPart));
        CheckConfigs(index, tokenizer, folder);

        var parts = new PartsProgress(progress);
        foreach (var part in (string[])[TextEncoderPart, TransformerPart, VaePart])
            parts.Add(part, index.FolderOf(part), variant);
        var loaded = new List<nn.Module>();
        try
        {
            var textEncoder = Load(TextEncoderPart, (part, progress) => T5EncoderModel.FromPretrained(part, dtype, CPU, progress, cancellationToken, variant));
            var transformer = Load(TransformerPart, (part, progress) => CogVideoXTransformer3DModel.FromPretrained(part, dtype, CPU, progress, cancellationToken, variant));
            var vae = Load(VaePart, (part, progress) => AutoencoderKLCogVideoX.FromPretrained(part, dtype, CPU, progress, cancellationToken, variant));
            return new CogVideoXPipeline(tokenizer, textEncoder, vae, transformer, scheduler);
        }
        catch
        {
            loaded.ForEach(part => part.Dispose());
            throw;
        }

        TModel Load<TModel>(string part, Func<string, IProgress<LoadProgress>, TModel> load) where TModel : nn.Module
        {
            var model = load(index.FolderOf(part), parts.Of(part));
            loaded.Add(model);
            return model;
        }
    }

    /// <summary>Refuses what <see cref="Generate"/> would refuse, for a folder whose weights are not loaded yet.</summary>
    /// <param name="folder">As for <see cref="FromPretrained"/>; only its index and configs are read.</param>
    /// <param name="prompt">As for <see cref="Generate"/>.</param>
    /// <param name="options">As for <see cref="Generate"/>.</param>
    /// <param name="cache">The cache that will be enabled, if any.</param>
    /// <param name="device">Where it will run, the CPU if not given: what a device other than this holds is not known here.</param>
    /// <param name="revision">As for <see cref="FromPretrained"/>.</param>
    /// <exception cref="ArgumentException">
    /// An option is out of range, a tensor is of another shape, or the cache cannot work with this model or these options.
    /// </exception>
    /// <exception cref="InsufficientMemoryException">It cannot fit into memory; see <c>Afterimage.IgnoreMemoryEstimates</c> in docs/text-to-video.md.</exception>
    /// <exception cref="FileNotFoundException">It is no such folder, or a part or its config is missing.</exception>
    /// <exception cref="InvalidDataException">The index or a config is malformed.</exception>
    public static void CheckOptions(
        string folder, string? prompt, CogVideoXGenerationOptions? options = null, CacheConfig? cache = null, Device? device = null, string? revision = null) =>
        Resolve(folder, prompt, options, cache, device, revision);

    /// <summary>As <see cref="CheckOptions"/>, and gives the sizes that come of the options.</summary>
    internal static CogVideoXRequest Resolve(
        string folder, string? prompt, CogVideoXGenerationOptions? options, CacheConfig? cache, Device? device, string? revision = null)
    {
        using var scope = NewDisposeScope();
        var index = ReadIndex(HubCache.FolderOf(folder, revision));
        options ??= new();
        var (transformer, vae) = (TransformerConfig(index), VaeConfig(index));
        var request = CogVideoXRequest.Resolve(prompt, options, transformer, vae, (device ?? CPU).type == DeviceType.CPU);
        var scheduler = LoadScheduler(index, quietly: true);
        scheduler.SetTimesteps(options.NumInferenceSteps);
        RotaryPositions(transformer, vae, request, CPU);
        if (cache is null)
            return request;
        using var model = CogVideoXTransformer3DModel.FromConfig(transformer, META);
        CachePlan.Create(cache, TimestepsOf(scheduler), model.CacheSites, LayoutOf(request));
        return request;
    }

    /// <summary>The index, with the classes of all parts checked.</summary>
    private static PipelineIndex ReadIndex(string folder)
    {
        var index = PipelineIndex.Read(folder, nameof(CogVideoXPipeline));
        index.ClassOf(SchedulerPart, nameof(CogVideoXDDIMScheduler), nameof(CogVideoXDPMScheduler));
        index.ClassOf(TokenizerPart, nameof(T5Tokenizer), "T5TokenizerFast");
        index.ClassOf(TextEncoderPart, nameof(T5EncoderModel));
        index.ClassOf(VaePart, nameof(AutoencoderKLCogVideoX));
        index.ClassOf(TransformerPart, nameof(CogVideoXTransformer3DModel));
        return index;
    }

    /// <summary>The scheduler that the index names, whichever one's settings the part has.</summary>
    private static CogVideoXScheduler LoadScheduler(PipelineIndex index, bool quietly = false)
    {
        var settings = Path.Combine(index.FolderOf(SchedulerPart), "scheduler_config.json");
        return index.ClassOf(SchedulerPart, nameof(CogVideoXDDIMScheduler), nameof(CogVideoXDPMScheduler)) == nameof(CogVideoXDPMScheduler)
            ? new CogVideoXDPMScheduler(Config<CogVideoXDPMScheduler>())
            : new CogVideoXDDIMScheduler(Config<CogVideoXDDIMScheduler>());

        CogVideoXSchedulerConfig Config<TScheduler>() => quietly
            ? CogVideoXSchedulerConfig.Read<TScheduler>(settings)
            : CogVideoXSchedulerConfig.FromFile<TScheduler>(settings);
    }

    private static AutoencoderKLCogVideoXConfig VaeConfig(PipelineIndex index) =>
        AutoencoderKLCogVideoXConfig.Read(Pretrained.ConfigIn(index.FolderOf(VaePart)));

    private static CogVideoXTransformer3DModelConfig TransformerConfig(PipelineIndex index) =>
        CogVideoXTransformer3DModelConfig.Read(Pretrained.ConfigIn(index.FolderOf(TransformerPart)));

    /// <summary>Compares the parts before their weights are read.</summary>
    private static void CheckConfigs(PipelineIndex index, T5Tokenizer tokenizer, string folder)
    {
        var textEncoder = T5EncoderModelConfig.Read(Pretrained.ConfigIn(index.FolderOf(TextEncoderPart)));
        try
        {
            CheckParts(tokenizer, textEncoder, VaeConfig(index), TransformerConfig(index));
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{folder}: {e.Message}", e);
        }
    }

    private static void CheckParts(
        T5Tokenizer tokenizer, T5EncoderModelConfig textEncoder, AutoencoderKLCogVideoXConfig vae, CogVideoXTransformer3DModelConfig transformer)
    {
        if (tokenizer.VocabSize > textEncoder.VocabSize)
        {
            throw new ArgumentException(
                $"expected a tokenizer of at most {textEncoder.VocabSize} tokens, as the text encoder's vocab_size, found {tokenizer.VocabSize}");
        }

        if (transformer.TextEmbedDim != textEncoder.DModel)
        {
            throw new ArgumentException(
                $"expected a text encoder of width {transformer.TextEmbedDim}, as the transformer's text_embed_dim, found d_model {textEncoder.DModel}");
        }

        if (transformer.InChannels != vae.LatentChannels || transformer.Outputs != vae.LatentChannels || transformer.OfsEmbedDim is not null)
        {
            throw new ArgumentException(
                $"expected a transformer of text-to-video, from the {vae.LatentChannels} channels of the autoencoder's latents to as many; found one "
                + $"from {transformer.InChannels} to {transformer.Outputs}{(transformer.OfsEmbedDim is null ? "" : " with an ofs embedding")} (image-to-video?)");
        }
    }
}
