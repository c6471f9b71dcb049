using static TorchSharp.torch;

namespace Afterimage.Video.MovingShapes;

/// <summary>A frame, taken apart into a ground and the shapes before it.</summary>
/// <param name="Shapes">Pieces of what covers the ground.</param>
/// <param name="Center">The centre of gravity of all cover, in pixels from the top left; NaN where there is none.</param>
/// <param name="Color">The mean colour of what covers the ground wholly, red, green and blue in [0, 1].</param>
/// <param name="Width">The frame's, in pixels.</param>
/// <param name="Height">The frame's, in pixels.</param>
internal sealed record PictureOfShapes(
    IReadOnlyList<ShapeRegion> Shapes, (double X, double Y) Center, (double Red, double Green, double Blue) Color, int Width, int Height)
{
    /// <summary>The least distance from the ground that is a colour of its own, where black and white are √3 apart.</summary>
    private const double LeastContrast = 0.2;

    /// <summary>Of the pixels, those that are farthest from the ground are taken to be covered wholly.</summary>
    private const double WhollyCovered = 0.005;

    /// <summary>All frames of a film, <c>[frames, 3, height, width]</c>.</summary>
    public static IReadOnlyList<PictureOfShapes> Of(Tensor frames)
    {
        ArgumentNullException.ThrowIfNull(frames);
        if (frames.dim() != 4 || frames.size(1) != 3 || frames.NumberOfElements == 0 || !is_floating_point(frames))
        {
            throw new ArgumentException(
                $"Expected a film of floating-point colours as [frames, 3, height, width], got [{string.Join(", ", frames.shape)}] of {frames.dtype}.",
                nameof(frames));
        }
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var film = frames.to(ScalarType.Float32).cpu();
        // The ground is what most of the film's edge shows.
        var edge = cat([film[.., .., 0, ..], film[.., .., -1, ..], film[.., .., .., 0], film[.., .., .., -1]], dim: 2);
        var sorted = edge.transpose(0, 1).flatten(1).sort(1).Values;
        var ground = sorted.select(1, sorted.size(1) / 2).reshape(3, 1, 1);
        return [.. Enumerable.Range(0, (int)film.size(0)).Select(i => Of(film[i], ground))];
    }

    private static PictureOfShapes Of(Tensor frame, Tensor ground)
    {
        using var scope = NewDisposeScope();
        var (height, width) = ((int)frame.size(1), (int)frame.size(2));
        var distance = (frame - ground).Squared().sum([0]).sqrt();
        var contrast = distance.flatten().topk(Math.Max(1, (int)(WhollyCovered * height * width))).values.mean().item<float>();
        if (!(contrast >= LeastContrast))
            return new PictureOfShapes([], (double.NaN, double.NaN), default, width, height);

        var cover = distance.Over(contrast).AtMost(1);
        var covered = cover.flatten().data<float>().ToArray();
        var wholly = cover.IsGreater(0.8).to(ScalarType.Float32);
        var color = ((frame * wholly).sum([1, 2]) / wholly.sum()).data<float>().ToArray();
        return new PictureOfShapes(
            ShapeRegion.In(covered, width, height), CenterOf(covered, width), (color[0], color[1], color[2]), width, height);
    }

    /// <summary>Of what is covered by half at least: noise of a large ground would weigh more than a small shape.</summary>
    private static (double X, double Y) CenterOf(float[] cover, int width)
    {
        var (sum, x, y) = (0.0, 0.0, 0.0);
        for (var i = 0; i < cover.Length; i++)
        {
            var weight = cover[i] < ShapeRegion.LeastCover ? 0 : cover[i];
            sum += weight;
            x += weight * (i % width + 0.5);
            y += weight * (i / width + 0.5);
        }
        return (x / sum, y / sum);
    }
}
