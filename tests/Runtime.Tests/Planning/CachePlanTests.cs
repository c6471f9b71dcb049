namespace Afterimage.Runtime.Tests.Planning;

[TestClass]
public sealed class CachePlanTests
{
    private static readonly CacheSite Spatial = new("transformer_blocks.0.attn1", SiteKind.SpatialAttention);
    private static readonly CacheSite Cross = new("transformer_blocks.0.attn2", SiteKind.CrossAttention);
    private static readonly CacheSite Temporal = new("temporal_transformer_blocks.0.attn1", SiteKind.TemporalAttention);
    private static readonly CacheSite FeedForward = new("transformer_blocks.0.ff", SiteKind.FeedForward);

    private static readonly double[] Eight = [900, 700, 600, 500, 400, 300, 200, 50];

    [TestMethod]
    public void Broadcast_WithoutSkipRange_TakesSpatialAsTwoAndSaysSo()
    {
        var plan = CachePlan.Create(new PyramidAttentionBroadcastConfig(), Eight, [Spatial, Cross], GuidanceLayout.None);

        Assert.AreEqual("CRCRCRcc", Letters(plan, 0));
        Assert.Contains("SpatialAttentionBlockSkipRange is taken as 2", plan.Notes[0]);
        Assert.IsTrue(plan.Touches(0));
        Assert.IsFalse(plan.Touches(1));
    }

    [TestMethod]
    public void Broadcast_FeedForward_IsPlannedByItsOwnSetting()
    {
        var config = new PyramidAttentionBroadcastConfig { FeedForwardBlockSkipRange = 3 };

        var plan = CachePlan.Create(config, Eight, [Spatial, FeedForward], GuidanceLayout.Batched);

        Assert.IsFalse(plan.Touches(0));
        Assert.AreEqual("CRRCRRcc", Letters(plan, 1));
        Assert.IsEmpty(plan.Notes);
    }

    [TestMethod]
    public void FasterCache_WithoutWeight_SaysThatItIsHalf()
    {
        var plan = CachePlan.Create(new FasterCacheConfig(), Eight, [Spatial], GuidanceLayout.Batched);

        Assert.Contains("the weight of skipped attention is 0.5", plan.Notes[0]);
        Assert.Contains(PlanCell.Combine(1.5, -0.5), plan.Rows.Select(row => row.Cells[0]));
        Assert.IsTrue(plan.KeepsConditionalHalf);
    }

    [TestMethod]
    public void FasterCache_DistilledFromTheFirstStep_ComputesOnceThenReuses()
    {
        var config = new FasterCacheConfig { IsGuidanceDistilled = true, SpatialAttentionBlockSkipRange = 3, SpatialAttentionTimestepSkipRange = (-1, 1001) };

        var plan = CachePlan.Create(config, Eight, [Spatial], GuidanceLayout.None);

        // With one value kept there is nothing to extrapolate from; then H1 and H0 are the same until row 3 computes.
        Assert.AreEqual("CRRCXXCX", Letters(plan, 0));
        Assert.AreEqual(2, plan.Slots[0].Values);
        Assert.IsFalse(plan.KeepsConditionalHalf);
    }

    [TestMethod]
    public void FasterCache_WithoutSkipRanges_SkipsGuidanceOnly()
    {
        var config = new FasterCacheConfig { SpatialAttentionBlockSkipRange = null };

        foreach (CacheSite[] sites in new CacheSite[][] { [Spatial], [] })
        {
            var plan = CachePlan.Create(config, Eight, sites, GuidanceLayout.Batched);

            Assert.AreEqual(0, plan.SiteForwards);
            Assert.AreEqual(5, plan.SkippedUnconditionalHalves);
            Assert.IsEmpty(plan.Notes);
            Assert.Contains("skipped: 5 of 8 unconditional halves", plan.ToString());
            Assert.AreEqual(plan, CachePlan.FromJson(plan.ToJson()));
        }
        Assert.ThrowsExactly<ArgumentException>(() =>
            CachePlan.Create(config with { IsGuidanceDistilled = true }, Eight, [Spatial], GuidanceLayout.Batched));
    }

