using Afterimage.Planning;

namespace Afterimage.Runtime.Tests.Planning;

[TestClass]
public sealed class StepKindTests
{
    private static readonly double[] s_timesteps = [.. Enumerable.Range(0, 50).Select(i => 980.0 - 20 * i)];

    private static readonly CacheSite[] s_sites =
    [
        .. from block in Enumerable.Range(0, 30)
           from site in new[] { ("attn1", SiteKind.SpatialAttention), ("attn2", SiteKind.CrossAttention), ("ff", SiteKind.FeedForward) }
           select new CacheSite($"blocks.{block}.{site.Item1}", site.Item2, "blocks"),
        new CacheSite("blocks", SiteKind.BlockStack, CacheSite.WholeModel),
        new CacheSite(CacheSite.WholeModel, SiteKind.Model),
    ];

    public static IEnumerable<(CacheConfig Config, int Kinds)> Methods =>
    [
        (new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 }, 5), // kept and not, before there is something and after; reused
        (new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2, CrossAttentionBlockSkipRange = 4, FeedForwardBlockSkipRange = 6 }, 9),
        (new FasterCacheConfig { SpatialAttentionBlockSkipRange = 2 }, 11),
        (new TaylorSeerCacheConfig { CacheInterval = 5, MaxOrder = 1, CacheIdentifiers = [@"blocks\.\d+\.attn1"] }, 10), // forecasts of four distances
        (new StepMaskConfig { Mask = string.Concat(Enumerable.Repeat("10100", 10)) }, 3),
        (new StepMaskConfig { Mask = string.Concat(Enumerable.Repeat("10100", 10)), Kind = SiteKind.Model }, 1),
    ];

    [TestMethod]
    [DynamicData(nameof(Methods))]
    public void StepKinds_OfFiftySteps_AreFew(CacheConfig config, int kinds)
    {
        var plan = CachePlan.Create(config, s_timesteps, s_sites, GuidanceLayout.Batched);

        Assert.AreEqual(kinds, plan.StepKinds, plan.ToString());
    }

    [TestMethod]
    public void StepKinds_OfTwoContexts_AreTwiceThoseOfOneUnlessTheyShare()
    {
        var config = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 };
        int Kinds(CacheConfig of, GuidanceLayout layout) => CachePlan.Create(of, s_timesteps, s_sites, layout).StepKinds;

        Assert.AreEqual(2 * Kinds(config, GuidanceLayout.None), Kinds(config, GuidanceLayout.Sequential));
        Assert.AreEqual(Kinds(config, GuidanceLayout.None), Kinds(config with { ShareStateAcrossContexts = true }, GuidanceLayout.Sequential));
    }

    [TestMethod]
    public void Of_OtherNumbersOrPlaces_IsAnotherKind()
    {
        StepKind? Kind(PlanCell cell, SlotState slot = default, bool skips = false, double timestep = 5) =>
            StepKind.Of(new PlanRow("", 1, timestep, [cell, skips ? PlanCell.Predict(1, 1) : PlanCell.Compute]), [(SiteKind.SpatialAttention, slot), (SiteKind.Guidance, default)]);

        var kind = Kind(PlanCell.Combine(2, -1));
        Assert.AreEqual(kind, Kind(PlanCell.Combine(2, -1), timestep: 6));
        Assert.AreNotEqual(kind, Kind(PlanCell.Combine(1.5, -0.5)));
        Assert.AreNotEqual(kind, Kind(PlanCell.Predict(2, -1)));
        Assert.AreNotEqual(kind, Kind(PlanCell.Combine(2, -1), new SlotState(1, 0)));
        Assert.AreNotEqual(kind, Kind(PlanCell.Combine(2, -1), new SlotState(0, 1)));
        Assert.AreNotEqual(kind, Kind(PlanCell.Combine(2, -1), skips: true));
        Assert.AreNotEqual(Kind(PlanCell.ComputeAndStoreAfter(2)), Kind(PlanCell.ComputeAndStoreAfter(3)));
    }
}
