using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The autoencoder of LTX, 0.9.0 and later: a video to latents of a 32nd of its height and width and about an eighth of its frames, and back. From 0.9.1 on it decodes
/// for a timestep. State-dict names are those of diffusers. One latent frame decodes to one frame, each more to <see cref="TemporalCompressionRatio"/>; an encoder of
/// 0.9.5 takes 1 frame and a multiple of that, others any number. As in diffusers, <see cref="FramewiseAutoencoder.UseFramewiseDecoding"/> says for encoding, too, whether
/// long videos go through in tiles of frames. Source: diffusers <c>models/autoencoders/autoencoder_kl_ltx.py</c>.
/// </summary>
public sealed class AutoencoderKLLTXVideo : FramewiseAutoencoder, IPretrainedModel<AutoencoderKLLTXVideo>
{
    private readonly LTXVideoEncoder3d encoder;
    private readonly LTXVideoDecoder3d decoder;
    private readonly Tensor latents_mean;
    private readonly Tensor latents_std;

    private AutoencoderKLLTXVideo(AutoencoderKLLTXVideoConfig config, Device? device, ScalarType? dtype)
        : base(nameof(AutoencoderKLLTXVideo))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        var (pixels, frames) = LTXVideoStages.Compression(config);
        (SpatialCompressionRatio, TemporalCompressionRatio) = ((int)pixels, (int)frames);
        encoder = new LTXVideoEncoder3d(config, device, dtype);
        decoder = new LTXVideoDecoder3d(config, device, dtype);
        latents_mean = zeros(config.LatentChannels, dtype: dtype, device: device).DetachFromDisposeScope();
        latents_std = ones(config.LatentChannels, dtype: dtype, device: device).DetachFromDisposeScope();
        (TileSampleMinHeight, TileSampleMinWidth, TileSampleMinNumFrames) = (512, 512, 16);
        (TileSampleStrideHeight, TileSampleStrideWidth, TileSampleStrideNumFrames) = (448, 448, 8);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public AutoencoderKLLTXVideoConfig Config { get; }

    string IPretrainedModel<AutoencoderKLLTXVideo>.ConfigJson => Config.ToJson();

    /// <summary>The means of this autoencoder's latents, [latent channels], from the checkpoint; the transformer's are less by these. The model owns them.</summary>
    public Tensor LatentsMean => latents_mean;

    /// <summary>Their standard deviations, [latent channels], which the transformer's are then divided by. The model owns them.</summary>
    public Tensor LatentsStd => latents_std;

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    /// <exception cref="NotSupportedException">They ask for patches of several frames.</exception>
    public static AutoencoderKLLTXVideo FromConfig(AutoencoderKLLTXVideoConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new AutoencoderKLLTXVideo(config, device, dtype);
    }

    static AutoencoderKLLTXVideo IPretrainedModel<AutoencoderKLLTXVideo>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(AutoencoderKLLTXVideoConfig.FromFile(path), device, dtype);

    /// <inheritdoc/>
    public override int SpatialCompressionRatio { get; }

    /// <inheritdoc/>
    public override int TemporalCompressionRatio { get; }

    private protected override int SampleChannels => Config.InChannels;

    private protected override int LatentChannels => Config.LatentChannels;

    /// <summary>Decodes latents for a timestep. The caller owns the result.</summary>
    /// <param name="latents">[batch, latent channels, latent frames, latent height, latent width]</param>
    /// <param name="temb">
    /// How much noise each sample of the batch still has, [batch], from 0 to 1; <see langword="null"/> exactly where the config has no <c>timestep_conditioning</c>.
    /// </param>
    /// <param name="cancellationToken">Looked at before each tile.</param>
    /// <returns>[batch, channels, frames, height, width], usually in [−1, 1].</returns>
    /// <exception cref="ArgumentException">The latents or the timestep have another shape or type, or one is missing or too many.</exception>
    public Tensor Decode(Tensor latents, Tensor? temb, CancellationToken cancellationToken = default)
    {
        if (temb is null)
            return Decode(latents, cancellationToken);
        Check(latents, nameof(latents), LatentChannels, "latent channels");
        if (!Config.TimestepConditioning)
            throw new ArgumentException("this model decodes without a timestep: expected none", nameof(temb));
        if (temb.dim() != 1 || temb.size(0) != latents.size(0) || !is_floating_point(temb.dtype) || temb.device_type != latents.device_type)
            throw new ArgumentException(
                $"expected a timestep for each sample, [{latents.size(0)}], floating-point on {latents.device}, got [{string.Join(", ", temb.shape)}], {temb.dtype} on {temb.device}",
                nameof(temb));
        if (!UseSlicing)
            return DecodeFor(temb, latents, cancellationToken);
        using var scope = NewDisposeScope();
        return cat([.. temb.split(1).Zip(latents.split(1), (timestep, each) => DecodeFor(timestep, each, cancellationToken))], 0).MoveToOuterDisposeScope();
    }

    // diffusers asks use_framewise_decoding here, too; use_framewise_encoding has no effect there.
    private protected override Tensor EncodeOne(Tensor sample, CancellationToken cancellationToken) =>
        EncodeInTiles(sample, UseFramewiseDecoding, Encode, cancellationToken);

    private protected override Tensor DecodeOne(Tensor latents, CancellationToken cancellationToken) => Config.TimestepConditioning
        ? throw new ArgumentException("this model decodes for a timestep: expected temb [batch], found none; call Decode(latents, temb)", "temb")
        : DecodeFor(null, latents, cancellationToken);

    // Of a tile that is not the first, diffusers leaves out the last frame, not the first.
    private Tensor DecodeFor(Tensor? temb, Tensor latents, CancellationToken cancellationToken) =>
        DecodeInTiles(latents, dropsLast: true, tile => decoder.call(tile, temb), cancellationToken);

    private protected override Footprint MeasureEncode(Extent sample) => MeasureEncodeInTiles(sample, UseFramewiseDecoding, tile =>
    {
        CheckTile(tile.Frames, tile.Height, tile.Width);
        return encoder.Measure(tile);
    });

    private protected override Footprint MeasureDecode(Extent latents) => MeasureDecodeInTiles(latents, dropsLast: true, decoder.Measure);

    private Tensor Encode(Tensor tile)
    {
        CheckTile(tile.size(2), tile.size(3), tile.size(4));
        return encoder.call(tile);
    }

    private void CheckTile(double frames, double height, double width)
    {
        var folds = LTXVideoStages.Downs(Config).Any(down => down.Folds && down.Downsampling is not (null or "conv"));
        var (pixels, step) = folds ? (SpatialCompressionRatio, TemporalCompressionRatio) : (Config.PatchSize, 1);
        if (height % pixels != 0 || width % pixels != 0 || (frames - 1) % step != 0)
            throw new ArgumentException(
                $"expected 1 + {step}·n frames and height and width in multiples of {pixels}, also in tiles; got {frames} frames of {height} × {width}", "sample");
    }
}
