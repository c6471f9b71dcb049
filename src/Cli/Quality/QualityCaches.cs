namespace Afterimage.Cli.Quality;

/// <summary>The caches that are compared if none are named.</summary>
internal static class QualityCaches
{
    /// <summary>Both methods with their documented settings, and with more and less of each.</summary>
    public static IReadOnlyList<CacheChoice> All { get; } =
    [
        Pyramid("PAB 2", 2),
        Pyramid("PAB 3", 3),
        Pyramid("PAB 4", 4),
        Pyramid("PAB 2, narrow (300–600)", 2, (300, 600)),
        Pyramid("PAB 2, wide (−1–1000)", 2, (-1, 1000)),
        Faster("FasterCache"),
        Faster("FasterCache, attention weight 0", attentionWeight: 0),
        Faster("FasterCache, attention weight 0.6", attentionWeight: 0.6),
        Faster("FasterCache, frequency weights 1", frequencyWeight: 1),
        Faster("FasterCache, narrow (−1–400)", attentionRange: (-1, 400), guidanceRange: (-1, 400)),
        Faster("FasterCache, wide (−1–1000)", attentionRange: (-1, 1000), guidanceRange: (-1, 1000)),
    ];

    /// <summary>Those that a command line names, of which a folder names all that it has; <see cref="All"/> if there is no name.</summary>
    /// <exception cref="FileNotFoundException">A folder has no config in it.</exception>
    public static IReadOnlyList<CacheChoice> Named(IReadOnlyList<string> names) => names.Count == 0
        ? All
        : [.. names.SelectMany(Of).Select(CacheChoice.Parse).Where(cache => cache.Config is not null)];

    private static string[] Of(string name)
    {
        if (!Directory.Exists(name))
            return [name];
        string[] files = [.. Directory.GetFiles(name, "*.json").Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new FileNotFoundException($"There is no config in '{name}': expected files that end in .json.");
    }

    private static CacheChoice Pyramid(string name, int blockSkipRange, (double, double)? range = null) => new(
        name,
        new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = blockSkipRange,
            SpatialAttentionTimestepSkipRange = range ?? (100, 800),
        });

    private static CacheChoice Faster(
        string name,
        double attentionWeight = 0.3,
        double? frequencyWeight = null,
        (double, double)? attentionRange = null,
        (double, double)? guidanceRange = null) => new(
        name,
        (FasterCacheConfig)CacheChoice.Faster.Config! with
        {
            SpatialAttentionTimestepSkipRange = attentionRange ?? (-1, 681),
            UnconditionalBatchTimestepSkipRange = guidanceRange ?? (-1, 781),
            AttentionWeightCallback = _ => attentionWeight,
            LowFrequencyWeightCallback = frequencyWeight is { } low ? _ => low : null,
            HighFrequencyWeightCallback = frequencyWeight is { } high ? _ => high : null,
        });
}
