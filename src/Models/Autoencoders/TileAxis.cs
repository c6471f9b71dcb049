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

    /// <summary>Lets the begin of a tile come out of the end of the tile before, linearly, in place.</summary>
    public static void Fade(Tensor before, Tensor tile, int dimension, long extent)
    {
        using var scope = NewDisposeScope();
        extent = Math.Min(extent, Math.Min(before.size(dimension), tile.size(dimension)));
        if (extent == 0)
            return;
        var shape = new long[tile.dim()];
        Array.Fill(shape, 1);
        shape[dimension < 0 ? shape.Length + dimension : dimension] = extent;
        var share = TensorArithmetic.Range(extent, ScalarType.Float32, tile.device).Over(extent).reshape(shape);
        var end = before.narrow(dimension, before.size(dimension) - extent, extent);
        var begin = tile.narrow(dimension, 0, extent);
        begin.copy_((end * 1.Minus(share)).Plus(begin * share));
    }
}
