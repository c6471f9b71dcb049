using System.Collections.Immutable;
using Afterimage.Planning;

namespace Afterimage.Runtime.Tests.Planning;

/// <summary>What plans say of sites that are made of the prompt alone.</summary>
[TestClass]
public sealed class PromptPlanTests
{
    private static readonly ImmutableArray<CacheSite> s_sites =
    [
        new("blocks", SiteKind.BlockStack),
        new("blocks.0.attn1", SiteKind.SpatialAttention, "blocks"),
        new("blocks.0.attn2", SiteKind.CrossAttention, "blocks"),
        new("blocks.0.attn2.to_k", SiteKind.PromptProjection, "blocks.0.attn2", PromptIsMarked: true),
    ];

    private static readonly ModelProfile s_profile = new(
        [
            new("blocks", 100, 10, 400, 5000), new("blocks.0.attn1", 10, 1, 40, 1000),
            new("blocks.0.attn2", 20, 2, 80, 1000), new("blocks.0.attn2.to_k", 30, 3, 120, 600),
        ],
        OutputElements: 100, TotalFlops: 10000);

    private static readonly double[] s_four = [700, 600, 500, 400];

    private static readonly PyramidAttentionBroadcastConfig s_pyramid = new() { SpatialAttentionBlockSkipRange = 2 };

    [TestMethod]
    [DynamicData(nameof(Plans))]
    public void Cells_AreComputedOnceAndReused(CacheConfig config, GuidanceLayout layout, string expected)
    {
        var plan = CachePlan.Create(config, s_four, s_sites, layout);
        Assert.AreEqual(expected, Cells(plan));
        Assert.AreEqual(plan, CachePlan.FromJson(plan.ToJson()));
    }

    private static IEnumerable<object[]> Plans =>
    [
        [s_pyramid, GuidanceLayout.None, "CRRR"],
        [s_pyramid, GuidanceLayout.Sequential, "CCRRRRRR"],
        [s_pyramid with { ReusePromptProjections = false }, GuidanceLayout.None, "cccc"],
        [s_pyramid with { ShareStateAcrossContexts = true }, GuidanceLayout.Sequential, "cccccccc"],
        [s_pyramid with { ShareStateAcrossContexts = true }, GuidanceLayout.None, "CRRR"],
        [new PyramidAttentionBroadcastConfig { CrossAttentionBlockSkipRange = 2 }, GuidanceLayout.None, "C-R-"],
        [new PyramidAttentionBroadcastConfig { CrossAttentionBlockSkipRange = 4 }, GuidanceLayout.None, "c---"],
        [new StepMaskConfig { Mask = "1001" }, GuidanceLayout.None, "C--R"],
        [new FasterCacheConfig { UnconditionalBatchSkipRange = 2 }, GuidanceLayout.Batched, "CRRR"],
        [CacheConfig.Compose(new StepMaskConfig { Mask = "1011" }, s_pyramid), GuidanceLayout.None, "C-RR"],
        [CacheConfig.Compose(s_pyramid with { ReusePromptProjections = false }), GuidanceLayout.None, "cccc"],
        [CacheConfig.Compose(new StepMaskConfig { Mask = "1011" }, s_pyramid with { ReusePromptProjections = false }), GuidanceLayout.None, "c-cc"],
        [new StepMaskConfig { Mask = "1010", Kind = SiteKind.PromptProjection }, GuidanceLayout.None, "CRCR"],
        [new CacheMethodConfig { Selects = _ => true, Computes = step => step.Index == 0 }, GuidanceLayout.None, "c---"],
    ];

    [TestMethod]
    public void Turns_OfASiteThatWasLeftOut_ComputeItWhenItIsFirstAskedFor()
    {
        var turns = new PromptTurns(s_sites, [.. s_sites.Select(_ => default(SlotLayout))], new SlotLayout(1), shared: false, GuidanceLayout.None);
        ImmutableArray<PlanCell> cells = [.. s_sites.Select(_ => PlanCell.Compute)];
        var said = new[] { true, true, false, false, true, false }.Select(leftOut => turns.Next("", cells.SetItem(3, leftOut ? PlanCell.LeftOut : PlanCell.Compute), [false, false, false, leftOut])[3]);
        Assert.AreSequenceEqual([PlanCell.LeftOut, PlanCell.LeftOut, PlanCell.ComputeAndStore, PlanCell.Reuse, PlanCell.LeftOut, PlanCell.Reuse], said);
    }

    [TestMethod]
    public void Turns_WhereNothingChanges_GiveOneArray()
    {
        var turns = new PromptTurns(s_sites, [.. s_sites.Select(_ => default(SlotLayout))], new SlotLayout(1), shared: false, GuidanceLayout.None);
        ImmutableArray<PlanCell> cells = [.. s_sites.Select(_ => PlanCell.Compute)];
        turns.Next("", cells, new bool[4]);
        Assert.IsTrue(turns.Next("", cells, new bool[4]) == turns.Next("", cells, new bool[4]));
    }

