using SkiaSharp;

namespace Afterimage.Video.Tests;

[TestClass]
public sealed class PlanPictureTests
{
    [TestMethod]
    public void DrawPng_Plan_HasAColorPerKindOfCell()
    {
        CacheSite[] sites = [.. Enumerable.Range(0, 2).Select(block => new CacheSite($"transformer_blocks.{block}.attn1", SiteKind.SpatialAttention))];
        var config = new FasterCacheConfig { AttentionWeightCallback = WeightSchedule.Ramp(0, 1, steps: 20) };
        var plan = CachePlan.Create(config, [.. Enumerable.Range(0, 20).Select(step => 999.0 - 50 * step)], sites, GuidanceLayout.Batched);
        using var stream = new MemoryStream();

        plan.DrawPng(stream);

        using var bitmap = SKBitmap.Decode(stream.ToArray());
        Assert.IsNotNull(bitmap);
        Assert.IsInRange(1000, 4000, bitmap.Width);
        Assert.IsInRange(300, 2000, bitmap.Height);
        var colors = bitmap.Pixels.GroupBy(color => color).ToDictionary(group => group.Key, group => group.Count());
        SKColor[] expected = [Palette.Kept, Palette.Computed, Palette.HalfSkipped, Palette.Combined(1)];
        foreach (var color in expected)
            Assert.IsGreaterThan(500, colors.GetValueOrDefault(color), $"{color}");
        Assert.IsFalse(colors.ContainsKey(Palette.Reused));
        Assert.AreEqual(Palette.Paper, bitmap.GetPixel(0, 0));
        // The title is there: without a font this corner would be empty.
        Assert.Contains(Palette.Ink, Enumerable.Range(40, 400).Select(x => bitmap.GetPixel(x, 70)));
    }

    [TestMethod]
    public void DrawPng_ManyStepsAndSites_StaysWithinASheet()
    {
        CacheSite[] sites = [.. Enumerable.Range(0, 60).Select(block => new CacheSite($"blocks.{block}.attn", SiteKind.SpatialAttention))];
        double[] timesteps = [.. Enumerable.Range(0, 250).Select(step => 999.0 - 4 * step)];
        var plan = CachePlan.Create(new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 3 }, timesteps, sites, GuidanceLayout.Sequential);
        using var stream = new MemoryStream();

        plan.DrawPng(stream);

        using var bitmap = SKBitmap.Decode(stream.ToArray());
        Assert.IsInRange(1000, 3000, bitmap.Width);
        Assert.IsInRange(500, 2000, bitmap.Height);
    }

    [TestMethod]
    public void DrawPng_StacksForecastsAndWhatIsLeftOut_HaveColorsOfTheirOwn()
    {
        CacheSite[] sites =
        [
            new("blocks", SiteKind.BlockStack, LeftOutWith: "proj_out"), new("proj_out", SiteKind.OutputProjection),
            .. Enumerable.Range(0, 4).Select(block => new CacheSite($"blocks.{block}.attn", SiteKind.SpatialAttention, LeftOutWith: "blocks")),
        ];
        double[] timesteps = [.. Enumerable.Range(0, 12).Select(step => 999.0 - 80 * step)];
        var config = CacheConfig.Compose(
            new TaylorSeerCacheConfig { UseLiteMode = true, CacheInterval = 3 },
            new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, SpatialAttentionTimestepSkipRange = (-1, 1000) });
        using var stream = new MemoryStream();

        CachePlan.Create(config, timesteps, sites, GuidanceLayout.None).DrawPng(stream);

        using var bitmap = SKBitmap.Decode(stream.ToArray());
        var colors = bitmap.Pixels.ToHashSet();
        Assert.Contains(Palette.Predicted, colors);
        Assert.Contains(Palette.LeftOut, colors);
        Assert.Contains(Palette.Reused, colors);
    }

    [TestMethod]
    public void DrawPng_OfGuidanceAlone_HasNoSites() =>
        CachePlan.Create(new FasterCacheConfig { SpatialAttentionBlockSkipRange = null }, [640, 600, 500, 400], [], GuidanceLayout.Batched).DrawPng(Stream.Null);
}
