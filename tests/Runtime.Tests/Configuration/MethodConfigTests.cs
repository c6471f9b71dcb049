using TorchSharp;

namespace Afterimage.Runtime.Tests.Configuration;

/// <summary>Configs of the methods beside Pyramid Attention Broadcast and FasterCache: defaults, JSON, errors, schedules.</summary>
[TestClass]
public sealed class MethodConfigTests
{
    private static readonly CacheSite[] s_sites =
    [
        new("blocks", SiteKind.BlockStack, LeftOutWith: "proj_out"), new("proj_out", SiteKind.OutputProjection),
        new("blocks.0.attn", SiteKind.SpatialAttention, LeftOutWith: "blocks"), new("blocks.1.attn", SiteKind.SpatialAttention, LeftOutWith: "blocks"),
    ];

    public static IEnumerable<object[]> Configs =>
    [
        [new TaylorSeerCacheConfig
        {
            CacheInterval = 4, DisableCacheBeforeStep = 2, DisableCacheAfterStep = 30, MaxOrder = 2, TaylorFactorsDtype = torch.ScalarType.Float32,
            SkipPredictIdentifiers = ["blocks"], CacheIdentifiers = ["proj_out"],
        }],
        [new TaylorSeerCacheConfig { UseLiteMode = true, TaylorFactorsDtype = null }],
        [new MagCacheConfig { Threshold = 0.12, MaxSkipSteps = 2, RetentionRatio = 0.1, NumInferenceSteps = 20, MagRatios = MagCacheConfig.FluxMagRatios }],
        [new MagCacheConfig { Calibrate = true }],
        [new FirstBlockCacheConfig { Threshold = 0.1 }],
        [new DBCacheConfig { FnComputeBlocks = 1, BnComputeBlocks = 2, ResidualDiffThreshold = 0.2, MaxWarmupSteps = 4, MaxCachedSteps = 9, MaxContinuousCachedSteps = 3 }],
        [new TeaCacheConfig { Threshold = 0.25, Coefficients = TeaCacheConfig.Flux }],
        [new EasyCacheConfig { Threshold = 0.1, RetentionSteps = 4 }],
        [new TeaCacheConfig { Threshold = 0.3, Coefficients = TeaCacheConfig.CogVideoX5b, TimestepChanges = [0, 0.1, 0.2] }],
        [new StepMaskConfig { Mask = "1101", Kind = SiteKind.FeedForward, SlotDtype = SlotDtype.Float8E4M3 }],
        [new TaylorSeerCacheConfig { OffloadHistory = true, SlotDtype = SlotDtype.Int8 }],
        [CacheConfig.Compose(new StepMaskConfig { Mask = "10", OffloadHistory = true }, new EasyCacheConfig()) with { SlotDtype = SlotDtype.Float16 }],
        [CacheConfig.Compose(new StepMaskConfig { Mask = "10" }, new PyramidAttentionBroadcastConfig { SpatialAttentionBlockSkipRange = 2 })],
    ];

    [TestMethod]
    [DynamicData(nameof(Configs))]
    public void Config_WrittenAsJson_IsReadBack(CacheConfig config) =>
        Assert.AreEqual(config, CacheConfigJson.Parse(CacheConfigJson.Write(config)));

    [TestMethod]
    public void Json_WithoutKeys_HasTheDefaultsOfDiffusers()
    {
        Assert.AreEqual(
            """{"cache_interval":5,"disable_cache_before_step":3,"disable_cache_after_step":null,"max_order":1,"taylor_factors_dtype":"bfloat16","skip_predict_identifiers":null,"cache_identifiers":null,"use_lite_mode":false}""",
            Config(CacheConfigJson.Parse("""{"type": "TaylorSeerCache"}""")!));
        Assert.AreEqual("""{"threshold":0.05}""", Config(CacheConfigJson.Parse("""{"type": "FirstBlockCache"}""")!));
        Assert.AreEqual(
            """{"threshold":0.06,"max_skip_steps":3,"retention_ratio":0.2,"num_inference_steps":28,"mag_ratios":null,"calibrate":true}""",
            Config(CacheConfigJson.Parse("""{"type": "MagCache", "config": {"calibrate": true}}""")!));

        static string Config(CacheConfig config) =>
            System.Text.Json.JsonSerializer.Serialize(System.Text.Json.JsonElement.Parse(CacheConfigJson.Write(config)).GetProperty("config"));
    }

    [TestMethod]
    public void Config_OfCode_IsNotWritten() => Assert.Contains(
        "Save the plan", Assert.ThrowsExactly<InvalidOperationException>(() => CacheConfigJson.Write(new CacheMethodConfig())).Message);

