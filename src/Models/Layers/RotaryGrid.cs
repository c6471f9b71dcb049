using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>
/// Rotary tables over time, height and width, or any other axes. Sources: diffusers <c>models/embeddings.py</c>
/// (get_3d_rotary_pos_embed, get_1d_rotary_pos_embed) and <c>pipelines/cogvideo/pipeline_cogvideox.py</c>
/// (get_resize_crop_region_for_grid).
/// </summary>
public static class RotaryGrid
{
    /// <summary>
    /// Positions spread over a crop of the trained grid (<c>grid_type="linspace"</c>): row h of H is at
    /// top + h (bottom·(H − 1)/H − top)/(H − 1), columns likewise, frames at 0, 1, 2, ….
    /// </summary>
    /// <param name="headDim">The width of a head: a quarter for time, three eighths each for height and width.</param>
    /// <param name="crop">The crop, as <see cref="ResizeCropRegion"/> gives it.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="frames">The number of frames.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <param name="device">Where the tables are.</param>
    /// <returns>Tables of [frames × rows × columns, head dim].</returns>
    /// <exception cref="ArgumentException"><paramref name="headDim"/> is not a multiple of 16, or a size is not positive.</exception>
    public static RotaryEmbedding Linspace(
        long headDim,
        ((long Top, long Left) Start, (long Bottom, long Right) Stop) crop,
        long rows,
        long columns,
        long frames,
        double theta = 10000,
        Device? device = null)
    {
        Check(headDim, rows, columns, frames);
        using var scope = NewDisposeScope();
        var (start, stop) = crop;
        return Combine(
            headDim,
            Positions(0, frames, frames, device),
            Positions(start.Top, stop.Bottom, rows, device),
            Positions(start.Left, stop.Right, columns, device),
            theta);
    }

    /// <summary>Positions 0, 1, 2, … on every axis (<c>grid_type="slice"</c>): the corner of the largest grid.</summary>
    /// <param name="headDim">As in <see cref="Linspace"/>.</param>
    /// <param name="maxRows">The rows of the largest grid.</param>
    /// <param name="maxColumns">The columns of the largest grid.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="frames">The number of frames.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <param name="device">Where the tables are.</param>
    /// <returns>Tables of [frames × rows × columns, head dim].</returns>
    /// <exception cref="ArgumentException">
    /// <paramref name="headDim"/> is not a multiple of 16, a size is not positive, or the grid is larger than the largest.
    /// </exception>
    public static RotaryEmbedding Slice(
        long headDim, long maxRows, long maxColumns, long rows, long columns, long frames, double theta = 10000, Device? device = null)
    {
        Check(headDim, rows, columns, frames);
        if (rows > maxRows || columns > maxColumns)
            throw new ArgumentException($"a grid of {rows} × {columns} does not fit the largest, {maxRows} × {maxColumns}");
        using var scope = NewDisposeScope();
        return Combine(headDim, Indices(frames, device), Indices(rows, device), Indices(columns, device), theta);
    }

    /// <summary>The frame, row and column of every token of a grid, each from 0.</summary>
    /// <param name="frames">The number of frames.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="device">Where the result is.</param>
    /// <returns>[frames × rows × columns, 3], float32</returns>
    public static Tensor Ids(long frames, long rows, long columns, Device? device = null)
    {
        using var scope = NewDisposeScope();
        return Cells(Indices(frames, device), Indices(rows, device), Indices(columns, device)).MoveToOuterDisposeScope();
    }

