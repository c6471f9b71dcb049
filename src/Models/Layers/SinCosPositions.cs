using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Position tables of sines and cosines, computed in float64. Source: diffusers <c>models/embeddings.py</c>
/// (get_1d_sincos_pos_embed_from_grid, get_2d_sincos_pos_embed and get_3d_sincos_pos_embed with output_type = "pt").
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
            Axis(dim / 4, Indices(frames, device).Over(temporalScale)).view(frames, 1, 1, -1).expand(grid),
            Axis(spatial, Indices(columns, device).Over(spatialScale)).view(1, 1, columns, -1).expand(grid),
            Axis(spatial, Indices(rows, device).Over(spatialScale)).view(1, rows, 1, -1).expand(grid),
        ];
        return cat(axes, dim: -1).flatten(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Half of the channels for width, half for height, in this order, scaled so that a grid spans the trained one.
    /// </summary>
    /// <param name="dim">The width of the tokens, a multiple of 4.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="baseSize">The rows and columns of the trained grid.</param>
    /// <param name="interpolationScale">Divides rows and columns.</param>
    /// <param name="device">Where the table is.</param>
    /// <returns>[rows × columns, dim], float64</returns>
    /// <exception cref="ArgumentException"><paramref name="dim"/> is not a multiple of 4.</exception>
    public static Tensor Table2D(
        long dim, long rows, long columns, long baseSize, double interpolationScale = 1, Device? device = null)
    {
        if (dim <= 0 || dim % 4 != 0)
            throw new ArgumentException($"expected a width that is a multiple of 4, found {dim}", nameof(dim));

        using var scope = NewDisposeScope();
        Tensor[] axes =
        [
            Axis(dim / 2, Scaled(columns)).view(1, columns, -1).expand(rows, columns, -1),
            Axis(dim / 2, Scaled(rows)).view(rows, 1, -1).expand(rows, columns, -1),
        ];
        return cat(axes, dim: -1).flatten(0, 1).MoveToOuterDisposeScope();

        Tensor Scaled(long count) => Indices(count, device).Over((double)count / baseSize).Over(interpolationScale);
    }

    /// <summary>Positions 0, 1, 2, ….</summary>
    /// <param name="dim">The width of the tokens, a multiple of 2.</param>
    /// <param name="count">The number of positions.</param>
    /// <param name="device">Where the table is.</param>
    /// <returns>[count, dim], float64</returns>
    /// <exception cref="ArgumentException"><paramref name="dim"/> is not a multiple of 2.</exception>
    public static Tensor Table1D(long dim, long count, Device? device = null)
    {
        if (dim <= 0 || dim % 2 != 0)
            throw new ArgumentException($"expected a width that is a multiple of 2, found {dim}", nameof(dim));

        using var scope = NewDisposeScope();
        return Axis(dim, Indices(count, device)).MoveToOuterDisposeScope();
    }

    private static Tensor Indices(long count, Device? device) => TensorArithmetic.Range(count, ScalarType.Float32, device);

    /// <summary>Sines, then cosines of position · 10000^(−2i/dim), [positions, dim]. Positions are float32.</summary>
    private static Tensor Axis(long dim, Tensor positions)
    {
        var exponents = TensorArithmetic.Range(dim / 2, ScalarType.Float64, positions.device).Over(dim / 2.0);
        var angles = outer(positions.to(ScalarType.Float64), 10000.0.ToThe(exponents).reciprocal());
        return cat([angles.sin(), angles.cos()], dim: 1);
    }
}
