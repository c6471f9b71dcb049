namespace Afterimage.Video.Tests;

[TestClass]
public class SideBySideTests
{
    private const int Margin = 16;

    [TestMethod]
    public void Compose_TinyFilms_AreEnlargedPixelByPixel()
    {
        var (left, right) = (Films.GradientFilm(2, 32, 64), Films.GradientFilm(2, 32, 64));
        var film = SideBySide.Compose(new(left, "left"), new(right, "right"));

        // 64 pixels become 512.
        Assert.AreEqual((3 * Margin + 2 * 512, 2, 8.0), (film.Width, film.FrameCount, film.FramesPerSecond));
        for (var i = 0; i < 2; i++)
        {
            for (var (y, x) = (0, 0); y < 32; (y, x) = x < 63 ? (y, x + 1) : (y + 1, 0))
            {
                var color = Color(left, i, x, y);
                foreach (var (dx, dy) in new[] { (0, 0), (7, 7) })
                {
                    Assert.AreEqual(color, Color(film, i, Margin + 8 * x + dx, Margin + 8 * y + dy), $"{x}, {y}");
                    Assert.AreEqual(color, Color(film, i, 2 * Margin + 512 + 8 * x + dx, Margin + 8 * y + dy), $"{x}, {y}");
                }
            }
        }
    }

    [TestMethod]
    [DataRow(480, 320, 480)]
    [DataRow(720, 480, 720)]
    [DataRow(240, 480, 240)]
    [DataRow(239, 479, 478)]
    public void Compose_LargerFilms_GrowNoMoreThanNeeded(int width, int height, int expected)
    {
        var one = Films.GradientFilm(1, height, width);
        Assert.AreEqual(3 * Margin + 2 * expected, SideBySide.Compose(new(one, ""), new(one, "")).Width);
    }

    [TestMethod]
    public void Compose_Captions_AreWrittenUnderTheirFilms()
    {
        var one = Films.GradientFilm(1, 480, 480);
        var both = SideBySide.Compose(new(one, "no cache 12.3 s"), new(one, ""));
        Assert.IsGreaterThan(200, Ink(both, Margin, 480));
        Assert.AreEqual(0, Ink(both, 2 * Margin + 480, 480));

        // As much of the width as there is, and no more.
        var wordy = SideBySide.Compose(new(one, string.Join(", ", Enumerable.Repeat("PAB 2: 8.1 s, 1.52x", 10))), new(one, ""));
        Assert.IsGreaterThan(200, Ink(wordy, Margin, 480));
        Assert.AreEqual(0, Ink(wordy, 0, Margin - 2));
        Assert.AreEqual(0, Ink(wordy, Margin + 482, 480));
    }

    [TestMethod]
    public void Compose_WithPlan_DrawsItBelow()
    {
        CacheSite[] sites = [new("blocks.0.attn", SiteKind.SpatialAttention)];
        double[] timesteps = [.. Enumerable.Range(0, 20).Select(step => 999.0 - 50 * step)];
        var plan = CachePlan.Create(
            new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 }, timesteps, sites, GuidanceLayout.Batched);
        var one = Films.GradientFilm(2, 48, 64);
        var without = SideBySide.Compose(new(one, "a"), new(one, "b"));
        var with = SideBySide.Compose(new(one, "a"), new(one, "b"), plan);

        Assert.AreEqual(without.Width, with.Width);
        Assert.IsGreaterThan(without.Height + 80, with.Height);
        // The colour of what is reused.
        var colors = with[1].ToArray()[without[1].Length..].Chunk(3).Count(color => color is [0xF4, 0xB9, 0x42]);
        Assert.IsGreaterThan(500, colors);
    }

    [TestMethod]
    [DataRow(2, 8, 9, 8.0)]
    [DataRow(2, 9, 8, 8.0)]
    [DataRow(3, 8, 8, 8.0)]
    [DataRow(2, 8, 8, 9.0)]
    public void Compose_FilmsOfOtherForm_AreRefused(int frames, int height, int width, double framesPerSecond)
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() => SideBySide.Compose(
            new(Films.GradientFilm(2, 8, 8), ""), new(Films.GradientFilm(frames, height, width, framesPerSecond), "")));
        Assert.Contains("2 frames of 8 × 8 at 8 a second", exception.Message);
        Assert.Contains($"{frames} frames of {width} × {height} at {framesPerSecond} a second", exception.Message);
    }

    private static (byte, byte, byte) Color(Film film, int frame, int x, int y)
    {
        var color = film[frame].Span.Slice(3 * (y * film.Width + x), 3);
        return (color[0], color[1], color[2]);
    }

    /// <summary>How many pixels of the caption line are not paper, from <paramref name="left"/> on.</summary>
    private static int Ink(Film film, int left, int width)
    {
        var count = 0;
        for (var y = film.Height - 48; y < film.Height; y++)
        {
            for (var x = left; x < Math.Min(left + width, film.Width); x++)
                count += Color(film, 0, x, y) == (255, 255, 255) ? 0 : 1;
        }
        return count;
    }
}
