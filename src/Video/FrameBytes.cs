using System.Globalization;
using static TorchSharp.torch;

namespace Afterimage.Video;

/// <summary>Colours of a tensor as bytes.</summary>
internal static class FrameBytes
{
    // What half precision makes of 0 and 1 is still a colour.
    private const double Slack = 1.0 / 128;

    /// <summary>The frames of one film, RGB by pixel and row; refuses what is no film.</summary>
    public static byte[][] Of(Tensor frames, int batchIndex)
    {
        Check(frames, batchIndex);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var film = frames.dim() == 5 ? frames[batchIndex] : frames;
        return [.. Enumerable.Range(0, (int)film.shape[0]).Select(i => Frame(film[i], i))];
    }

    /// <summary>A frame with a square of pixels for each pixel.</summary>
    public static byte[] Enlarged(byte[] frame, int width, int height, int factor)
    {
        const int colors = 3;
        var row = width * factor * colors;
        var enlarged = new byte[row * height * factor];
        for (var y = 0; y < height; y++)
        {
            var first = enlarged.AsSpan(y * factor * row, row);
            for (var x = 0; x < width * factor; x++)
                frame.AsSpan((y * width + x / factor) * colors, colors).CopyTo(first[(x * colors)..]);
            for (var repeated = 1; repeated < factor; repeated++)
                first.CopyTo(enlarged.AsSpan((y * factor + repeated) * row));
        }
        return enlarged;
    }

    private static byte[] Frame(Tensor frame, int index)
    {
        using var scope = NewDisposeScope();
        var colors = frame.to(ScalarType.Float32).cpu();
        var (low, high) = (colors.amin([0, 1, 2]).item<float>(), colors.amax([0, 1, 2]).item<float>());
        // NaN is in no range.
        if (!(low >= -Slack && high <= 1 + Slack))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"Expected colours in [0, 1], got {low} to {high} in frame {index}. Colours in [-1, 1] become such by x / 2 + 0.5."), "frames");
        }
        return colors.Clamped(0, 1).Times(255).round().to(ScalarType.Byte).permute(1, 2, 0).contiguous().bytes.ToArray();
    }

    private static void Check(Tensor frames, int batchIndex)
    {
        var shape = frames.shape;
        if (shape.Length is not (4 or 5) || shape[^3] != 3 || shape.Contains(0))
        {
            throw new ArgumentException(
                $"Expected at least one frame as [frames, 3, height, width] or [batch, frames, 3, height, width], got [{string.Join(", ", shape)}].",
                nameof(frames));
        }
        if (!is_floating_point(frames))
            throw new ArgumentException($"Expected colours as floating-point numbers in [0, 1], got {frames.dtype}.", nameof(frames));
        var films = shape.Length == 5 ? shape[0] : 1;
        if (batchIndex < 0 || batchIndex >= films)
            throw new ArgumentOutOfRangeException(nameof(batchIndex), $"There is no film {batchIndex} in a batch of {films}.");
    }
}
