using static TorchSharp.torch;

namespace Afterimage.Video.Tests;

[TestClass]
public class GradientSimilarityTests
{
    // What piq's gmsd and multi_scale_gmsd of commit 9948a52 give with reduction='none' and torch 2.6 for these films in float64.
    public static IEnumerable<(long[] Shape, double[] Gmsd, double[] MultiScale)> References =>
    [
        ([2, 3, 64, 64], [0.022432993492818486, 0.02447590772861879], [0.02110670053711214, 0.022629538442042494]),
        ([2, 3, 37, 50], [0.016840847782862187, 0.01605664089703549], [0.021692517438044026, 0.021315856121755915]),
        ([1, 1, 17, 17], [0.023875369168485754], [0.04898860316064814]),
        ([1, 1, 18, 33], [0.03372002232263362], [0.039188028590249155]),
    ];

    [TestMethod]
    [DynamicData(nameof(References))]
    public void Measures_AreThoseOfTheReference(long[] shape, double[] gmsd, double[] multiScale)
    {
        using var scope = NewDisposeScope();
        var (film, other) = (Films.Bands(shape), Films.Bands(shape, isPatterned: true));
        AssertEach(gmsd, VideoQuality.GmsdPerFrame(other, film));
        AssertEach(gmsd, VideoQuality.GmsdPerFrame(film, other));
        AssertEach(multiScale, VideoQuality.MultiScaleGmsdPerFrame(other, film));
        AssertEach(multiScale, VideoQuality.MultiScaleGmsdPerFrame(film, other));
        Assert.AreEqual(gmsd.Average(), VideoQuality.Gmsd(film, other), 1e-10 * gmsd.Average());
        Assert.AreEqual(multiScale.Average(), VideoQuality.MultiScaleGmsd(film, other), 1e-10 * multiScale.Average());
    }

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void EqualFilms_DoNotDeviate(ScalarType dtype)
    {
        using var film = rand([2, 3, 3, 21, 34]).to(dtype);
        Assert.AreEqual(0.0, VideoQuality.Gmsd(film, film));
        Assert.AreEqual(0.0, VideoQuality.MultiScaleGmsd(film, film));
        Assert.HasCount(6, VideoQuality.MultiScaleGmsdPerFrame(film, film), "frames of both films of the batch");
    }

    [TestMethod]
    [DataRow(1, 0.02)]
    [DataRow(3, 0.3)]
    [DataRow(1, 1.0)]
    public void FlatFilmAndBlackOne_DifferInTheirBorders(int channels, double brightness)
    {
        using var scope = NewDisposeScope();
        var black = zeros([2, channels, 32, 32], ScalarType.Float64);
        var flat = black.Plus(brightness);
        Assert.AreEqual(OfFlat(16, brightness, 170 / (255.0 * 255)), VideoQuality.Gmsd(flat, black), 1e-10);
        double[] weights = [0.096, 0.596, 0.289, 0.019];
        var expected = Math.Sqrt(weights.Index().Sum(scale => scale.Item * Math.Pow(OfFlat(32 >> scale.Index, 255 * brightness, 170), 2)));
        Assert.AreEqual(expected, VideoQuality.MultiScaleGmsd(flat, black), 1e-10);
    }

    [TestMethod]
    public void GreyFilm_IsThatOfOneChannel()
    {
        using var scope = NewDisposeScope();
        var (film, other) = (rand([2, 1, 19, 24], ScalarType.Float64), rand([2, 1, 19, 24], ScalarType.Float64));
        var (grey, otherGrey) = (film.expand(2, 3, 19, 24), other.expand(2, 3, 19, 24));
        Assert.AreEqual(VideoQuality.Gmsd(film, other), VideoQuality.Gmsd(grey, otherGrey), 1e-12);
        Assert.AreEqual(VideoQuality.MultiScaleGmsd(film, other), VideoQuality.MultiScaleGmsd(grey, otherGrey), 1e-12);
    }

    [TestMethod]
    public void Blur_CostsMoreTheStrongerItIs()
    {
        using var scope = NewDisposeScope();
        var film = Films.Bands([1, 3, 48, 48]);
        var blurred = nn.functional.avg_pool2d(film, 3, 1, 1);
        var more = nn.functional.avg_pool2d(blurred, 3, 1, 1);
        Assert.IsGreaterThan(0, VideoQuality.MultiScaleGmsd(blurred, film));
        Assert.IsGreaterThan(VideoQuality.MultiScaleGmsd(blurred, film), VideoQuality.MultiScaleGmsd(more, film));
    }

    [TestMethod]
    public void WhatCannotBeCompared_IsNamed()
    {
        using var scope = NewDisposeScope();
        var film = rand(2, 3, 20, 20);
        foreach (var measure in new Func<Tensor, Tensor, double>[] { VideoQuality.Gmsd, VideoQuality.MultiScaleGmsd })
        {
            Assert.Contains("[1, 3, 20, 20]", Assert.ThrowsExactly<ArgumentException>(() => measure(film, film[TensorIndex.Slice(0, 1)])).Message);
            Assert.Contains("[3, 20, 20]", Assert.ThrowsExactly<ArgumentException>(() => measure(film[0], film[0])).Message);
            var whole = film.to(ScalarType.Int64);
            Assert.Contains("Int64", Assert.ThrowsExactly<ArgumentException>(() => measure(whole, whole)).Message);
            var four = rand(2, 4, 20, 20);
            Assert.Contains("1 or 3 channels, got 4", Assert.ThrowsExactly<ArgumentException>(() => measure(four, four)).Message);
        }
        var small = rand(2, 3, 16, 20);
        var tooSmall = Assert.ThrowsExactly<ArgumentException>(() => VideoQuality.MultiScaleGmsd(small, small));
        Assert.Contains("17 × 17 pixels at least, got 20 × 16", tooSmall.Message);
    }

    [TestMethod]
    public void Measures_LeaveNoTensorBehind()
    {
        using var film = rand(2, 3, 21, 18);
        using var other = rand(2, 3, 21, 18);
        var live = LiveTensors.CountAtStart();
        VideoQuality.Gmsd(film, other);
        VideoQuality.MultiScaleGmsd(film, other);
        Assert.AreEqual(live, Tensor.TotalCount);
    }

    /// <summary>
    /// The deviation of a flat square and a black one. Zeros around it give the flat one gradients: of its brightness on edges, and in corners
    /// two of two thirds of that; the likeness to no gradient is c / (g² + c).
    /// </summary>
    private static double OfFlat(int size, double brightness, double constant)
    {
        var (corner, edge) = (constant / (8 * brightness * brightness / 9 + constant), constant / (brightness * brightness + constant));
        double Mean(Func<double, double> of) => (4 * of(corner) + 4 * (size - 2) * of(edge) + (size - 2) * (size - 2) * of(1)) / (size * size);
        var mean = Mean(likeness => likeness);
        return Math.Sqrt(Mean(likeness => (likeness - mean) * (likeness - mean)));
    }

    private static void AssertEach(double[] expected, IReadOnlyList<double> actual)
    {
        Assert.HasCount(expected.Length, actual);
        foreach (var (one, other) in expected.Zip(actual))
            Assert.AreEqual(one, other, 1e-10 * one);
    }
}
