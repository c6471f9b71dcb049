using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Position tables of sines and cosines over time, height and width, computed in float64. Source: diffusers
/// <c>models/embeddings.py</c> (get_3d_sincos_pos_embed with output_type = "pt").
/// </summary>
public static class SinCosPositions
{
    /// <summary>A quarter of the channels for time, three eighths each for width and height, in this order.</summary>
    /// <param name="dim">The width of the tokens, a multiple of 16.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="frames">The number of frames.</param>
    /// <param name="spatialScale">Divides rows and columns.</param>
    /// <param name="temporalScale">Divides frames.</param>
    /// <param name="device">Where the table is.</param>
    /// <returns>[frames, rows × columns, dim], float64</returns>
    /// <exception cref="ArgumentException"><paramref name="dim"/> is not a multiple of 16.</exception>
    public static Tensor Table3D(
        long dim, long columns, long rows, long frames, double spatialScale = 1, double temporalScale = 1, Device? device = null)
    {
        if (dim <= 0 || dim % 16 != 0)
            throw new ArgumentException($"expected a width that is a multiple of 16, found {dim}", nameof(dim));

        using var scope = NewDisposeScope();
        var spatial = dim / 8 * 3;
        long[] grid = [frames, rows, columns, -1];
        Tensor[] axes =
        [
            Axis(dim / 4, frames, temporalScale, device).view(frames, 1, 1, -1).expand(grid),
            Axis(spatial, columns, spatialScale, device).view(1, 1, columns, -1).expand(grid),
            Axis(spatial, rows, spatialScale, device).view(1, rows, 1, -1).expand(grid),
        ];
        return cat(axes, dim: -1).flatten(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>Sines, then cosines of position · 10000^(−2i/dim), [count, dim]. Positions are divided in float32.</summary>
    private static Tensor Axis(long dim, long count, double scale, Device? device)
    {
        var positions = arange(count, dtype: ScalarType.Float32, device: device) / scale;
        var exponents = arange(dim / 2, dtype: ScalarType.Float64, device: device) / (dim / 2.0);
        var angles = outer(positions.to(ScalarType.Float64), pow(10000, exponents).reciprocal());
        return cat([angles.sin(), angles.cos()], dim: 1);
    }
}
