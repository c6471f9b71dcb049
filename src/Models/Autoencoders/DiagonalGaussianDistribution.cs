using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// What an encoder says of latents: a normal distribution for every number. It owns its tensors until it is disposed. Source:
/// diffusers <c>models/autoencoders/vae.py</c>.
/// </summary>
public sealed class DiagonalGaussianDistribution : IDisposable
{
    private const double LeastLogVariance = -30;
    private const double LargestLogVariance = 20;

    /// <param name="moments">Means, then logarithms of variances, along dimension 1. Taken over.</param>
    internal DiagonalGaussianDistribution(Tensor moments)
    {
        using var scope = NewDisposeScope();
        var halves = moments.chunk(2, dim: 1);
        var logVariance = halves[1].Clamped(LeastLogVariance, LargestLogVariance);
        Moments = moments.DetachFromDisposeScope();
        Mean = halves[0].DetachFromDisposeScope();
        LogVariance = logVariance.DetachFromDisposeScope();
        Std = logVariance.Times(0.5).exp().DetachFromDisposeScope();
    }

    /// <summary>Means and logarithms of variances as the encoder gave them, [batch, 2 × channels, frames, height, width].</summary>
    public Tensor Moments { get; }

    /// <summary>The means, [batch, channels, frames, height, width].</summary>
    public Tensor Mean { get; }

    /// <summary>The logarithms of the variances, from −30 to 20.</summary>
    public Tensor LogVariance { get; }

    /// <summary>The standard deviations.</summary>
    public Tensor Std { get; }

    /// <summary>The likeliest latents, which are the means. The caller owns the result.</summary>
    public Tensor Mode() => Mean.clone();

    /// <summary>Latents drawn at random. The caller owns the result.</summary>
    /// <param name="generator">Where from; <see langword="null"/> for torch's own generator.</param>
    public Tensor Sample(Generator? generator = null)
    {
        using var scope = NewDisposeScope();
        return Mean.Plus(Std * GaussianNoise.Like(Mean, generator)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The Kullback–Leibler divergence from the standard normal distribution, summed over all but the batch: [batch]. The caller
    /// owns the result.
    /// </summary>
    public Tensor Kl()
    {
        using var scope = NewDisposeScope();
        var terms = Mean.Squared().Plus(LogVariance.exp()).Minus(1) - LogVariance;
        return terms.flatten(1).sum(1).Times(0.5).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Moments.Dispose();
        Mean.Dispose();
        LogVariance.Dispose();
        Std.Dispose();
    }
}