    /// <summary>The place of every token of a grid on each axis, [frames × rows × columns, 3], from those of frames, rows and columns.</summary>
    [NoSideEffects]
    internal static Tensor Cells(Tensor frames, Tensor rows, Tensor columns)
    {
        using var scope = NewDisposeScope();
        long[] grid = [frames.size(0), rows.size(0), columns.size(0)];
        Tensor[] axes = [frames.view(-1, 1, 1).expand(grid), rows.view(1, -1, 1).expand(grid), columns.view(1, 1, -1).expand(grid)];
        return stack(axes, dim: -1).view(-1, 3).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Positions of tokens wherever they are (Flux, Wan, Hunyuan Video). Source: diffusers
    /// <c>models/transformers/transformer_flux.py</c> (FluxPosEmbed).
    /// </summary>
    /// <param name="ids">Each token's position on every axis, [tokens, axes].</param>
    /// <param name="dims">The channels of a head that belong to each axis, even numbers.</param>
    /// <param name="theta">The base of the frequencies.</param>
    /// <param name="precision">The type that the angles are computed in.</param>
    /// <returns>Tables of [tokens, sum of dims].</returns>
    public static RotaryEmbedding OfIds(Tensor ids, ReadOnlySpan<long> dims, double theta = 10000, ScalarType precision = ScalarType.Float64)
    {
        using var scope = NewDisposeScope();
        var angles = new List<Tensor>();
        for (var axis = 0; axis < dims.Length; axis++)
        {
            var exponents = TensorArithmetic.Range(0, dims[axis], 2, precision, ids.device).Over(dims[axis]);
            angles.Add(outer(ids.select(1, axis).to(precision), theta.ToThe(exponents).reciprocal()));
        }

        var doubled = cat(angles, dim: -1).repeat_interleave(2, dim: -1);
        return new RotaryEmbedding(Single(doubled.cos()), Single(doubled.sin()));

        static Tensor Single(Tensor table) => table.to(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>The region that a grid takes when it is scaled to fit the middle of the trained grid.</summary>
    /// <param name="rows">The rows of the grid.</param>
    /// <param name="columns">The columns of the grid.</param>
    /// <param name="targetColumns">The columns of the trained grid.</param>
    /// <param name="targetRows">The rows of the trained grid.</param>
    public static ((long Top, long Left) Start, (long Bottom, long Right) Stop) ResizeCropRegion(
        long rows, long columns, long targetColumns, long targetRows)
    {
        var tall = (double)rows / columns > (double)targetRows / targetColumns;
        var height = tall ? targetRows : Round((double)targetColumns / columns * rows);
        var width = tall ? Round((double)targetRows / rows * columns) : targetColumns;
        var top = Round((targetRows - height) / 2.0);
        var left = Round((targetColumns - width) / 2.0);
        return ((top, left), (top + height, left + width));
    }

    /// <summary>To the nearest, halves to even, as Python rounds.</summary>
    private static long Round(double value) => (long)Math.Round(value, MidpointRounding.ToEven);

    private static void Check(long headDim, long rows, long columns, long frames)
    {
        if (headDim <= 0 || headDim % 16 != 0)
            throw new ArgumentException($"expected a head dim that is a multiple of 16, found {headDim}", nameof(headDim));
        if (rows <= 0 || columns <= 0 || frames <= 0)
            throw new ArgumentException($"expected a grid with positions, found {frames} × {rows} × {columns}");
    }

    private static Tensor Positions(long start, long stop, long count, Device? device) =>
        linspace(start, (double)stop * (count - 1) / count, count, dtype: ScalarType.Float32, device: device);

    private static Tensor Indices(long count, Device? device) => TensorArithmetic.Range(count, ScalarType.Float32, device);

    private static RotaryEmbedding Combine(long headDim, Tensor frames, Tensor rows, Tensor columns, double theta)
    {
        Tensor[] angles =
        [
            Angles(headDim / 4, frames, theta).view(frames.size(0), 1, 1, -1),
            Angles(headDim / 8 * 3, rows, theta).view(1, rows.size(0), 1, -1),
            Angles(headDim / 8 * 3, columns, theta).view(1, 1, columns.size(0), -1),
        ];
        long[] grid = [frames.size(0), rows.size(0), columns.size(0), -1];
        return new RotaryEmbedding(Table(angles, grid, x => x.cos()), Table(angles, grid, x => x.sin()));
    }

    /// <summary>Angle of position p in pair i of dim: p · theta^(−2i/dim), in float32 as diffusers does.</summary>
    private static Tensor Angles(long dim, Tensor positions, double theta)
    {
        var exponents = TensorArithmetic.Range(0, dim, 2, ScalarType.Float32, positions.device).Over(dim);
        return outer(positions, theta.ToThe(exponents).reciprocal());
    }

    private static Tensor Table(Tensor[] angles, long[] grid, Func<Tensor, Tensor> function) =>
        cat([.. angles.Select(axis => function(axis).repeat_interleave(2, dim: -1).expand(grid))], dim: -1)
            .flatten(0, 2)
            .MoveToOuterDisposeScope();
}
