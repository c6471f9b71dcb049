using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The autoencoder of Mochi, of which there is the decoder only: latents to a video of 8 times their height and width and about 6 times their frames. A checkpoint may
/// hold the encoder or not; it is neither loaded nor saved. State-dict names are those of diffusers. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_mochi.py</c>.
/// </summary>
public sealed class AutoencoderKLMochi : StridedAutoencoder, IPretrainedModel<AutoencoderKLMochi>
{
    private readonly MochiDecoder3D decoder;

    private AutoencoderKLMochi(AutoencoderKLMochiConfig config, Device? device, ScalarType? dtype)
        : base(nameof(AutoencoderKLMochi))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        SpatialCompressionRatio = config.SpatialExpansions.Aggregate(1, (product, expansion) => product * expansion);
        TemporalCompressionRatio = config.TemporalExpansions.Aggregate(1, (product, expansion) => product * expansion);
        decoder = new MochiDecoder3D(config, device, dtype);
        (TileSampleMinHeight, TileSampleMinWidth) = (256, 256);
        (TileSampleStrideHeight, TileSampleStrideWidth) = (192, 192);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public AutoencoderKLMochiConfig Config { get; }

    static CheckpointForm IPretrainedModel<AutoencoderKLMochi>.Form => CheckpointForm.Diffusers with { PassedOver = ["encoder."] };

    string IPretrainedModel<AutoencoderKLMochi>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static AutoencoderKLMochi FromConfig(AutoencoderKLMochiConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new AutoencoderKLMochi(config, device, dtype);
    }

    static AutoencoderKLMochi IPretrainedModel<AutoencoderKLMochi>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(AutoencoderKLMochiConfig.FromFile(path), device, dtype);

    /// <inheritdoc/>
    public override int SpatialCompressionRatio { get; }

    /// <summary>How many frames one latent frame stands for.</summary>
    public int TemporalCompressionRatio { get; }

    /// <summary>
    /// Whether all but the last of the first latent frame's frames are left out, so that it stands for one, as it does in diffusers: n latent frames decode to
    /// <see cref="TemporalCompressionRatio"/> · (n − 1) + 1 frames, and else to one of them each.
    /// </summary>
    public bool DropLastTemporalFrames { get; set; } = true;

    /// <summary>
    /// Whether <see cref="NumLatentFramesBatchSize"/> latent frames are decoded at a time, each batch as if there were nothing before it: less memory, and a jump between
    /// batches.
    /// </summary>
    public bool UseFramewiseDecoding { get; set; }

    /// <summary>How many latent frames are decoded at a time where <see cref="UseFramewiseDecoding"/> is set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int NumLatentFramesBatchSize
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = 2;

    private protected override int SampleChannels => Config.SampleChannels;

    private protected override int LatentChannels => Config.LatentChannels;

    private protected override void CheckSample(ReadOnlySpan<long> sample) => throw CannotEncode();

    private protected override Tensor EncodeOne(Tensor sample, CancellationToken cancellationToken) => throw CannotEncode();

    private protected override Tensor DecodeOne(Tensor latents, CancellationToken cancellationToken) =>
        DecodeTiled(latents, tile => DecodeTile(tile, cancellationToken));

    private protected override Footprint MeasureEncode(Extent sample) => throw CannotEncode();

    private protected override Footprint MeasureDecode(Extent latents) => MeasureDecodeTiled(latents, MeasureDecodeTile);

    /// <summary>With the frames of all batches, the same joined, and what is kept of them.</summary>
    private Footprint MeasureDecodeTile(Extent latents)
    {
        var batch = decoder.Measure(latents with { Frames = UseFramewiseDecoding ? Math.Min(NumLatentFramesBatchSize, latents.Frames) : latents.Frames });
        var all = batch.Output with { Frames = latents.Frames * TemporalCompressionRatio };
        var isInBatches = batch.Output.Frames < all.Frames;
        return new(
            DropLastTemporalFrames ? all with { Frames = all.Frames - (TemporalCompressionRatio - 1) } : all,
            latents.Bytes + Math.Max((isInBatches ? all.Bytes : 0) + batch.Peak, (isInBatches ? 3 : 2) * all.Bytes));
    }

    private Tensor DecodeTile(Tensor latents, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        var parts = new List<Tensor>();
        foreach (var batch in UseFramewiseDecoding ? latents.split(NumLatentFramesBatchSize, 2) : [latents])
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.Add(decoder.call(batch));
        }
        var video = parts.Count == 1 ? parts[0] : cat(parts, 2);
        var dropped = DropLastTemporalFrames && video.size(2) >= TemporalCompressionRatio ? TemporalCompressionRatio - 1 : 0;
        return video.narrow(2, dropped, video.size(2) - dropped).contiguous().MoveToOuterDisposeScope();
    }

    private static NotSupportedException CannotEncode() => new(
        "AutoencoderKLMochi has no encoder here: it decodes latents only; encode with diffusers, and decode what comes of it here");
}
