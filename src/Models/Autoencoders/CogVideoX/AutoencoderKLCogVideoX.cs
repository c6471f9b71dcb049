using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// The autoencoder of CogVideoX: a video to latents of an eighth of its height and width and about a quarter of its frames, and
/// back. Frames go through in batches, with the last frames that each convolution saw kept in between. State-dict names are
/// those of diffusers. Weights do not ask for gradients; call it under <see cref="no_grad"/> all the same where inputs do.
/// Source: diffusers <c>models/autoencoders/autoencoder_kl_cogvideox.py</c>.
/// </summary>
public sealed partial class AutoencoderKLCogVideoX : Module<Tensor, Tensor>, IPretrainedModel<AutoencoderKLCogVideoX>
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
        _tiles = new TileSizes(config.SampleHeight / 2, config.SampleWidth / 2, 1 / 6.0, 1 / 5.0, config.SpatialCompressionRatio);
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

    /// <summary>Whether the samples of a batch go through one by one, which takes less memory.</summary>
    public bool UseSlicing { get; set; }

    /// <summary>Sets <see cref="UseSlicing"/>.</summary>
    public void EnableSlicing() => UseSlicing = true;

    /// <summary>Unsets <see cref="UseSlicing"/>.</summary>
    public void DisableSlicing() => UseSlicing = false;

    /// <summary>Encodes and decodes a video by its likeliest latents. The caller owns the result.</summary>
    /// <param name="sample">As in <see cref="Encode"/>.</param>
    public override Tensor forward(Tensor sample)
    {
        using var posterior = Encode(sample);
        return Decode(posterior.Mean);
    }

    /// <summary>Encodes a video. No scaling factor is applied. The caller owns the result.</summary>
    /// <param name="sample">
    /// [batch, channels, frames, height, width] in [−1, 1]; 1 frame, 8·k or 8·k + 1; height and width are multiples of
    /// <see cref="AutoencoderKLCogVideoXConfig.SpatialCompressionRatio"/>.
    /// </param>
    /// <param name="cancellationToken">Looked at before each batch of frames.</param>
    /// <exception cref="ArgumentException">The sample has another rank, number of channels or type.</exception>
    public DiagonalGaussianDistribution Encode(Tensor sample, CancellationToken cancellationToken = default)
    {
        Check(sample, nameof(sample), Config.InChannels, "channels");
        if (sample.size(3) % Config.SpatialCompressionRatio != 0 || sample.size(4) % Config.SpatialCompressionRatio != 0)
            throw new ArgumentException(
                $"expected height and width in multiples of {Config.SpatialCompressionRatio}, got {sample.size(3)} × {sample.size(4)}",
                nameof(sample));
        return new DiagonalGaussianDistribution(PerSample(sample, each => EncodeOne(each, cancellationToken)));
    }

    /// <summary>Decodes latents, which were divided by the scaling factor before. The caller owns the result.</summary>
    /// <param name="latents">[batch, latent channels, frames, height, width]</param>
    /// <param name="cancellationToken">Looked at before each batch of frames.</param>
    /// <returns>
    /// [batch, channels, frames, height, width], usually in [−1, 1]. An odd number of latent frames gives one frame and then 4 per
    /// latent frame, an even number 4 for each.
    /// </returns>
    /// <exception cref="ArgumentException">The latents have another rank, number of channels or type.</exception>
    public Tensor Decode(Tensor latents, CancellationToken cancellationToken = default)
    {
        Check(latents, nameof(latents), Config.LatentChannels, "latent channels");
        return PerSample(latents, each => DecodeOne(each, cancellationToken));
    }

    private Tensor EncodeOne(Tensor sample, CancellationToken cancellationToken) =>
        UseTiling && _tiles.IsLarger(sample, _tiles.SampleHeight, _tiles.SampleWidth)
            ? InTiles(sample, _tiles.OfEncoding, each => EncodeTile(each, cancellationToken))
            : EncodeTile(sample, cancellationToken);

    private Tensor DecodeOne(Tensor latents, CancellationToken cancellationToken) =>
        UseTiling && _tiles.IsLarger(latents, _tiles.LatentHeight, _tiles.LatentWidth)
            ? InTiles(latents, _tiles.OfDecoding, each => DecodeTile(each, cancellationToken))
            : DecodeTile(latents, cancellationToken);

    private Tensor EncodeTile(Tensor sample, CancellationToken cancellationToken) =>
        InFrameBatches(sample, SampleFrames, cancellationToken, (frames, cache) =>
        {
            var moments = encoder.call(frames, cache);
            return quant_conv is null ? moments : moments.Then(quant_conv.call);
        });

    private Tensor DecodeTile(Tensor latents, CancellationToken cancellationToken) =>
        InFrameBatches(latents, LatentFrames, cancellationToken, (frames, cache) =>
        {
            using var mapped = post_quant_conv?.call(frames);
            return decoder.call(mapped ?? frames, cache);
        });

    /// <summary>What is left over of the frames goes with the first batch.</summary>
    private static Tensor InFrameBatches(
        Tensor video, int size, CancellationToken cancellationToken, Func<Tensor, ConvolutionCache, Tensor> apply)
    {
        using var scope = NewDisposeScope();
        using var cache = new ConvolutionCache();
        var frames = video.size(2);
        var parts = new List<Tensor>();
        for (long start = 0, count; start < frames; start += count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            count = start > 0 ? size : Math.Min(frames, size + frames % size);
            using var batch = video.narrow(2, start, count);
            parts.Add(apply(batch, cache));
        }
        return cat(parts, 2).MoveToOuterDisposeScope();
    }

    private Tensor PerSample(Tensor batch, Func<Tensor, Tensor> apply)
    {
        if (!UseSlicing || batch.size(0) <= 1)
            return apply(batch);
        using var scope = NewDisposeScope();
        return cat([.. batch.split(1).Select(apply)], 0).MoveToOuterDisposeScope();
    }

    private void Check(Tensor video, string name, int channels, string what)
    {
        ArgumentNullException.ThrowIfNull(video, name);
        if (video.dim() != 5 || video.size(1) != channels || video.shape.Contains(0))
            throw new ArgumentException(
                $"expected [batch, {channels} {what}, frames, height, width], got [{string.Join(", ", video.shape)}]", name);
        var held = decoder.parameters().First();
        if (video.dtype != held.dtype || video.device_type != held.device_type)
            throw new ArgumentException(
                $"expected {held.dtype} on {held.device} as the weights, got {video.dtype} on {video.device}", name);
    }
}