    [TestMethod]
    public void Plan_OfAModelThatMarksNoPrompt_ComputesAndSaysSo()
    {
        var plan = CachePlan.Create(s_pyramid, s_four, s_sites.SetItem(3, s_sites[3] with { PromptIsMarked = false }), GuidanceLayout.None);
        Assert.AreEqual("cccc", Cells(plan));
        Assert.Contains("no parameter of its forward is marked [Prompt]", string.Join("\n", plan.Notes));
        Assert.IsEmpty(CachePlan.Create(s_pyramid, s_four, s_sites, GuidanceLayout.None).Notes);
        Assert.IsEmpty(CachePlan.Create(s_pyramid with { ReusePromptProjections = false }, s_four, plan.Sites, GuidanceLayout.None).Notes);
    }

    [TestMethod]
    public void Config_ThatOnlyThePromptWouldMatch_IsStillRefused()
    {
        CacheSite[] only = [s_sites[3] with { LeftOutWith = null }];
        Assert.Throws<ArgumentException>(() => CachePlan.Create(s_pyramid, s_four, only, GuidanceLayout.None));
        Assert.Throws<ArgumentException>(() => CachePlan.Create(new TaylorSeerCacheConfig { CacheIdentifiers = [".*"] }, s_four, only, GuidanceLayout.None));
        Assert.Throws<ArgumentException>(() => CachePlan.Create(
            s_pyramid with { SpatialAttentionBlockIdentifiers = ["attn"], CrossAttentionBlockIdentifiers = ["attn"], CrossAttentionBlockSkipRange = 2 }, s_four, only, GuidanceLayout.None));
    }

    [TestMethod]
    public void Costs_CountThePromptAndWhatIsPrintedDoesNot()
    {
        var plan = CachePlan.Create(s_pyramid, s_four, s_sites, GuidanceLayout.None);
        Assert.AreEqual(40 + 120, plan.HistoryBytes(s_profile));
        Assert.AreEqual((2 * 1000 + 3 * 600) / 40000.0, plan.FlopsSaved(s_profile), 1e-12);
        Assert.AreEqual((4, 2), (plan.SiteForwards, plan.SkippedSiteForwards));
        Assert.IsFalse(plan.Touches(3));
        var text = plan.ToString();
        StringAssert.StartsWith(text, "Pyramid Attention Broadcast: 4 forwards, 3 sites, one call a step\n");
        Assert.DoesNotContain("to_k", text);
        Assert.DoesNotContain("left out", CachePlan.Create(new PyramidAttentionBroadcastConfig { CrossAttentionBlockSkipRange = 2 }, s_four, s_sites, GuidanceLayout.None).ToString());
        Assert.Contains("the prompt's projections (×1) are computed at the first forward and reused at all others\n", text);
        Assert.DoesNotContain("projections", CachePlan.Create(s_pyramid with { ReusePromptProjections = false }, s_four, s_sites, GuidanceLayout.None).ToString());

        // The prompt's are of the whole batch, whatever else is.
        var faster = CachePlan.Create(new FasterCacheConfig { UnconditionalBatchSkipRange = 2, SpatialAttentionBlockSkipRange = 5 }, [640, 600, 500, 400], s_sites, GuidanceLayout.Batched);
        Assert.AreEqual((2 * 40 / 2) + 120 + (100 * 4), faster.HistoryBytes(s_profile));
        // In a smaller type the prompt would not be exact.
        var small = CachePlan.Create(s_pyramid with { SlotDtype = SlotDtype.Int8 }, s_four, s_sites, GuidanceLayout.None);
        Assert.AreEqual((SlotDtype.Int8, SlotDtype.Native), (small.Slots[1].Dtype, small.Slots[3].Dtype));
    }

    [TestMethod]
    public void Json_OfTheSwitch_IsWrittenOnlyWhereItIsOff()
    {
        Assert.DoesNotContain("reuse_prompt_projections", CacheConfigJson.Write(s_pyramid));
        CacheConfig off = s_pyramid with { ReusePromptProjections = false };
        Assert.Contains("\"reuse_prompt_projections\": false", CacheConfigJson.Write(off));
        Assert.AreEqual(off, CacheConfigJson.Parse(CacheConfigJson.Write(off)));
        var composed = CacheConfig.Compose(off, new StepMaskConfig { Mask = "10" });
        Assert.IsFalse(composed.ReusePromptProjections);
        Assert.AreEqual(composed, CacheConfigJson.Parse(CacheConfigJson.Write(composed)));
    }

    private static string Cells(CachePlan plan) => string.Concat(plan.Rows.Select(row => row.Cells[3] switch
    {
        { Action: SiteAction.Compute, Stores: true } => 'C',
        { Action: SiteAction.Compute } => 'c',
        { Action: SiteAction.Reuse } => 'R',
        _ => '-',
    }));
}
