using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The autoencoder of Wan 2.1, and of Wan 2.2 (<see cref="AutoencoderKLWanConfig.IsResidual"/>): a video to latents of an eighth (2.2: a
/// sixteenth) of its height and width and about a quarter of its frames, and back. Frames go through in batches, with the last frames that each
/// convolution saw kept in between. It encodes 1 + 4·k frames, and leaves out what is over, as diffusers does; k + 1 latent frames decode to
/// 1 + 4·k frames, held within [−1, 1]. State-dict names are those of diffusers. Source: diffusers
/// <c>models/autoencoders/autoencoder_kl_wan.py</c>.
/// </summary>
public sealed class AutoencoderKLWan : StridedAutoencoder, IPretrainedModel<AutoencoderKLWan>
{
    /// <summary>That go through the encoder at once, after the first.</summary>
    internal const int SampleFrames = 4;

    private readonly WanEncoder3d encoder;
    private readonly Convolution quant_conv;
    private readonly Convolution post_quant_conv;
    private readonly WanDecoder3d decoder;

    private AutoencoderKLWan(AutoencoderKLWanConfig config, Device? device, ScalarType? dtype)
        : base(nameof(AutoencoderKLWan))
    {
        config.Check();
        ModelSize.Of(config).Check(device, dtype);
        Config = config;
        encoder = new WanEncoder3d(config, device, dtype);
        quant_conv = new Convolution(2L * config.ZDim, 2L * config.ZDim, [1, 1, 1], 1, 0, device, dtype);
        post_quant_conv = new Convolution(config.ZDim, config.ZDim, [1, 1, 1], 1, 0, device, dtype);
        decoder = new WanDecoder3d(config, device, dtype);
        (TileSampleMinHeight, TileSampleMinWidth) = (256, 256);
        (TileSampleStrideHeight, TileSampleStrideWidth) = (192, 192);
        RegisterComponents();
        Pretrained.Freeze(this);
    }

    /// <summary>The settings this model was built from.</summary>
    public AutoencoderKLWanConfig Config { get; }

    string IPretrainedModel<AutoencoderKLWan>.ConfigJson => Config.ToJson();

    /// <summary>Builds a model with random weights (seeded by torch), in evaluation mode.</summary>
    /// <param name="config">Its settings.</param>
    /// <param name="device">Where the weights are; on the meta device they take no memory.</param>
    /// <param name="dtype">The type of the weights; <see langword="null"/> for torch's default type.</param>
    /// <exception cref="ArgumentException">No model can be built from these settings.</exception>
    public static AutoencoderKLWan FromConfig(AutoencoderKLWanConfig config, Device? device = null, ScalarType? dtype = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new AutoencoderKLWan(config, device, dtype);
    }

    static AutoencoderKLWan IPretrainedModel<AutoencoderKLWan>.FromConfigFile(string path, Device? device, ScalarType? dtype) => new(AutoencoderKLWanConfig.FromFile(path), device, dtype);

    /// <inheritdoc/>
    public override int SpatialCompressionRatio => Config.ScaleFactorSpatial ?? Config.PixelsPerLatent;

    /// <summary>How many frames one latent frame stands for, but for the first, which stands for one.</summary>
    public int TemporalCompressionRatio => Config.ScaleFactorTemporal ?? 1 << Config.TemperalDownsample.Count(halves => halves);

    private protected override int SampleMultiple => Config.PixelsPerLatent;

    private protected override int SampleChannels => Config.InChannels / (Config.Patch * Config.Patch);

    private protected override int LatentChannels => Config.ZDim;

    private protected override void CheckSample(ReadOnlySpan<long> sample)
    {
        base.CheckSample(sample);
        var halvings = Enumerable.Range(0, Config.DimMult.Count).Count(Config.HalvesFrames);
        if (SampleFrames >> halvings == 0 && sample[2] > SampleFrames)
        {
            throw new NotSupportedException(
                $"frames go through the encoder {SampleFrames} at a time, which temperal_downsample halves {halvings} times: encode fewer than {SampleFrames + 1} frames");
        }
    }

    private protected override Tensor EncodeOne(Tensor sample, CancellationToken cancellationToken)
    {
        using var patches = WanPatches.Packed(sample, Config.Patch);
        var ratio = SpatialCompressionRatio / Config.Patch;
        // Tiles are as many patches large as they are to be pixels, as in diffusers.
        return UseTiling && TilesOver(1, ratio) is var grid && grid.IsExceededBy(sample.shape)
            ? grid.Apply(patches, each => EncodeTile(each, cancellationToken))
                .Then(moments => Cut(moments, patches.size(-2) / ratio, patches.size(-1) / ratio))
            : EncodeTile(patches, cancellationToken);
    }

    private protected override Tensor DecodeOne(Tensor latents, CancellationToken cancellationToken)
    {
        var ratio = SpatialCompressionRatio / Config.Patch;
        var patches = UseTiling && TilesOver(SpatialCompressionRatio, Config.Patch) is var grid && grid.IsExceededBy(latents.shape)
            ? grid.Apply(latents, each => DecodeTile(each, cancellationToken))
                .Then(each => Cut(each, latents.size(-2) * ratio, latents.size(-1) * ratio))
            : DecodeTile(latents, cancellationToken);
        return patches.Then(each => WanPatches.Unpacked(each, Config.Patch)).Clamp_(-1, 1);
    }

    private protected override Footprint MeasureEncode(Extent sample)
    {
        var patches = sample with { Channels = Config.InChannels, Height = sample.Height / Config.Patch, Width = sample.Width / Config.Patch };
        var grid = UseTiling ? TilesOver(1, SpatialCompressionRatio / Config.Patch) : null;
        var isTiled = grid?.IsExceededBy(sample.Height, sample.Width) == true;
        var packed = Footprint.Of(sample);
        if (Config.Patch > 1)
            packed = packed.Then(patches);
        return packed.Then(each => isTiled ? grid!.Measure(each, MeasureEncodeTile) : MeasureEncodeTile(each));
    }

    private protected override Footprint MeasureDecode(Extent latents)
    {
        var patches = Measure(latents, UseTiling ? TilesOver(SpatialCompressionRatio, Config.Patch) : null, MeasureDecodeTile);
        return Config.Patch == 1 ? patches : patches with { Peak = Math.Max(patches.Peak, 2 * patches.Output.Bytes) };
    }

    private Footprint MeasureEncodeTile(Extent sample)
    {
        var batches = Math.Floor((sample.Frames - 1) / SampleFrames);
        return FrameBatches.Measure(
            sample with { Frames = 1 + batches * SampleFrames }, 1, SampleFrames, frames => Footprint.Of(frames).Then(encoder.Measure).Then(quant_conv.Measure));
    }

    private Footprint MeasureDecodeTile(Extent latents) =>
        FrameBatches.Measure(latents, 1, 1, frames => Footprint.Of(frames).Then(post_quant_conv.Measure).Then(decoder.Measure));

    private Tensor EncodeTile(Tensor sample, CancellationToken cancellationToken)
    {
        using var whole = sample.narrow(2, 0, 1 + (sample.size(2) - 1) / SampleFrames * SampleFrames);
        return FrameBatches.Apply(
            whole, 1, SampleFrames, cancellationToken, (frames, cache) => encoder.call(frames, cache).Then(quant_conv.call));
    }

    private Tensor DecodeTile(Tensor latents, CancellationToken cancellationToken) => FrameBatches.Apply(
        latents, 1, 1, cancellationToken, (frames, cache) => post_quant_conv.call(frames).Then(each => decoder.call(each, cache)));
}
