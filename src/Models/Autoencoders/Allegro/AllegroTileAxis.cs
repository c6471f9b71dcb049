using static TorchSharp.torch;

namespace Afterimage.Models;

/// <summary>One direction of a tiling whose tiles are weighted where they overlap, and added.</summary>
/// <param name="Name">What an error calls it.</param>
/// <param name="Size">Of a tile that goes in.</param>
/// <param name="Stride">From one tile that goes in to the next.</param>
/// <param name="OutSize">Of a tile that comes out.</param>
/// <param name="OutStride">From one tile that comes out to the next.</param>
internal sealed record AllegroTileAxis(string Name, int Size, int Stride, int OutSize, int OutStride)
{
    private int Overlap => OutSize - OutStride;

    /// <summary>How many tiles there are in an extent.</summary>
    /// <exception cref="ArgumentException">They do not cover it.</exception>
    public double CountIn(double extent)
    {
        if (extent < Size || (extent - Size) % Stride != 0)
            throw new ArgumentException($"expected {Name} of {Size}, the kernel, and any multiple of {Stride}, the stride, more, so that tiles cover all; got {extent}");
        return (extent - Size) / Stride + 1;
    }

    /// <summary>What so many tiles come out as.</summary>
    public double OutExtent(double count) => (count - 1) * OutStride + OutSize;

    /// <summary>Lets a tile that came out come from, and go to, nothing where it overlaps others, linearly, in place.</summary>
    /// <param name="tile">The tile.</param>
    /// <param name="dimension">Which of its dimensions this direction is.</param>
    /// <param name="index">Which of the tiles it is.</param>
    /// <param name="count">How many there are.</param>
    public void Weigh(Tensor tile, int dimension, long index, long count)
    {
        if (Overlap == 0)
            return;
        using var scope = NewDisposeScope();
        var shape = new long[tile.dim()];
        Array.Fill(shape, 1);
        shape[dimension] = Overlap;
        var share = TensorArithmetic.Range(Overlap, ScalarType.Float32, tile.device).Over(Overlap).reshape(shape);
        if (index > 0)
            tile.narrow(dimension, 0, Overlap).mul_(share);
        if (index < count - 1)
            tile.narrow(dimension, OutStride, Overlap).mul_(1.Minus(share));
    }
}
