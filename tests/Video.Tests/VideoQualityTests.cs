using static TorchSharp.torch;

namespace Afterimage.Video.Tests;

[TestClass]
public class VideoQualityTests
{
    private const double C1 = 0.0001, C2 = 0.0009;

    [TestMethod]
    [DataRow(0.1, 20.0)]
    [DataRow(0.5, 6.020599913279624)]
    [DataRow(1.0, 0.0)]
    public void Psnr_ConstantShift_IsTwentyTimesItsLogarithm(double shift, double decibels)
    {
        using var scope = NewDisposeScope();
        var film = zeros([3, 3, 12, 14], ScalarType.Float64);
        Assert.AreEqual(decibels, VideoQuality.Psnr(film.Plus(shift), film), 1e-12);
        Assert.AreEqual(decibels, VideoQuality.Psnr(film, film.Plus(shift)), 1e-12);
    }

    [TestMethod]
    public void Psnr_OneFrameSpoiled_CountsItsErrorsOverTheWholeFilm()
    {
        using var scope = NewDisposeScope();
        var film = rand(4, 3, 12, 12).Times(0.5);
        var spoiled = film.clone();
        spoiled[2] = spoiled[2].Plus(0.2);
        var perFrame = VideoQuality.PsnrPerFrame(spoiled, film);
        Assert.HasCount(4, perFrame);
        Assert.AreEqual(double.PositiveInfinity, perFrame[0]);
        Assert.AreEqual(-20 * Math.Log10(0.2), perFrame[2], 1e-5);
        // A quarter of the squared error.
        Assert.AreEqual(-10 * Math.Log10(0.04 / 4), VideoQuality.Psnr(spoiled, film), 1e-5);
    }

    [TestMethod]
    [DataRow(ScalarType.Float32)]
    [DataRow(ScalarType.BFloat16)]
    public void EqualFilms_AreInfinitelyAlike(ScalarType dtype)
    {
        using var film = rand([2, 3, 3, 16, 20]).to(dtype);
        Assert.AreEqual(double.PositiveInfinity, VideoQuality.Psnr(film, film));
        Assert.AreEqual(1.0, VideoQuality.Ssim(film, film), 1e-15);
        Assert.HasCount(6, VideoQuality.SsimPerFrame(film, film), "frames of both films of the batch");
    }

    [TestMethod]
    [DataRow(0.2, 0.7)]
    [DataRow(0.0, 1.0)]
    public void Ssim_FlatFilms_IsTheLuminanceTerm(double first, double second)
    {
        using var scope = NewDisposeScope();
        var film = TensorArithmetic.Full([2, 3, 15, 12], first, ScalarType.Float64);
        var other = TensorArithmetic.Full([2, 3, 15, 12], second, ScalarType.Float64);
        Assert.AreEqual((2 * first * second + C1) / (first * first + second * second + C1), VideoQuality.Ssim(film, other), 1e-9);
    }

    [TestMethod]
    public void Ssim_RampAndItsMirrorImage_IsTheClosedForm()
    {
        // On x = 0.02·column a window's mean is its centre, and its variance 0.02²·Σ w·k², the same in each; 1 − x has −x's covariance.
        using var scope = NewDisposeScope();
        const int Width = 40;
        var ramp = TensorArithmetic.Range(Width, ScalarType.Float64).Times(0.02).view(1, 1, 1, Width).expand(1, 3, 14, Width);
        var weights = Enumerable.Range(-5, 11).Select(k => Math.Exp(-k * k / 4.5)).ToArray();
        var variance = 0.02 * 0.02 * Enumerable.Range(-5, 11).Sum(k => k * k * weights[k + 5]) / weights.Sum();
        var expected = Enumerable.Range(5, Width - 10).Average(centre =>
        {
            var mean = 0.02 * centre;
            return (2 * mean * (1 - mean) + C1) * (-2 * variance + C2)
                / ((mean * mean + (1 - mean) * (1 - mean) + C1) * (2 * variance + C2));
        });
        Assert.IsLessThan(0, expected);
        Assert.AreEqual(expected, VideoQuality.Ssim(ramp, 1.Minus(ramp)), 1e-10);
    }