    public static IEnumerable<object[]> Invalid =>
    [
        [new TaylorSeerCacheConfig { CacheInterval = 0 }, "CacheInterval is 0"],
        [new TaylorSeerCacheConfig { MaxOrder = 9 }, "MaxOrder is 9: give 0 to 8"],
        [new TaylorSeerCacheConfig { TaylorFactorsDtype = torch.ScalarType.Int32 }, "TaylorFactorsDtype is Int32"],
        [new TaylorSeerCacheConfig { CacheIdentifiers = ["("] }, "it is no regular expression"],
        [new TaylorSeerCacheConfig { CacheIdentifiers = ["attn"] }, "match the whole name of no site"],
        [new TaylorSeerCacheConfig { SkipPredictIdentifiers = ["blocks"] }, "do not forecast proj_out, which would get nothing"],
        [new TaylorSeerCacheConfig { SkipPredictIdentifiers = ["layers"], CacheIdentifiers = ["proj_out"] }, "names no site of the model. Sites: blocks (BlockStack), proj_out"],
        [new MagCacheConfig(), "MagRatios is null: they belong to a checkpoint"],
        [new MagCacheConfig { MagRatios = [1, double.NaN] }, "not all finite"],
        [new MagCacheConfig { MagRatios = [1], RetentionRatio = 2 }, "RetentionRatio is 2"],
        [new TeaCacheConfig { TimestepChanges = [] }, "TimestepChanges is []"],
        [new EasyCacheConfig { Threshold = double.NaN }, "Threshold is NaN"],
        [new EasyCacheConfig { RetentionSteps = -1 }, "RetentionSteps is -1"],
        [new EasyCacheConfig(), "none of this one's parameters is marked [Latents]"],
        [new TeaCacheConfig { TimestepChanges = [0], Coefficients = [] }, "Coefficients is []"],
        [new StepMaskConfig { Mask = "012" }, "Mask is \"012\""],
        [new StepMaskConfig { Mask = "0" }, "the first forward has nothing to reuse"],
        [new StepMaskConfig { Mask = "1", Kind = SiteKind.TemporalAttention }, "selects no site of the model"],
        [new DBCacheConfig { FnComputeBlocks = 0 }, "FnComputeBlocks is 0"],
        [new DBCacheConfig(), "2 in blocks: nothing is left to skip"],
        [new FirstBlockCacheConfig { Threshold = double.NaN }, "Threshold is NaN"],
        [new ComposedCacheConfig(), "Methods is []"],
        [CacheConfig.Compose(new MagCacheConfig()), "MagRatios is null"],
        [new CacheMethodConfig { Selects = _ => false }, "custom selects no site"],
        [new CacheMethodConfig { Name = " " }, "Name is \" \""],
        [new StepMaskConfig { Mask = "1", SlotDtype = (SlotDtype)77 }, "SlotDtype is 77"],
    ];

    [TestMethod]
    [DynamicData(nameof(Invalid))]
    public void Config_ThatCannotWork_SaysWhatAndWhy(CacheConfig config, string message) =>
        Assert.Contains(message, Assert.ThrowsExactly<ArgumentException>(() => CachePlan.Create(config, [2, 1], s_sites, GuidanceLayout.None)).Message);

    [TestMethod]
    public void Schedules_ThatAreTooShort_SaySo()
    {
        foreach (var config in (CacheConfig[])[new StepMaskConfig { Mask = "1" }, new TeaCacheConfig { TimestepChanges = [0] }])
            Assert.Contains("the run has more", Assert.ThrowsExactly<InvalidOperationException>(() => CachePlan.Create(config, [2, 1], s_sites, GuidanceLayout.None)).Message);
    }

    [TestMethod]
    public void TeaCache_AsPublished_SumsUpWhatThePolynomialSays()
    {
        // 10 · change: 1 at the second step is under 1.5, 2 with the third is not; then it begins anew. The first and the last are computed.
        var config = new TeaCacheConfig { Threshold = 1.5, Coefficients = [10, 0], TimestepChanges = [9, 0.1, 0.1, 0.1, 0.04, 0.2, 0.01, 0.01] };
        var plan = CachePlan.Create(config, [8, 7, 6, 5, 4, 3, 2, 1], s_sites, GuidanceLayout.None);
        Assert.AreEqual("CSCSSCSC", string.Concat(plan.Rows.Select(row => row.Cells[0].IsComputed ? 'C' : 'S')));
    }

    [TestMethod]
    public void Predictor_OfWeightsThatAreNone_SaysWhich()
    {
        var config = new CacheMethodConfig { Predictor = Predictor.Linear(2, _ => [double.NaN]) };
        Assert.Contains(
            "for values of 1 forwards ago are [NaN]: expected 1 finite numbers",
            Assert.ThrowsExactly<InvalidOperationException>(() => CachePlan.Create(config, [2, 1], s_sites, GuidanceLayout.None)).Message);
    }

    [TestMethod]
    public void MaskOf_Steps_HasTheirDigits()
    {
        Assert.AreEqual("1100010", StepMaskConfig.MaskOf(7, 0, 1, 5));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => StepMaskConfig.MaskOf(7, 7));
    }
}
