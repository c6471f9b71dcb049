using static TorchSharp.torch;

namespace Afterimage.Video.Tests;

/// <summary>Films whose colours are known everywhere.</summary>
internal static class Films
{
    /// <summary>A gradient to the right in red and down in green, with blue growing from frame to frame: <c>[frames, 3, height, width]</c>.</summary>
    public static Tensor Gradient(int frames, int height, int width)
    {
        using var scope = NewDisposeScope();
        var red = linspace(0, 1, width).view(1, 1, 1, width).expand(frames, 1, height, width);
        var green = linspace(0, 1, height).view(1, 1, height, 1).expand(frames, 1, height, width);
        var blue = TensorArithmetic.Range(frames, ScalarType.Float32).Over(frames).view(frames, 1, 1, 1).expand(frames, 1, height, width);
        return cat([red, green, blue], 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Bands in float64, or the same with a finer pattern over them. Element i is 0.5 + 0.4·sin(0.05·i + 3·sin(0.011·i)), and with the
    /// pattern 0.08·cos(0.3·i) more: what other programs can make too.
    /// </summary>
    public static Tensor Bands(long[] shape, bool isPatterned = false)
    {
        var count = shape.Aggregate((a, b) => a * b);
        var values = new double[count];
        for (var i = 0; i < count; i++)
            values[i] = 0.5 + 0.4 * Math.Sin(0.05 * i + 3 * Math.Sin(0.011 * i)) + (isPatterned ? 0.08 * Math.Cos(0.3 * i) : 0);
        return tensor(values, shape);
    }

    public static Film GradientFilm(int frames, int height, int width, double framesPerSecond = 8)
    {
        using var tensor = Gradient(frames, height, width);
        return new Film(tensor, framesPerSecond);
    }

    /// <summary>A film in which nothing moves.</summary>
    public static Film Still(int frames, int height, int width, double framesPerSecond) => Of(new string('A', frames), height, width, framesPerSecond);

    /// <summary>Frames of a letter each, equal where the letters are.</summary>
    public static Film Of(string letters, int height, int width, double framesPerSecond)
    {
        using var kinds = Gradient(26, height, width);
        using var frames = kinds.index_select(0, tensor([.. letters.Select(letter => (long)(letter - 'A'))]));
        return new Film(frames, framesPerSecond);
    }

    /// <summary>How far a frame is from another on the average, in shades of 256.</summary>
    public static double Distance(ReadOnlyMemory<byte> frame, byte[] other)
    {
        Assert.HasCount(frame.Length, other);
        return other.Select((value, i) => Math.Abs(value - frame.Span[i])).Average();
    }

    /// <summary>The mean red, green and blue.</summary>
    public static double[] MeanColor(byte[] frame) =>
        [.. Enumerable.Range(0, 3).Select(channel => frame.Chunk(3).Average(color => color[channel]))];
}