    [TestMethod]
    public void Ssim_OneWindow_IsWeightedByHand()
    {
        using var scope = NewDisposeScope();
        var (film, other) = (rand([1, 1, 11, 11], ScalarType.Float64), rand([1, 1, 11, 11], ScalarType.Float64));
        var (x, y) = (film.data<double>().ToArray(), other.data<double>().ToArray());
        var weights = Enumerable.Range(0, 121).Select(i => Math.Exp(-((i / 11 - 5) * (i / 11 - 5) + (i % 11 - 5) * (i % 11 - 5)) / 4.5)).ToArray();
        double Mean(Func<int, double> value) => Enumerable.Range(0, 121).Sum(i => weights[i] * value(i)) / weights.Sum();
        var (meanX, meanY) = (Mean(i => x[i]), Mean(i => y[i]));
        var varianceX = Mean(i => (x[i] - meanX) * (x[i] - meanX));
        var varianceY = Mean(i => (y[i] - meanY) * (y[i] - meanY));
        var covariance = Mean(i => (x[i] - meanX) * (y[i] - meanY));
        var expected = (2 * meanX * meanY + C1) * (2 * covariance + C2)
            / ((meanX * meanX + meanY * meanY + C1) * (varianceX + varianceY + C2));
        Assert.AreEqual(expected, VideoQuality.Ssim(film, other), 1e-12);
    }

    [TestMethod]
    [DataRow(140, 720)]
    [DataRow(12, 3300)]
    public void Ssim_LargeFrame_IsThatOfTheWholeFrameAtOnce(int height, int width)
    {
        using var scope = NewDisposeScope();
        var (x, y) = (rand([1, 1, height, width], ScalarType.Float64), rand([1, 1, height, width], ScalarType.Float64));
        var weights = exp((-TensorArithmetic.Range(11, ScalarType.Float64).Minus(5).Squared()).Over(4.5));
        var window = (weights.unsqueeze(1) * weights / weights.sum().Squared()).view(1, 1, 11, 11);
        Tensor Mean(Tensor picture) => nn.functional.conv2d(picture, window);
        var (meanX, meanY) = (Mean(x), Mean(y));
        var likeness = (meanX.Times(2) * meanY).Plus(C1) * (Mean(x * y) - meanX * meanY).Times(2).Plus(C2)
            / (meanX.Squared().Plus(meanY.Squared()).Plus(C1) * ((Mean(x * x) - meanX.Squared()).Plus(Mean(y * y)) - meanY.Squared()).Plus(C2));
        Assert.AreEqual(likeness.mean().item<double>(), VideoQuality.Ssim(x, y), 1e-12);
    }

    [TestMethod]
    public void Ssim_Film_IsTheMeanOfItsFrames()
    {
        using var scope = NewDisposeScope();
        var (film, other) = (rand(3, 3, 16, 16), rand(3, 3, 16, 16));
        var perFrame = VideoQuality.SsimPerFrame(film, other);
        Assert.AreEqual(perFrame.Average(), VideoQuality.Ssim(film, other), 1e-15);
        Assert.AreEqual(perFrame[1], VideoQuality.Ssim(film[1].unsqueeze(0), other[1].unsqueeze(0)), 1e-15);
    }

    [TestMethod]
    public void OtherShapes_AreNamed()
    {
        using var scope = NewDisposeScope();
        var film = rand(2, 3, 12, 12);
        foreach (var measure in new Func<Tensor, Tensor, double>[] { VideoQuality.Psnr, VideoQuality.Ssim })
        {
            Assert.Contains("[1, 3, 12, 12]", Assert.ThrowsExactly<ArgumentException>(() => measure(film, film[TensorIndex.Slice(0, 1)])).Message);
            Assert.Contains("[3, 12, 12]", Assert.ThrowsExactly<ArgumentException>(() => measure(film[0], film[0])).Message);
            Assert.Contains("Int64", Assert.ThrowsExactly<ArgumentException>(() => measure(film.to(ScalarType.Int64), film.to(ScalarType.Int64))).Message);
            Assert.ThrowsExactly<ArgumentException>(() => measure(film[TensorIndex.Slice(0, 0)], film[TensorIndex.Slice(0, 0)]));
        }
        var small = rand(2, 3, 10, 12);
        Assert.Contains("11 × 11", Assert.ThrowsExactly<ArgumentException>(() => VideoQuality.Ssim(small, small)).Message);
    }

    [TestMethod]
    public void Measures_LeaveNoTensorBehind()
    {
        using var film = rand(2, 3, 16, 16);
        using var other = rand(2, 3, 16, 16);
        var live = LiveTensors.CountAtStart();
        VideoQuality.Psnr(film, other);
        VideoQuality.Ssim(film, other);
        Assert.AreEqual(live, Tensor.TotalCount);
    }
}
