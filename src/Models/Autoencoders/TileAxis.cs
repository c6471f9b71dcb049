using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>One direction of a tiling.</summary>
/// <param name="Size">Of a tile that goes in.</param>
/// <param name="Stride">From one tile that goes in to the next.</param>
/// <param name="Blend">How much of a tile that comes out is faded into the next.</param>
/// <param name="Kept">How much of it is kept.</param>
internal sealed record TileAxis(int Size, int Stride, int Blend, int Kept)
{
    /// <summary>Tiles that overlap by a share of their size, rounded as diffusers does.</summary>
    public static TileAxis Overlapping(int inSize, int outSize, double overlap)
    {
        var blend = (int)(outSize * overlap);
        return new TileAxis(inSize, (int)(inSize * (1 - overlap)), blend, outSize - blend);
    }

    /// <summary>Tiles of a size that follow each other in a stride, in what goes in and in what comes out.</summary>
    public static TileAxis Strided(int inSize, int inStride, int outSize, int outStride) => new(inSize, inStride, outSize - outStride, outStride);

    /// <summary>What is kept of a tile, unless less of it is asked for: a view.</summary>
    public Tensor Begin(Tensor tile, int dimension, long more = 0) => tile.narrow(dimension, 0, Math.Min(Kept + more, tile.size(dimension)));

    /// <summary>A copy of what the next tile is faded into.</summary>
    public Tensor Edge(Tensor tile, int dimension)
    {
        var extent = Math.Min(Blend, tile.size(dimension));
        return tile.narrow(dimension, tile.size(dimension) - extent, extent).Then(edge => edge.clone());
    }

    /// <summary>Lets the begin of a tile come out of the edge of the tile before, linearly, in place.</summary>
    /// <returns>The tile.</returns>
    public Tensor FadeInto(Tensor before, Tensor tile, int dimension)
    {
        using var scope = NewDisposeScope();
        var extent = Math.Min(before.size(dimension), tile.size(dimension));
        if (extent == 0)
            return tile;
        var shape = new long[tile.dim()];
        Array.Fill(shape, 1);
        shape[dimension < 0 ? shape.Length + dimension : dimension] = extent;
        var share = TensorArithmetic.Range(extent, ScalarType.Float32, tile.device).Over(extent).reshape(shape);
        var end = before.narrow(dimension, before.size(dimension) - extent, extent);
        var begin = tile.narrow(dimension, 0, extent);
        begin.Copy_((end * 1.Minus(share)).Plus(begin * share));
        return tile;
    }

    /// <summary>How many tiles there are in an extent.</summary>
    public double CountIn(double extent) => Math.Ceiling(extent / Stride);

    /// <summary>How large the last of them is.</summary>
    public double LastOf(double extent) => Math.Min(Size, extent - (CountIn(extent) - 1) * Stride);

    /// <summary>What is kept of all tiles of an extent, of which the first and the last come out as large as this.</summary>
    public double Joined(double extent, double first, double last) => (CountIn(extent) - 1) * Math.Min(Kept, first) + Math.Min(Kept, last);
}
