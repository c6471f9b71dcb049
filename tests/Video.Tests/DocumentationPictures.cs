using SkiaSharp;

namespace Afterimage.Video.Tests;

/// <summary>
/// The pictures in <c>docs/images</c>. With the environment variable AFTERIMAGE_UPDATE set to 1 they are drawn anew.
/// </summary>
[TestClass]
public sealed class DocumentationPictures
{
    private static readonly double[] FiftySteps = [.. Enumerable.Range(0, 50).Select(step => 999.0 - 20 * step)];

    private static readonly PyramidAttentionBroadcastConfig s_pyramid = new()
    {
        SpatialAttentionBlockSkipRange = 2,
        TemporalAttentionBlockSkipRange = 4,
        CrossAttentionBlockSkipRange = 6,
    };

    public static IEnumerable<(string, CachePlan)> Pictures =>
    [
        ("plan-latte-pyramid.png", CachePlan.Create(
            s_pyramid,
            [.. FiftySteps.Select(timestep => timestep - 19)], // leading, as in Latte's pipeline
            [
                .. Blocks(2, "transformer_blocks.{0}.attn1", SiteKind.SpatialAttention),
                .. Blocks(2, "transformer_blocks.{0}.attn2", SiteKind.CrossAttention),
                .. Blocks(2, "temporal_transformer_blocks.{0}.attn1", SiteKind.TemporalAttention),
                .. Blocks(2, "transformer_blocks.{0}.ff", SiteKind.FeedForward),
                .. Blocks(2, "temporal_transformer_blocks.{0}.ff", SiteKind.FeedForward),
            ],
            GuidanceLayout.Batched)),
        ("plan-annotate-your-model.png", CachePlan.Create(
            s_pyramid,
            [.. Enumerable.Range(0, 20).Select(step => 1000.0 - 50 * step)],
            [
                .. Blocks(3, "frame_blocks.{0}.attn1", SiteKind.SpatialAttention),
                .. Blocks(3, "frame_blocks.{0}.attn2", SiteKind.CrossAttention),
                .. Blocks(3, "motion_blocks.{0}.attn", SiteKind.TemporalAttention),
            ],
            GuidanceLayout.Batched)),
        ("plan-faster-cache.png", CachePlan.Create(
            new FasterCacheConfig { AttentionWeightCallback = WeightSchedule.Ramp(0, 1, steps: 50) },
            FiftySteps, [.. Blocks(30, "transformer_blocks.{0}.attn1", SiteKind.SpatialAttention)], GuidanceLayout.Batched)),
    ];

    [TestMethod]
    [DynamicData(nameof(Pictures))]
    public void Picture_InTheDocumentation_IsOfThisPlan(string name, CachePlan plan)
    {
        var path = Path.Combine(Root, "docs", "images", name);
        using var drawn = new MemoryStream();
        plan.DrawPng(drawn);
        if (Environment.GetEnvironmentVariable("AFTERIMAGE_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, drawn.ToArray());
        }

        using var kept = SKBitmap.Decode(path);
        using var now = SKBitmap.Decode(drawn.ToArray());

        // Letters differ a little between systems; the cells, by far most of the picture, do not.
        Assert.AreEqual((now.Width, now.Height), (kept.Width, kept.Height));
        var different = kept.Pixels.Zip(now.Pixels).Count(pair => pair.First != pair.Second);
        Assert.IsLessThan(0.02 * now.Width * now.Height, different, $"{name} is not what the code draws; set AFTERIMAGE_UPDATE=1 and look at it");
    }

    private static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Compiler.sln")))
                folder = folder.Parent!;
            return folder.FullName;
        }
    }

    private static IEnumerable<CacheSite> Blocks(int count, string name, SiteKind kind) =>
        Enumerable.Range(0, count).Select(block => new CacheSite(string.Format(name, block), kind));
}
