using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>Tables of Flux's positions: kept for ids that nobody writes over, made anew of others.</summary>
[TestClass]
public sealed class FluxPosEmbedTests
{
    [TestMethod]
    public void Forward_OfPreparedIds_KeepsTheTablesOfTheirSize()
    {
        using var scope = NewDisposeScope();
        using var layer = new FluxPosEmbed([8, 12, 12]);
        var ids = FluxPositionIds.Prepare(5, 3, 4);
        var again = FluxPositionIds.Prepare(5, 3, 4);
        var own = new FluxPositionIds(ids.Text, ids.Image);

        var kept = layer.call(ids);
        Assert.AreSame(kept, layer.call(again));
        var made = layer.call(own);
        Assert.AreNotSame(kept, made);
        TensorAssert.Same(kept.Cos, made.Cos);
        TensorAssert.Same(kept.Sin, made.Sin);

        var larger = layer.call(FluxPositionIds.Prepare(5, 4, 4));
        Assert.AreEqual(21, larger.Cos.size(0));
    }

    [TestMethod]
    public void Forward_OfTheCallersIds_FollowsTheirNumbers()
    {
        using var scope = NewDisposeScope();
        using var layer = new FluxPosEmbed([8, 12, 12]);
        var ids = FluxPositionIds.Prepare(5, 3, 4);
        layer.call(ids);
        var moved = ids with { Image = ids.Image.Plus(1) };
        var expected = layer.call(new FluxPositionIds(ids.Text, moved.Image));

        TensorAssert.Same(expected.Cos, layer.call(moved).Cos);
        moved.Image.Plus_(1);
        Assert.IsFalse(expected.Cos.allclose(layer.call(moved).Cos));
    }
}
