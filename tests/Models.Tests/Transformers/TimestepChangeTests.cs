using static TorchSharp.torch;

namespace Afterimage.Models.Tests;

/// <summary>TeaCache's indicator.</summary>
[TestClass]
public sealed class TimestepChangeTests
{
    [TestMethod]
    public void Changes_OfCogVideoXAndWan_AreThoseOfTheirEmbeddings()
    {
        using var cogVideoX = CogVideoXTransformer3DModel.FromPretrained(Recording.PathOf("cogvideox-5b-tiny", "model"));
        using var wan = WanTransformer3DModel.FromPretrained(Recording.PathOf("wan-tiny", "model"));
        double[] timesteps = [999, 800, 790, 10];
        foreach (var changes in (IReadOnlyList<double>[])[cogVideoX.TimestepChanges(timesteps), wan.TimestepChanges(timesteps)])
        {
            Assert.HasCount(4, changes);
            Assert.AreEqual(0, changes[0]);
            // Ten timesteps change less than two hundred, and those less than most of the run.
            Assert.IsLessThan(changes[1], changes[2]);
            Assert.IsLessThan(changes[3], changes[1]);
            Assert.IsGreaterThan(0, changes[2]);
        }
        Assert.ThrowsExactly<ArgumentException>(() => wan.TimestepChanges([]));
    }

    [TestMethod]
    public void TeaCache_OfAModelsOwnChanges_SkipsBlocks()
    {
        using var noGradient = no_grad();
        using var wan = WanTransformer3DModel.FromPretrained(Recording.PathOf("wan-tiny", "model"));
        double[] timesteps = [.. Enumerable.Range(0, 20).Select(step => 999.0 - (50 * step))];
        var config = new TeaCacheConfig { Threshold = 0.5, Coefficients = [1, 0], TimestepChanges = wan.TimestepChanges(timesteps) };
        var plan = CachePlan.Create(config, timesteps, wan.CacheSites, GuidanceLayout.None);
        Assert.IsInRange(1, 18, plan.SkippedSiteForwards);
        Assert.IsTrue(plan.Rows[0].Cells[0].IsComputed && plan.Rows[^1].Cells[0].IsComputed);
    }
}
