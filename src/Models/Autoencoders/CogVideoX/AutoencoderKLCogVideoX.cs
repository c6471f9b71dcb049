using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The autoencoder of CogVideoX: a video to latents of an eighth of its height and width and about a quarter of its frames, and
/// back. Frames go through in batches, with the last frames that each convolution saw kept in between. State-dict names are
/// those of diffusers. It encodes 1 frame, 8·k or 8·k + 1; an odd number of latent frames decodes to one frame and then 4 per latent frame, an even
/// number to 4 for each. Source: diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>.
/// </summary>
public sealed partial class AutoencoderKLCogVideoX : Autoencoder, IPretrainedModel<AutoencoderKLCogVideoX>
{
    /// <summary>Of which the networks were trained to take at once.</summary>
    private const int LatentFrames = 2;

    private const int SampleFrames = 8;

    private readonly CogVideoXEncoder3D encoder;
    private readonly CogVideoXDecoder3D decoder;
    private readonly Convolution? quant_conv;
    private readonly Convolution? post_quant_conv;

    private AutoencoderKLCogVideoX(AutoencoderKLCogVideoXConfig config, Device? device, ScalarType? dtype)
        : base(nameof(AutoencoderKLCogVideoX))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        encoder = new CogVideoXEncoder3D(config, device, dtype);
        decoder = new CogVideoXDecoder3D(config, device, dtype);
        // As wide as the output and not as the latents, as in diffusers.
        long width = config.OutChannels;
        quant_conv = config.UseQuantConv ? new Convolution(2 * width, 2 * width, [1, 1, 1], 1, 0, device, dtype) : null;
        post_quant_conv = config.UsePostQuantConv ? new Convolution(width, width, [1, 1, 1], 1, 0, device, dtype) : null;
        _tiles = new OverlappingTiles(config.SampleHeight / 2, config.SampleWidth / 2, 1 / 6.0, 1 / 5.0, config.SpatialCompressionRatio);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public AutoencoderKLCogVideoXConfig Config { get; }

    string IPretrainedModel<AutoencoderKLCogVideoX>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static AutoencoderKLCogVideoX FromConfig(AutoencoderKLCogVideoXConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new AutoencoderKLCogVideoX(config, device, dtype);
    }

    static AutoencoderKLCogVideoX IPretrainedModel<AutoencoderKLCogVideoX>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(AutoencoderKLCogVideoXConfig.FromFile(path), device, dtype);

    /// <inheritdoc/>
    public override int SpatialCompressionRatio => Config.SpatialCompressionRatio;

    private protected override int SampleChannels => Config.InChannels;

    private protected override int LatentChannels => Config.LatentChannels;

    private protected override Tensor EncodeOne(Tensor sample, CancellationToken cancellationToken) =>
        UseTiling && _tiles.OfEncoding is var grid && grid.IsExceededBy(sample.shape)
            ? grid.Apply(sample, each => EncodeTile(each, cancellationToken))
            : EncodeTile(sample, cancellationToken);

    private protected override Tensor DecodeOne(Tensor latents, CancellationToken cancellationToken) =>
        UseTiling && _tiles.OfDecoding is var grid && grid.IsExceededBy(latents.shape)
            ? grid.Apply(latents, each => DecodeTile(each, cancellationToken))
            : DecodeTile(latents, cancellationToken);

    private protected override Footprint MeasureEncode(Extent sample) => Measure(sample, UseTiling ? _tiles.OfEncoding : null, tile => FrameBatches.Measure(
        tile, FirstBatch(tile.Frames, SampleFrames), SampleFrames, frames => Footprint.Of(frames).Then(encoder.Measure).Then(quant_conv)));

    private protected override Footprint MeasureDecode(Extent latents) => Measure(latents, UseTiling ? _tiles.OfDecoding : null, tile => FrameBatches.Measure(
        tile, FirstBatch(tile.Frames, LatentFrames), LatentFrames, frames => Footprint.Of(frames).Then(post_quant_conv).Then(decoder.Measure)));

    private Tensor EncodeTile(Tensor sample, CancellationToken cancellationToken) =>
        FrameBatches.Apply(sample, (long)FirstBatch(sample.size(2), SampleFrames), SampleFrames, cancellationToken, (frames, cache) =>
        {
            var moments = encoder.call(frames, cache);
            return quant_conv is null ? moments : moments.Then(quant_conv.call);
        });

    private Tensor DecodeTile(Tensor latents, CancellationToken cancellationToken) =>
        FrameBatches.Apply(latents, (long)FirstBatch(latents.size(2), LatentFrames), LatentFrames, cancellationToken, (frames, cache) =>
        {
            using var mapped = post_quant_conv?.call(frames);
            return decoder.call(mapped ?? frames, cache);
        });

    /// <summary>What is left over of the frames goes with the first batch.</summary>
    private static double FirstBatch(double frames, int size) => Math.Min(frames, size + frames % size);
}
