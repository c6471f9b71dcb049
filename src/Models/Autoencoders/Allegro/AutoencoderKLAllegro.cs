using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The autoencoder of Allegro: a video to latents of an eighth of its height and width and a quarter of its frames, and back. It works in tiles
/// only, over frames too: call <see cref="EnableTiling()"/> first. Tiles cover a video whose frames, height and width are <see cref="Kernel"/>
/// and any multiple of <see cref="Stride"/> more (88 frames of 720 × 1280 with the first ones), and other sizes are refused. As in diffusers, what
/// <see cref="Autoencoder.Decode"/> returns has frames before channels, [batch, frames, channels, height, width]; so it is not what
/// <see cref="Autoencoder.Encode"/> takes. State-dict names are those of diffusers. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_allegro.py</c>.
/// </summary>
public sealed partial class AutoencoderKLAllegro : Autoencoder, IPretrainedModel<AutoencoderKLAllegro>
{
    private readonly AllegroEncoder3D encoder;
    private readonly AllegroDecoder3D decoder;
    private readonly Convolution quant_conv;
    private readonly Convolution post_quant_conv;

    private AutoencoderKLAllegro(AutoencoderKLAllegroConfig config, Device? device, ScalarType? dtype)
        : base(nameof(AutoencoderKLAllegro))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        encoder = new AllegroEncoder3D(config, device, dtype);
        decoder = new AllegroDecoder3D(config, device, dtype);
        quant_conv = new Convolution(2L * config.LatentChannels, 2L * config.LatentChannels, [1, 1], 1, 0, device, dtype);
        post_quant_conv = new Convolution(config.LatentChannels, config.LatentChannels, [1, 1], 1, 0, device, dtype);
        Kernel = (SampleFrames, config.SampleSize, config.SampleSize);
        Stride = (SampleFrames - OverlapFrames, config.SampleSize - OverlapHeight, config.SampleSize - OverlapWidth);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public AutoencoderKLAllegroConfig Config { get; }

    string IPretrainedModel<AutoencoderKLAllegro>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static AutoencoderKLAllegro FromConfig(AutoencoderKLAllegroConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new AutoencoderKLAllegro(config, device, dtype);
    }

    static AutoencoderKLAllegro IPretrainedModel<AutoencoderKLAllegro>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(AutoencoderKLAllegroConfig.FromFile(path), device, dtype);

    /// <inheritdoc/>
    public override int SpatialCompressionRatio => Config.SpatialCompressionRatio;

    private protected override int SampleChannels => Config.InChannels;

    private protected override int LatentChannels => Config.LatentChannels;

    private protected override Tensor EncodeOne(Tensor sample, CancellationToken cancellationToken)
    {
        CheckTiling();
        return TilesOfEncoding.Apply(sample, 2L * Config.LatentChannels, tile =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return encoder.call(tile);
        }).Then(moments => Framewise.Apply(moments, quant_conv.call));
    }

    private protected override Tensor DecodeOne(Tensor latents, CancellationToken cancellationToken)
    {
        CheckTiling();
        return TilesOfDecoding.Apply(latents, Config.OutChannels, tile =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Framewise.Apply(tile, post_quant_conv.call).Then(decoder.call);
        }).Then(video => video.transpose(1, 2)).Then(video => video.contiguous());
    }

    private protected override Footprint MeasureEncode(Extent sample)
    {
        CheckTiling();
        return Footprint.Of(sample).Then(each => TilesOfEncoding.Measure(each, encoder.Measure)).Then(Framewise.Measure(quant_conv.Measure));
    }

    private protected override Footprint MeasureDecode(Extent latents)
    {
        CheckTiling();
        var video = TilesOfDecoding.Measure(latents, tile => Footprint.Of(tile).Then(Framewise.Measure(post_quant_conv.Measure)).Then(decoder.Measure));
        return Footprint.Of(latents).Then(_ => video).Then(video.Output);
    }

    private void CheckTiling()
    {
        if (!UseTiling)
            throw new NotSupportedException($"{nameof(AutoencoderKLAllegro)} works in tiles only: call {nameof(EnableTiling)}() first");
    }
}
