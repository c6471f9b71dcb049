using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Afterimage.Video;

/// <summary>
/// GMSD and MS-GMSD of two frames <c>[1 or 3, height, width]</c> in [0, 1]. Source: piq's <c>gmsd.py</c>, <c>gmsd</c> and
/// <c>multi_scale_gmsd</c>, whose constants and order of work these are.
/// </summary>
internal static class GradientMagnitudeSimilarity
{
    /// <summary>The sides that the reference asks for: 2⁴ + 1, of four scales.</summary>
    public const long LeastSizeOfScales = 17;

    private static readonly double[] s_scaleWeights = [0.096, 0.596, 0.289, 0.019];

    /// <summary>One scale, half the frame's.</summary>
    public static double Of(Tensor x, Tensor y) => Deviation(Halved(Luminance(x)), Halved(Luminance(y)), constant: 170 / (255.0 * 255.0), masking: 0);

    /// <summary>The frame's scale, and three halved ones.</summary>
    public static double OfScales(Tensor x, Tensor y)
    {
        var (brightX, brightY) = (Luminance(x).Times(255), Luminance(y).Times(255));
        var sum = 0.0;
        for (var scale = 0; scale < s_scaleWeights.Length; scale++)
        {
            if (scale > 0)
                (brightX, brightY) = (Halved(brightX), Halved(brightY));
            sum += s_scaleWeights[scale] * Math.Pow(Deviation(brightX, brightY, constant: 170, masking: 0.5), 2);
        }
        return Math.Sqrt(sum);
    }

    /// <summary>The Y of YIQ: <c>[1, height, width]</c>.</summary>
    private static Tensor Luminance(Tensor frame) => frame.shape[0] == 1
        ? frame
        : frame.narrow(0, 0, 1).Times(0.299).PlusScaled_(frame.narrow(0, 1, 1), 0.587).PlusScaled_(frame.narrow(0, 2, 1), 0.114);

    private static Tensor Halved(Tensor picture)
    {
        // Zeros, not the edge's values, and in both directions where one is odd: pooling drops the row that is then too many.
        var odd = Math.Max(picture.shape[1] % 2, picture.shape[2] % 2);
        return functional.avg_pool2d(functional.pad(picture, [0, odd, 0, odd]), 2, 2);
    }

    /// <summary>The standard deviation of the similarity of gradients.</summary>
    private static double Deviation(Tensor x, Tensor y, double constant, double masking)
    {
        using var scope = NewDisposeScope();
        var (slopeX, slopeY) = (Gradient(x), Gradient(y));
        var product = slopeX * slopeY;
        var masked = product.Times(masking);
        var similarity = (product.Times(2) - masked).Plus(constant) / (slopeX.Squared().Plus(slopeY.Squared()) - masked).Plus(constant);
        return Math.Sqrt((similarity - similarity.mean()).Squared().mean().item<double>());
    }

    /// <summary>The length of Prewitt's gradient, with zeros around the picture.</summary>
    private static Tensor Gradient(Tensor picture)
    {
        var framed = functional.pad(picture, [1, 1, 1, 1]);
        return Slope(framed, 1, 2).Squared().Plus(Slope(framed, 2, 1).Squared()).sqrt();
    }

    // Differences and sums of shifted pictures: in double precision, half the time of libtorch's convolution.
    private static Tensor Slope(Tensor framed, int along, int across)
    {
        var (length, breadth) = (framed.shape[along] - 2, framed.shape[across] - 2);
        var difference = framed.narrow(along, 2, length) - framed.narrow(along, 0, length);
        return difference.narrow(across, 0, breadth).Plus(difference.narrow(across, 1, breadth)).Plus(difference.narrow(across, 2, breadth)).Over(3);
    }
}
