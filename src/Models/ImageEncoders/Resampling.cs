using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Resizes pictures of bytes as Pillow does it, to the byte: rows first, then columns, each the sum of neighbours under a filter that is as wide as a new
/// pixel, with weights in fixed point, and rounded to bytes. Source: Pillow <c>libImaging/Resample.c</c>.
/// </summary>
/// <param name="weight">The filter's value at a distance, in pixels of the smaller of the two pictures.</param>
/// <param name="support">The distance from which on it is 0.</param>
internal sealed class Resampling(Func<double, double> weight, double support)
{
    /// <summary>What weights are whole multiples of: one of 2 to the power of <c>PRECISION_BITS</c>.</summary>
    private const double One = 1 << 22;

    private static readonly Resampling s_bilinear = new(x => Math.Abs(x) < 1 ? 1 - Math.Abs(x) : 0, 1);
    private static readonly Resampling s_bicubic = new(Bicubic, 2);
    private static readonly Resampling s_lanczos = new(x => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0, 3);

    /// <summary>The one of a number of Pillow's.</summary>
    /// <exception cref="NotSupportedException">It is not here.</exception>
    public static Resampling Of(int resample) => resample switch
    {
        1 => s_lanczos,
        2 => s_bilinear,
        3 => s_bicubic,
        _ => throw new NotSupportedException($"'resample': {resample} is not supported here; there are 1 (Lanczos), 2 (bilinear) and 3 (bicubic)"),
    };

    /// <summary>Resizes.</summary>
    /// <param name="pictures">[…, height, width], whole numbers from 0 to 255 in float32.</param>
    /// <param name="height">The new height.</param>
    /// <param name="width">The new width.</param>
    /// <returns>[…, <paramref name="height"/>, <paramref name="width"/>], as before, the caller's.</returns>
    public Tensor Resize(Tensor pictures, long height, long width)
    {
        using var scope = NewDisposeScope();
        using var across = Weights(pictures.size(-1), width, pictures.device);
        using var down = Weights(pictures.size(-2), height, pictures.device);
        // One after another, for numbers of 64 bits take memory.
        var planes = pictures.reshape(-1, pictures.size(-2), pictures.size(-1)).unbind(0).Select(plane => Resize(plane, across, down)).ToList();
        return stack(planes, 0).view([.. pictures.shape[..^2], height, width]).MoveToOuterDisposeScope();
    }

    private static Tensor Resize(Tensor plane, Tensor across, Tensor down)
    {
        using var scope = NewDisposeScope();
        var rows = Bytes(matmul(plane.to(ScalarType.Float64), across.t()));
        return Bytes(matmul(down, rows)).to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>The nearest bytes of sums. Sums of whole numbers this small are exact, in whatever order.</summary>
    private static Tensor Bytes(Tensor sums) => sums.Plus_(One / 2).Times_(1 / One).floor_().Clamp_(0, 255);

    /// <summary>Of every new pixel the weight of every old one, [size, oldSize], in whole multiples.</summary>
    private Tensor Weights(long oldSize, long size, Device device)
    {
        var weights = new double[size, oldSize];
        var scale = (double)oldSize / size;
        var width = Math.Max(scale, 1);
        for (var i = 0L; i < size; i++)
        {
            var center = (i + 0.5) * scale;
            var first = (long)Math.Max(center - support * width + 0.5, 0);
            var end = Math.Min((long)(center + support * width + 0.5), oldSize);
            var sum = 0.0;
            for (var j = first; j < end; j++)
                sum += weights[i, j] = weight((j - center + 0.5) * (1 / width));
            for (var j = first; j < end && sum != 0; j++)
                weights[i, j] = Math.Truncate(weights[i, j] / sum * One + (weights[i, j] / sum < 0 ? -0.5 : 0.5));
        }
        return HostTraffic.Sent(weights, device);
    }

    private static double Bicubic(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x switch
        {
            < 1 => ((A + 2) * x - (A + 3)) * x * x + 1,
            < 2 => (((x - 5) * x + 8) * x - 4) * A,
            _ => 0,
        };
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
