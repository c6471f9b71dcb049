using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Video;

/// <summary>What one generation gives without a cache, and with one: films, seconds, and how alike the films are.</summary>
public sealed class CacheComparison : IDisposable
{
    private CacheComparison(Tensor uncached, TimeSpan uncachedTime, Tensor cached, TimeSpan cachedTime)
    {
        (Uncached, UncachedTime, Cached, CachedTime) = (uncached, uncachedTime, cached, cachedTime);
        Psnr = VideoQuality.Psnr(cached, uncached);
        Ssim = VideoQuality.Ssim(cached, uncached);
    }

    /// <summary>The frames without a cache, as generated. Freed with this object.</summary>
    public Tensor Uncached { get; }

    /// <summary>The frames with the cache, as generated. Freed with this object.</summary>
    public Tensor Cached { get; }

    /// <summary>How long the generation without a cache took.</summary>
    public TimeSpan UncachedTime { get; }

    /// <summary>How long the generation with the cache took.</summary>
    public TimeSpan CachedTime { get; }

    /// <summary><see cref="UncachedTime"/> / <see cref="CachedTime"/>, of one run each: on a machine that does other things too, chance is in it.</summary>
    public double Speedup => UncachedTime / CachedTime;

    /// <summary><see cref="VideoQuality.Psnr"/> of the two, in decibels.</summary>
    public double Psnr { get; }

    /// <summary><see cref="VideoQuality.Ssim"/> of the two.</summary>
    public double Ssim { get; }

    /// <summary>As <see cref="Run(IReadOnlyList{ICacheableModel}, CacheConfig, Func{Tensor}, Action?)"/>, of one model.</summary>
    public static CacheComparison Run(ICacheableModel model, CacheConfig config, Func<Tensor> generate, Action? warmUp = null) =>
        Run([model], config, generate, warmUp);

    /// <summary>Generates without a cache, then with one, and measures.</summary>
    /// <param name="models">The models that are cached. Their caches are off before and after.</param>
    /// <param name="config">The cache.</param>
    /// <param name="generate">
    /// Generates frames in [0, 1], <c>[batch, frames, 3, height, width]</c>, from the same noise whenever it is called. The result is this method's
    /// to free. That a cache is on shows in <see cref="ICacheableModel.IsCacheEnabled"/>.
    /// </param>
    /// <param name="warmUp">Done first and not measured: the first forward of a process takes longer than all others.</param>
    /// <exception cref="InvalidOperationException">A cache is on already.</exception>
    public static CacheComparison Run(IReadOnlyList<ICacheableModel> models, CacheConfig config, Func<Tensor> generate, Action? warmUp = null)
    {
        ArgumentNullException.ThrowIfNull(models);
        if (models.Any(model => model.IsCacheEnabled))
            throw new InvalidOperationException("A comparison begins without a cache, and one is enabled. Call DisableCache first.");
        using var scope = NewDisposeScope();
        warmUp?.Invoke();
        var (uncached, uncachedTime) = Timed(generate, scope);
        try
        {
            foreach (var model in models)
                model.EnableCache(config);
            var (cached, cachedTime) = Timed(generate, scope);
            var comparison = new CacheComparison(uncached, uncachedTime, cached, cachedTime);
            uncached.DetachFromDisposeScope();
            cached.DetachFromDisposeScope();
            return comparison;
        }
        finally
        {
            foreach (var model in models)
                model.DisableCache();
        }
    }

    /// <summary>Both films side by side, with times and figures below them.</summary>
    /// <param name="cacheName">What the cache is called.</param>
    /// <param name="framesPerSecond">The rate of the film.</param>
    /// <param name="plan">What is drawn below, if anything.</param>
    /// <param name="batchIndex">Which film of a batch.</param>
    public Film ToFilm(string cacheName, double framesPerSecond, CachePlan? plan = null, int batchIndex = 0) => SideBySide.Compose(
        new(new Film(Uncached, framesPerSecond, batchIndex), $"no cache: {Seconds(UncachedTime)} s"),
        new(
            new Film(Cached, framesPerSecond, batchIndex),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{cacheName}: {Seconds(CachedTime)} s, {Speedup:F2}×, PSNR {Psnr:F1} dB")),
        plan);

    /// <inheritdoc/>
    public void Dispose()
    {
        Uncached.Dispose();
        Cached.Dispose();
    }

    /// <summary>Three figures at least, from 1 s on.</summary>
    internal static string Seconds(TimeSpan time) =>
        time.TotalSeconds.ToString(time.TotalSeconds < 9.995 ? "F2" : "F1", CultureInfo.InvariantCulture);

    private static (Tensor Frames, TimeSpan Time) Timed(Func<Tensor> generate, DisposeScope scope)
    {
        var started = Stopwatch.GetTimestamp();
        var frames = generate();
        // Whatever scope they come from, they are freed where the rest fails.
        scope.Attach(frames);
        // A GPU may still be at work: a number of the result waits for it.
        frames.flatten()[0].cpu();
        return (frames, Stopwatch.GetElapsedTime(started));
    }
}
