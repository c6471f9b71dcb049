using Afterimage.Planning;
using SkiaSharp;

namespace Afterimage.Runtime.Tests.Planning;

[TestClass]
public sealed class PlanPictureTests
{
    [TestMethod]
    public void DrawPng_Plan_HasAColorPerKindOfCell()
    {
        var plan = Recording.All.Single(recording => recording.Name == "cogvideox-2b-tiny.fc_callbacks_ddim20").Plan();
        using var stream = new MemoryStream();

        plan.DrawPng(stream);

        using var bitmap = SKBitmap.Decode(stream.ToArray());
        Assert.IsNotNull(bitmap);
        Assert.IsInRange(1000, 4000, bitmap.Width);
        Assert.IsInRange(300, 2000, bitmap.Height);
        var colors = bitmap.Pixels.GroupBy(color => color).ToDictionary(group => group.Key, group => group.Count());
        SKColor[] expected = [Palette.Kept, Palette.Computed, Palette.HalfSkipped, Palette.Combined(2 / 19.0), Palette.Combined(1)];
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
}
