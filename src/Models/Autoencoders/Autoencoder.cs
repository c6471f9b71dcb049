using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Models;

/// <summary>
/// What turns pictures or videos into latents and back. It applies no scaling factor, shift, mean or deviation: pipelines do. Weights do not ask for
/// gradients; call it under <see cref="no_grad"/> all the same where inputs do.
/// </summary>
/// <param name="name">The name of the class.</param>
public abstract partial class Autoencoder(string name) : Module<Tensor, Tensor>(name)
{
    private protected static readonly string[] VideoAxes = ["frames", "height", "width"];

    private protected static readonly string[] PictureAxes = ["height", "width"];

    /// <summary>Whether the samples of a batch go through one by one, which takes less memory.</summary>
    public bool UseSlicing { get; set; }

    /// <summary>Whether what is larger than a tile goes through in overlapping tiles, in memory that does not grow with its size.</summary>
    public bool UseTiling { get; private protected set; }

    /// <summary>How many pixels one latent stands for, along height and along width.</summary>
    public abstract int SpatialCompressionRatio { get; }

    /// <summary>Told what was decoded, and what came of it: for comparisons.</summary>
    internal Action<Tensor, Tensor>? Decoded { get; set; }

    /// <summary>The channels of a sample.</summary>
    private protected abstract int SampleChannels { get; }

    /// <summary>The channels of latents.</summary>
    private protected abstract int LatentChannels { get; }

    /// <summary>What follows batch and channels in a shape.</summary>
    private protected virtual string[] Axes => VideoAxes;

    /// <summary>Sets <see cref="UseSlicing"/>.</summary>
    public void EnableSlicing() => UseSlicing = true;

    /// <summary>Unsets <see cref="UseSlicing"/>.</summary>
    public void DisableSlicing() => UseSlicing = false;

    /// <summary>Encodes and decodes in tiles from now on, of the size they were given last, at first the class's own.</summary>
    /// <exception cref="ArgumentException">These tiles are smaller than a latent, or would not advance.</exception>
    public abstract void EnableTiling();

    /// <summary>Encodes and decodes in one piece from now on.</summary>
    public void DisableTiling() => UseTiling = false;

    /// <summary>Encodes and decodes by the likeliest latents. The caller owns the result.</summary>
    /// <param name="sample">As in <see cref="Encode"/>.</param>
    public override Tensor forward(Tensor sample)
    {
        using var posterior = Encode(sample);
        return Decode(posterior.Mean);
    }

    /// <summary>Encodes pictures, or videos. The caller owns the result.</summary>
    /// <param name="sample">
    /// [batch, channels, (frames,) height, width] in [−1, 1]; height and width are multiples of <see cref="SpatialCompressionRatio"/>, and which numbers of
    /// frames there may be is the class's to say.
    /// </param>
    /// <param name="cancellationToken">Looked at before each part that goes through.</param>
    /// <exception cref="ArgumentException">The sample has another rank, number of channels, size or type.</exception>
    /// <exception cref="NotSupportedException">The class cannot encode.</exception>
    public DiagonalGaussianDistribution Encode(Tensor sample, CancellationToken cancellationToken = default)
    {
        Check(sample, nameof(sample), SampleChannels, "channels");
        CheckSample(sample.shape);
        return new DiagonalGaussianDistribution(PerSample(sample, each => EncodeOne(each, cancellationToken)));
    }

    /// <summary>Decodes latents. The caller owns the result.</summary>
    /// <param name="latents">[batch, latent channels, (frames,) height, width]</param>
    /// <param name="cancellationToken">Looked at before each part that goes through.</param>
    /// <returns>[batch, channels, (frames,) height, width], usually in [−1, 1].</returns>
    /// <exception cref="ArgumentException">The latents have another rank, number of channels or type.</exception>
    public Tensor Decode(Tensor latents, CancellationToken cancellationToken = default)
    {
        Check(latents, nameof(latents), LatentChannels, "latent channels");
        var decoded = PerSample(latents, each => DecodeOne(each, cancellationToken));
        Decoded?.Invoke(latents, decoded);
        return decoded;
    }

    /// <summary>The moments of one batch: means, then logarithms of variances, along dimension 1. The caller owns them.</summary>
    private protected abstract Tensor EncodeOne(Tensor sample, CancellationToken cancellationToken);

    /// <summary>The sample of one batch of latents. The caller owns it.</summary>
    private protected abstract Tensor DecodeOne(Tensor latents, CancellationToken cancellationToken);

    /// <summary>What height and width of a sample are multiples of.</summary>
    private protected virtual int SampleMultiple => SpatialCompressionRatio;

    /// <summary>Refuses a sample of a size that has no latents.</summary>
    private protected virtual void CheckSample(ReadOnlySpan<long> sample)
    {
        var (height, width) = (sample[^2], sample[^1]);
        if (height % SampleMultiple != 0 || width % SampleMultiple != 0)
            throw new ArgumentException($"expected height and width in multiples of {SampleMultiple}, got {height} × {width}", nameof(sample));
    }

    /// <summary>Refuses a tensor of another rank, number of channels, type or device.</summary>
    private protected void Check(Tensor tensor, string parameter, int channels, string what)
    {
        ArgumentNullException.ThrowIfNull(tensor, parameter);
        Check(tensor.shape, parameter, channels, what);
        var held = parameters().First();
        if (tensor.dtype != held.dtype || tensor.device_type != held.device_type)
            throw new ArgumentException($"expected {held.dtype} on {held.device} as the weights, got {tensor.dtype} on {tensor.device}", parameter);
    }

    /// <summary>Refuses another rank or number of channels, or nothing.</summary>
    private void Check(ReadOnlySpan<long> shape, string parameter, int channels, string what)
    {
        if (shape.Length != 2 + Axes.Length || shape[1] != channels || shape.ContainsAnyInRange(long.MinValue, 0))
            throw new ArgumentException($"expected [batch, {channels} {what}, {string.Join(", ", Axes)}], got [{string.Join(", ", shape.ToArray())}]", parameter);
    }

    /// <summary>All of a batch at once, or sample by sample.</summary>
    private protected Tensor PerSample(Tensor batch, Func<Tensor, Tensor> apply)
    {
        if (!UseSlicing || batch.size(0) <= 1)
            return apply(batch);
        using var scope = NewDisposeScope();
        return cat([.. batch.split(1).Select(apply)], 0).MoveToOuterDisposeScope();
    }
}
