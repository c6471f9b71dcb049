using Afterimage.Video;

namespace Afterimage.Tuning;

/// <summary>What a search does besides.</summary>
public sealed record PlanSearchSettings
{
    /// <summary>Caches to measure beside the plans, by their names.</summary>
    public IReadOnlyDictionary<string, CacheConfig> Compared { get; init; } = new Dictionary<string, CacheConfig>();

    /// <summary>What an earlier search had measured, and where this one keeps what it measures. Default: in memory.</summary>
    public TuningWork Work { get; init; } = new();

    /// <summary>Measures films as well. It stays the caller's.</summary>
    public PerceptualSimilarity? Lpips { get; init; }
}
