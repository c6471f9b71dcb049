using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Position tables and rotations against their formulas, written out element by element.</summary>
[TestClass]
public sealed class PositionTests
{
    [TestMethod]
    public void Table3D_OfAGrid_FollowsTheFormula()
    {
        using var scope = NewDisposeScope();
        const int dim = 32, columns = 5, rows = 3, frames = 2;

        var table = SinCosPositions.Table3D(dim, columns, rows, frames, 1.875, 0.5);

        Assert.AreEqual(ScalarType.Float64, table.dtype);
        CollectionAssert.AreEqual(new long[] { frames, rows * columns, dim }, table.shape);
        for (var f = 0; f < frames; f++)
            for (var r = 0; r < rows; r++)
                for (var c = 0; c < columns; c++)
                    for (var d = 0; d < dim; d++)
                    {
                        // Channels: 8 for time, 12 for columns, 12 for rows; within each, sines then cosines.
                        var (position, width, channel) = d < 8 ? (f / 0.5f, 8, d) : d < 20 ? (c / 1.875f, 12, d - 8) : (r / 1.875f, 12, d - 20);
                        var angle = position / Math.Pow(10000, channel % (width / 2) / (width / 2.0));
                        var expected = channel < width / 2 ? Math.Sin(angle) : Math.Cos(angle);
                        Assert.AreEqual(expected, table[f, r * columns + c, d].item<double>(), 1e-12, $"[{f}, {r}, {c}, {d}]");
                    }
    }

    [TestMethod]
    public void Table3D_OfAnImpossibleWidth_IsRefused() =>
        Assert.ThrowsExactly<ArgumentException>(() => SinCosPositions.Table3D(24, 2, 2, 2));

    [TestMethod]
    public void Slice_OfAGrid_CountsFromTheCorner()
    {
        using var scope = NewDisposeScope();

        var rotary = RotaryGrid.Slice(32, 10, 10, rows: 3, columns: 4, frames: 2);

        AssertAngles(rotary, 3, 4, 2, row => row, column => column);
    }

    [TestMethod]
    public void Linspace_OfACrop_SpreadsPositionsOverIt()
    {
        using var scope = NewDisposeScope();

        var rotary = RotaryGrid.Linspace(32, ((2, 1), (14, 9)), rows: 3, columns: 4, frames: 2);

        AssertAngles(rotary, 3, 4, 2, row => 2 + row * (14 * 2 / 3.0 - 2) / 2, column => 1 + column * (9 * 3 / 4.0 - 1) / 3);
    }

    [TestMethod]
    public void Grids_OfImpossibleSizes_AreRefused()
    {
        Assert.ThrowsExactly<ArgumentException>(() => RotaryGrid.Slice(24, 10, 10, 3, 4, 2));
        Assert.ThrowsExactly<ArgumentException>(() => RotaryGrid.Slice(32, 2, 10, 3, 4, 2));
        Assert.ThrowsExactly<ArgumentException>(() => RotaryGrid.Linspace(32, ((0, 0), (1, 1)), 0, 4, 2));
    }

    [TestMethod]
    [DataRow(30, 45, 45, 30, 0, 0, 30, 45)] // the trained grid itself
    [DataRow(60, 45, 45, 30, 0, 12, 30, 34)] // tall: 22.5 columns, to even 22; 11.5, to even 12
    [DataRow(30, 90, 45, 30, 8, 0, 23, 45)] // wide: 15 rows; 7.5, to even 8
    [DataRow(48, 85, 45, 30, 2, 0, 27, 45)]
    [DataRow(31, 20, 45, 30, 0, 13, 30, 32)]
    [DataRow(4, 6, 6, 4, 0, 0, 4, 6)]
    public void ResizeCropRegion_OfAGrid_RoundsAsPython(
        long rows, long columns, long targetColumns, long targetRows, long top, long left, long bottom, long right) =>
        Assert.AreEqual(((top, left), (bottom, right)), RotaryGrid.ResizeCropRegion(rows, columns, targetColumns, targetRows));

    [TestMethod]
    public void Apply_OfEveryType_TurnsPairs()
    {
        using var scope = NewDisposeScope();
        var rotary = RotaryGrid.Slice(16, 3, 4, 3, 4, 2);
        var input = randn([2, 24, 3, 16]);
        var expected = TurnLiterally(rotary, input);

        TensorAssert.Close(expected, rotary.Apply(input), 1e-6);
        TensorAssert.Close(expected, rotary.Apply(input.to(ScalarType.Float64)), 1e-6);
        TensorAssert.Close(TurnLiterally(rotary, input.bfloat16()), rotary.Apply(input.bfloat16()), 2e-2);
        Assert.AreEqual(ScalarType.BFloat16, rotary.Apply(input.bfloat16()).dtype);

        // In place, into a part of a larger tensor, as attention does.
        foreach (var dtype in (ScalarType[])[ScalarType.Float32, ScalarType.Float16])
        {
            var joint = cat([ones([2, 5, 3, 16]), input], dim: 1).to(dtype);
            rotary.ApplyInPlace(joint.narrow(1, 5, 24));
            TensorAssert.Same(ones([2, 5, 3, 16]), joint.narrow(1, 0, 5));
            TensorAssert.Close(expected, joint.narrow(1, 5, 24), dtype == ScalarType.Float32 ? 1e-6 : 5e-3);
        }
    }

    private static Tensor TurnLiterally(RotaryEmbedding rotary, Tensor input)
    {
        var pairs = input.to(ScalarType.Float64).view(2, 24, 3, 8, 2).unbind(-1);
        var turned = stack([-pairs[1], pairs[0]], dim: -1).flatten(3);
        return (input.to(ScalarType.Float64) * rotary.Cos.view(1, 24, 1, 16)).Plus(turned * rotary.Sin.view(1, 24, 1, 16));
    }

    private static void AssertAngles(RotaryEmbedding rotary, int rows, int columns, int frames, Func<int, double> rowAt, Func<int, double> columnAt)
    {
        CollectionAssert.AreEqual(new long[] { frames * rows * columns, 32 }, rotary.Cos.shape);
        for (var f = 0; f < frames; f++)
            for (var r = 0; r < rows; r++)
                for (var c = 0; c < columns; c++)
                    for (var d = 0; d < 32; d++)
                    {
                        var (position, width, channel) = d < 8 ? (f, 8, d) : d < 20 ? (rowAt(r), 12, d - 8) : (columnAt(c), 12, d - 20);
                        var angle = position / Math.Pow(10000, channel / 2 * 2.0 / width);
                        var token = (f * rows + r) * columns + c;
                        Assert.AreEqual(Math.Cos(angle), rotary.Cos[token, d].item<float>(), 2e-6, $"cos [{f}, {r}, {c}, {d}]");
                        Assert.AreEqual(Math.Sin(angle), rotary.Sin[token, d].item<float>(), 2e-6, $"sin [{f}, {r}, {c}, {d}]");
                    }
    }
}
