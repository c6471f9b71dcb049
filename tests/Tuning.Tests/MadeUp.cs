namespace Afterimage.Tuning.Tests;

/// <summary>Calibrations of made-up numbers: values that grow smoothly, each prompt another way.</summary>
internal static class MadeUp
{
    public static readonly IReadOnlyList<CacheSite> Sites =
    [
        new("blocks", SiteKind.BlockStack),
        new("blocks.0.attn1", SiteKind.SpatialAttention, "blocks"),
        new("blocks.1.attn1", SiteKind.SpatialAttention, "blocks"),
    ];

    /// <param name="steps">Of a run.</param>
    /// <param name="layout">With <see cref="GuidanceLayout.Batched"/> guidance is measured as well.</param>
    /// <param name="prompts">How many there are.</param>
    public static CacheCalibration Calibration(int steps = 12, GuidanceLayout layout = GuidanceLayout.Batched, int prompts = 2)
    {
        RegionName[] names =
        [
            new(SiteKind.BlockStack), new(SiteKind.SpatialAttention), .. layout == GuidanceLayout.Batched ? [new(SiteKind.Guidance, 0), new(SiteKind.Guidance, 1)] : (RegionName[])[],
        ];
        var seconds = new Dictionary<string, double> { ["none"] = 1, ["BlockStack"] = 0.1, ["SpatialAttention"] = 0.7 };
        if (layout == GuidanceLayout.Batched)
            (seconds["Guidance"], seconds["BlockStack+Guidance"], seconds["SpatialAttention+Guidance"]) = (0.5, 0.08, 0.35);
        return new CacheCalibration
        {
            Subject = new PlanSubject("0123456789abcdef"),
            Layout = layout,
            GuidanceScale = 6,
            Timesteps = [.. Enumerable.Range(0, steps).Select(step => 950.0 - 900.0 * step / steps)],
            Prompts = prompts,
            Regions = [.. names.Select((name, i) => new CalibratedRegion(
                name,
                [.. Enumerable.Range(0, prompts).Select(prompt => Statistics(steps, 10 * i + prompt))],
                [.. Enumerable.Range(0, steps).Select(step => 0.05 + 0.1 * step / steps)]))],
            Costs = new StepCosts(0.5, 0.05, seconds),
        };
    }

    private static RegionStatistics Statistics(int steps, int seed)
    {
        var random = new Random(seed);
        var ways = Enumerable.Range(0, 24).Select(_ => (From: random.NextDouble() - 0.5, Speed: 3 * random.NextDouble())).ToArray();
        // Fast at first, then slower.
        var values = Enumerable.Range(0, steps).Select(step => ways.Select(way => Math.Sin(way.From + way.Speed * Math.Sqrt((step + 1.0) / steps))).ToArray()).ToArray();
        return new RegionStatistics(StepProductsTests.ProductsOf(values), [.. Enumerable.Repeat(0.1, steps)], [.. Enumerable.Repeat(1.0, steps)]);
    }
}