    [TestMethod]
    [DataRow(GuidanceLayout.None)]
    [DataRow(GuidanceLayout.Sequential)]
    public void FasterCache_WithoutABatch_IsRefused(GuidanceLayout layout)
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() => CachePlan.Create(new FasterCacheConfig(), Eight, [Spatial], layout));

        Assert.Contains("there is no unconditional half in the batch to skip", exception.Message);
    }

    [TestMethod]
    public void Create_OnlyCrossAttention_IsRefusedByName()
    {
        var exception = Assert.ThrowsExactly<ArgumentException>(() =>
            CachePlan.Create(new FasterCacheConfig(), Eight, [Cross], GuidanceLayout.Batched));

        Assert.Contains("SpatialAttentionBlockSkipRange = 2", exception.Message);
        Assert.Contains("transformer_blocks.0.attn2 (CrossAttention)", exception.Message);
    }

    [TestMethod]
    public void Create_IdentifiersOfSeveralKinds_AreNoted()
    {
        var config = new PyramidAttentionBroadcastConfig
        {
            SpatialAttentionBlockSkipRange = 2,
            TemporalAttentionBlockSkipRange = 4,
            CrossAttentionBlockSkipRange = 6,
            SpatialAttentionBlockIdentifiers = ["transformer_blocks"],
            CrossAttentionBlockIdentifiers = ["blocks.1"],
        };

        var plan = CachePlan.Create(config, Eight, [Spatial, Cross, Cross with { Name = "transformer_blocks.1.attn2" }, Temporal], GuidanceLayout.None);

        Assert.AreSequenceEqual(
        [
            "TemporalAttentionBlockSkipRange is 4, and no site of the model takes it.",
            "CrossAttentionBlockSkipRange leaves out transformer_blocks.0.attn2: its identifiers do not match.",
            "temporal_transformer_blocks.0.attn1: annotated as TemporalAttention, but the identifiers give it SpatialAttentionBlockSkipRange.",
        ], plan.Notes);
    }

    [TestMethod]
    public void Create_Sequential_PlansEachContextAlone()
    {
        var config = new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 };

        var alone = CachePlan.Create(config, Eight, [Spatial], GuidanceLayout.Sequential);
        var shared = CachePlan.Create(config with { ShareStateAcrossContexts = true }, Eight, [Spatial], GuidanceLayout.Sequential);

        Assert.AreSequenceEqual(["cond", "uncond"], alone.Contexts);
        Assert.AreSequenceEqual(Eight, alone.Timesteps);
        Assert.AreSequenceEqual(alone.RowsOf("cond").Select(row => row.Cells[0]), alone.RowsOf("uncond").Select(row => row.Cells[0]));
        Assert.IsTrue(shared.RowsOf("cond").All(row => row.Cells[0].IsComputed));
        Assert.IsEmpty(alone.RowsOf("other"));
    }

    [TestMethod]
    public void Create_WithoutUsableTimesteps_IsRefused()
    {
        var config = new PyramidAttentionBroadcastConfig();

        Assert.ThrowsExactly<ArgumentException>(() => CachePlan.Create(config, [], [Spatial], GuidanceLayout.None));
        Assert.ThrowsExactly<ArgumentException>(() => CachePlan.Create(config, [double.NaN], [Spatial], GuidanceLayout.None));
    }

    [TestMethod]
    public void Create_CallbackOfNaN_IsRefused()
    {
        var config = new FasterCacheConfig { AttentionWeightCallback = _ => double.NaN };

        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => CachePlan.Create(config, Eight, [Spatial], GuidanceLayout.Batched));

        Assert.Contains("AttentionWeightCallback returned NaN", exception.Message);
    }

    private static string Letters(CachePlan plan, int site) => string.Concat(plan.Rows.Select(row => row.Cells[site] switch
    {
        { Action: SiteAction.Reuse } => 'R',
        { Action: SiteAction.Combine } => 'X',
        { Stores: true } => 'C',
        _ => 'c',
    }));
}
