using TorchSharp;
using static TorchSharp.torch;

namespace Afterimage.Video;

/// <summary>SSIM of two frames.</summary>
internal static class StructuralSimilarity
{
    public const int WindowSize = 11;
    private const double Sigma = 1.5;
    private const double C1 = 0.01 * 0.01;
    private const double C2 = 0.03 * 0.03;

    // What libtorch gives to one thread: it stays in the cache, and no thread waits for another that a busy machine has put aside.
    private const long BandSize = 32_000;

    private static readonly double[] s_weights = Weights();

    /// <summary>The mean over channels and windows of two <c>[channels, height, width]</c>.</summary>
    public static double Of(Tensor x, Tensor y) =>
        Enumerable.Range(0, (int)x.shape[0]).Average(channel => OfChannel(x[channel], y[channel]));

    private static double OfChannel(Tensor x, Tensor y)
    {
        var (rows, columns) = (x.shape[0] - WindowSize + 1, x.shape[1] - WindowSize + 1);
        var band = x.device_type == DeviceType.CPU ? Math.Max(1, BandSize / x.shape[1] - WindowSize + 1) : rows;
        var sum = 0.0;
        for (var top = 0L; top < rows; top += band)
        {
            var height = Math.Min(band, rows - top) + WindowSize - 1;
            sum += SumOf(x.narrow(0, top, height), y.narrow(0, top, height));
        }
        return sum / (rows * columns);
    }

    private static double SumOf(Tensor x, Tensor y)
    {
        using var scope = NewDisposeScope();
        var (meanX, meanY) = (Mean(x), Mean(y));
        var varianceX = Mean(x * x) - meanX * meanX;
        var varianceY = Mean(y * y) - meanY * meanY;
        var covariance = Mean(x * y) - meanX * meanY;
        var likeness = (meanX.Times(2) * meanY).Plus(C1) * covariance.Times(2).Plus(C2)
            / ((meanX * meanX).Plus(meanY * meanY).Plus(C1) * varianceX.Plus(varianceY).Plus(C2));
        return likeness.sum().item<double>();
    }

    /// <summary>The weighted means of all windows that lie within a picture.</summary>
    private static Tensor Mean(Tensor picture) => MeanAlong(MeanAlong(picture, 0), 1);

    // A sum of shifted pictures: in double precision, far less time and memory than libtorch's convolution.
    private static Tensor MeanAlong(Tensor picture, int dimension)
    {
        var length = picture.shape[dimension] - WindowSize + 1;
        var sum = picture.narrow(dimension, 0, length).Times(s_weights[0]);
        for (var i = 1; i < WindowSize; i++)
            sum.PlusScaled_(picture.narrow(dimension, i, length), s_weights[i]);
        return sum;
    }

    private static double[] Weights()
    {
        var weights = Enumerable.Range(0, WindowSize)
            .Select(i => Math.Exp(-Math.Pow(i - WindowSize / 2, 2) / (2 * Sigma * Sigma))).ToArray();
        return [.. weights.Select(weight => weight / weights.Sum())];
    }
}
