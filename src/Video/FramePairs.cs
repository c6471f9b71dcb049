using static TorchSharp.torch;

namespace Afterimage.Video;

/// <summary>Two films of one shape, taken frame by frame.</summary>
internal static class FramePairs
{
    /// <summary>A measure of every pair of frames <c>[channels, height, width]</c>, one at a time, since films are large.</summary>
    /// <param name="film">A checked film.</param>
    /// <param name="reference">A film of the same shape.</param>
    /// <param name="dtype">The type that frames are converted to.</param>
    /// <param name="device">Where the work is done.</param>
    /// <param name="measure">Measures two frames. What it makes is freed.</param>
    public static double[] Measure(Tensor film, Tensor reference, ScalarType dtype, Device device, Func<Tensor, Tensor, double> measure)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (films, references) = (film.flatten(0, -4), reference.flatten(0, -4));
        var values = new double[films.shape[0]];
        for (var i = 0; i < values.Length; i++)
        {
            using var frame = NewDisposeScope();
            values[i] = measure(films[i].to(device).to(dtype), references[i].to(device).to(dtype));
        }
        return values;
    }

    /// <summary>Refuses what a measure cannot compare.</summary>
    /// <param name="measure">What the measure is called.</param>
    /// <param name="film">A film.</param>
    /// <param name="reference">What it is compared with.</param>
    /// <param name="leastSize">The width and height that the measure needs.</param>
    /// <param name="channels">The counts of channels that it takes; any if there are none.</param>
    /// <exception cref="ArgumentException">The films are no films, differ in shape, or are not what the measure takes.</exception>
    public static void Check(string measure, Tensor film, Tensor reference, long leastSize = 1, params long[] channels)
    {
        if (!film.shape.SequenceEqual(reference.shape))
            throw new ArgumentException($"Expected films of one shape, got {Shape(film)} and {Shape(reference)}.", nameof(reference));
        if (film.dim() < 4 || film.NumberOfElements == 0)
            throw new ArgumentException($"Expected at least one frame as [..., frames, channels, height, width], got {Shape(film)}.", nameof(film));
        if (!is_floating_point(film) || !is_floating_point(reference))
            throw new ArgumentException($"Expected floating-point numbers in [0, 1], got {film.dtype} and {reference.dtype}.", nameof(film));
        if (Math.Min(film.shape[^1], film.shape[^2]) < leastSize)
        {
            throw new ArgumentException(
                $"{measure} needs frames of {leastSize} × {leastSize} pixels at least, got {film.shape[^1]} × {film.shape[^2]}.", nameof(film));
        }
        if (channels.Length > 0 && !channels.Contains(film.shape[^3]))
            throw new ArgumentException($"{measure} needs frames of {string.Join(" or ", channels)} channels, got {film.shape[^3]}.", nameof(film));

        static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
    }
}
