using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The autoencoder of pictures that Flux, and before it Stable Diffusion, came with: a picture [batch, channels, height, width] to latents of an
/// eighth of its height and width (with four sizes), and back. Latte uses it frame by frame. State-dict names are those of diffusers; the older
/// names of attention weights, which checkpoints of Stable Diffusion have, are read too. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl.py</c>.
/// </summary>
public sealed partial class AutoencoderKL : Autoencoder, IPretrainedModel<AutoencoderKL>
{
    private readonly Encoder2D encoder;
    private readonly Decoder2D decoder;
    private readonly Convolution? quant_conv;
    private readonly Convolution? post_quant_conv;

    private AutoencoderKL(AutoencoderKLConfig config, Device? device, ScalarType? dtype)
        : base(nameof(AutoencoderKL))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        encoder = new Encoder2D(config, device, dtype);
        decoder = new Decoder2D(config, device, dtype);
        long width = config.LatentChannels;
        quant_conv = config.UseQuantConv ? new Convolution(2 * width, 2 * width, [1, 1], 1, 0, device, dtype) : null;
        post_quant_conv = config.UsePostQuantConv ? new Convolution(width, width, [1, 1], 1, 0, device, dtype) : null;
        TileSampleMinSize = config.SampleSize;
        TileLatentMinSize = config.SampleSize / config.SpatialCompressionRatio;
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public AutoencoderKLConfig Config { get; }

    /// <summary>Attention of the smallest size had other names in the first years.</summary>
    static CheckpointForm IPretrainedModel<AutoencoderKL>.Form { get; } = CheckpointForm.Diffusers with { OtherNames = OldNames() };

    string IPretrainedModel<AutoencoderKL>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static AutoencoderKL FromConfig(AutoencoderKLConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new AutoencoderKL(config, device, dtype);
    }

    static AutoencoderKL IPretrainedModel<AutoencoderKL>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(AutoencoderKLConfig.FromFile(path), device, dtype);

    /// <inheritdoc/>
    public override int SpatialCompressionRatio => Config.SpatialCompressionRatio;

    private protected override int SampleChannels => Config.InChannels;

    private protected override int LatentChannels => Config.LatentChannels;

    private protected override string[] Axes => PictureAxes;

    private protected override Tensor EncodeOne(Tensor sample, CancellationToken cancellationToken) =>
        UseTiling && TilesOfEncoding is var grid && grid.IsExceededBy(sample.shape)
            ? grid.Apply(sample, each => EncodeTile(each, cancellationToken))
            : EncodeTile(sample, cancellationToken);

    private protected override Tensor DecodeOne(Tensor latents, CancellationToken cancellationToken) =>
        UseTiling && TilesOfDecoding is var grid && grid.IsExceededBy(latents.shape)
            ? grid.Apply(latents, each => DecodeTile(each, cancellationToken))
            : DecodeTile(latents, cancellationToken);

    private protected override Footprint MeasureEncode(Extent sample) =>
        Measure(sample, UseTiling ? TilesOfEncoding : null, tile => Footprint.Of(tile).Then(encoder.Measure).Then(quant_conv));

    private protected override Footprint MeasureDecode(Extent latents) =>
        Measure(latents, UseTiling ? TilesOfDecoding : null, tile => Footprint.Of(tile).Then(post_quant_conv).Then(decoder.Measure));

    private Tensor EncodeTile(Tensor sample, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var moments = encoder.call(sample);
        return quant_conv is null ? moments : moments.Then(quant_conv.call);
    }

    private Tensor DecodeTile(Tensor latents, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var mapped = post_quant_conv?.call(latents);
        return decoder.call(mapped ?? latents);
    }

    /// <summary>The older name of each weight that has one.</summary>
    private static Dictionary<string, string> OldNames()
    {
        (string Now, string Then)[] layers = [("to_q", "query"), ("to_k", "key"), ("to_v", "value"), ("to_out.0", "proj_attn")];
        return (
            from part in (string[])["encoder", "decoder"]
            let attention = $"{part}.mid_block.attentions.0"
            from layer in layers
            from kind in (string[])["weight", "bias"]
            select (Now: $"{attention}.{layer.Now}.{kind}", Then: $"{attention}.{layer.Then}.{kind}"))
            .ToDictionary(name => name.Now, name => name.Then);
    }
}
