using System.Collections.Immutable;

namespace Afterimage.Runtime.Tests.Planning;

[TestClass]
public sealed class PlanCostTests
{
    private static readonly ImmutableArray<CacheSite> Sites =
    [
        new("blocks.0.attn1", SiteKind.SpatialAttention),
        new("blocks.0.attn2", SiteKind.CrossAttention),
    ];

    private static readonly ModelProfile Profile =
        new([new("blocks.0.attn2", Elements: 25, Rows: 5, Bytes: 100, Flops: 200), new("blocks.0.attn1", Elements: 250, Rows: 10, Bytes: 1000, Flops: 600)], OutputElements: 50, TotalFlops: 1000);

    private static readonly PyramidAttentionBroadcastConfig Broadcast =
        new() { SpatialAttentionBlockSkipRange = 2, CrossAttentionBlockSkipRange = 4 };

    // Forwards 1 and 3 skip spatial, forwards 1, 2 and 3 cross attention.
    private static readonly double[] Four = [700, 600, 500, 400];

    [TestMethod]
    public void Broadcast_Cost_IsOneGenerationPerContextAndTheSkippedSites()
    {
        var plan = CachePlan.Create(Broadcast, Four, Sites, GuidanceLayout.None);
        var twice = CachePlan.Create(Broadcast, Four, Sites, GuidanceLayout.Sequential);
        var shared = CachePlan.Create(Broadcast with { ShareStateAcrossContexts = true }, Four, Sites, GuidanceLayout.Sequential);

        Assert.AreEqual(1100, plan.HistoryBytes(Profile));
        Assert.AreEqual(2200, twice.HistoryBytes(Profile));
        Assert.AreEqual(1100, shared.HistoryBytes(Profile));
        Assert.AreEqual((2 * 600 + 3 * 200) / 4000.0, plan.FlopsSaved(Profile), 1e-12);
        Assert.AreEqual((8, 5), (plan.SiteForwards, plan.SkippedSiteForwards));
    }

    [TestMethod]
    public void Broadcast_NothingSkipped_HoldsNothing()
    {
        var plan = CachePlan.Create(Broadcast, [999, 950, 900], Sites, GuidanceLayout.None);

        Assert.AreSequenceEqual([0, 0], plan.Slots.Select(slot => slot.Values));
        Assert.IsTrue(plan.Touches(0));
        Assert.AreEqual(0, plan.HistoryBytes(Profile));
        Assert.AreEqual(0, plan.FlopsSaved(Profile), 1e-12);
    }

    [TestMethod]
    public void FasterCache_Cost_IsTwoHalvesAndTheGuidanceDifference()
    {
        // Full at 0 and 2; forwards 1 and 3 skip the half and, with N = 5, spatial attention: 1 reuses, 3 extrapolates.
        var config = new FasterCacheConfig { UnconditionalBatchSkipRange = 2, SpatialAttentionBlockSkipRange = 5 };

        var plan = CachePlan.Create(config, [640, 600, 500, 400], Sites, GuidanceLayout.Batched);

        Assert.AreSequenceEqual([2, 0, 2], plan.Slots.Select(slot => slot.Values));
        Assert.AreEqual(2 * 1000 / 2 + 50 * 4, plan.HistoryBytes(Profile));
        Assert.AreEqual(2, plan.SkippedUnconditionalHalves);
        Assert.AreEqual(1 - (1000 + 200 + 1000 + 200) / 4000.0, plan.FlopsSaved(Profile), 1e-12);
    }

    [TestMethod]
    public void Cost_ProfileOfAnotherModel_IsRefused()
    {
        var plan = CachePlan.Create(Broadcast, Four, Sites, GuidanceLayout.None);

        var exception = Assert.ThrowsExactly<ArgumentException>(() => plan.HistoryBytes(Profile with { Sites = [] }));

        Assert.Contains("has no site blocks.0.attn1", exception.Message);
        Assert.ThrowsExactly<ArgumentException>(() => plan.FlopsSaved(Profile with { TotalFlops = 0 }));
    }

    [TestMethod]
    public void Profile_OfEqualSites_IsEqual() => Assert.AreEqual(Profile, Profile with { Sites = [.. Profile.Sites] });
}
