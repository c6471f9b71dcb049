using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The autoencoder of Hunyuan Video: a video to latents of an eighth of its height and width and about a quarter of its frames, and back. Long videos go through in
/// tiles of frames unless that is unset. State-dict names are those of diffusers. It encodes any number of frames; one latent frame decodes to one frame, each more to 4.
/// Source: diffusers <c>models/autoencoders/autoencoder_kl_hunyuan_video.py</c>.
/// </summary>
public sealed class AutoencoderKLHunyuanVideo : FramewiseAutoencoder, IPretrainedModel<AutoencoderKLHunyuanVideo>
{
    private readonly HunyuanVideoEncoder3D encoder;
    private readonly HunyuanVideoDecoder3D decoder;
    private readonly Convolution quant_conv;
    private readonly Convolution post_quant_conv;

    private AutoencoderKLHunyuanVideo(AutoencoderKLHunyuanVideoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(AutoencoderKLHunyuanVideo))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        encoder = new HunyuanVideoEncoder3D(config, device, dtype);
        decoder = new HunyuanVideoDecoder3D(config, device, dtype);
        long latents = config.LatentChannels;
        quant_conv = new Convolution(2 * latents, 2 * latents, [1, 1, 1], 1, 0, device, dtype);
        post_quant_conv = new Convolution(latents, latents, [1, 1, 1], 1, 0, device, dtype);
        (UseFramewiseEncoding, UseFramewiseDecoding) = (true, true);
        (TileSampleMinHeight, TileSampleMinWidth, TileSampleMinNumFrames) = (256, 256, 16);
        (TileSampleStrideHeight, TileSampleStrideWidth, TileSampleStrideNumFrames) = (192, 192, 12);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public AutoencoderKLHunyuanVideoConfig Config { get; }

    string IPretrainedModel<AutoencoderKLHunyuanVideo>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    /// <exception cref="NotSupportedException">They ask for a compression of time other than 4.</exception>
    public static AutoencoderKLHunyuanVideo FromConfig(AutoencoderKLHunyuanVideoConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new AutoencoderKLHunyuanVideo(config, device, dtype);
    }

    static AutoencoderKLHunyuanVideo IPretrainedModel<AutoencoderKLHunyuanVideo>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(AutoencoderKLHunyuanVideoConfig.FromFile(path), device, dtype);

    /// <inheritdoc/>
    public override int SpatialCompressionRatio => Config.SpatialCompressionRatio;

    /// <inheritdoc/>
    public override int TemporalCompressionRatio => Config.TemporalCompressionRatio;

    private protected override int SampleChannels => Config.InChannels;

    private protected override int LatentChannels => Config.LatentChannels;

    private protected override Tensor EncodeOne(Tensor sample, CancellationToken cancellationToken) =>
        EncodeInTiles(sample, UseFramewiseEncoding, tile => encoder.call(tile).Then(quant_conv.call), cancellationToken);

    private protected override Tensor DecodeOne(Tensor latents, CancellationToken cancellationToken) =>
        DecodeInTiles(latents, dropsLast: false, tile => post_quant_conv.call(tile).Then(decoder.call), cancellationToken);

    private protected override Footprint MeasureEncode(Extent sample) =>
        MeasureEncodeInTiles(sample, UseFramewiseEncoding, tile => Footprint.Of(tile).Then(encoder.Measure).Then(quant_conv.Measure));

    private protected override Footprint MeasureDecode(Extent latents) =>
        MeasureDecodeInTiles(latents, dropsLast: false, tile => Footprint.Of(tile).Then(post_quant_conv.Measure).Then(decoder.Measure));
}
